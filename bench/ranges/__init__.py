"""``python -m bench ranges``: how large the values are that a recogniser's layers are given."""
