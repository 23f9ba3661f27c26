"""``python -m bench overload``: what becomes of a service that is asked for more than it can do."""
