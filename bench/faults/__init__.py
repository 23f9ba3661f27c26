"""``python -m bench faults``: what clients see while things are done to the service that should not happen."""
