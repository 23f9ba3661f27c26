"""``python -m bench soak``: memory over requests of ever-changing sizes."""
