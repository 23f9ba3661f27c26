"""``python -m bench compare``: this service and its peers on the same pictures, in turns."""
