"""Measurements of a running service and of its peers: ``python -m bench --help``."""
