"""``python -m bench sweep``: clients x images in a request."""
