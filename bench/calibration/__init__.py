"""``python -m bench calibrate``: are the figures of the load generator right?"""
