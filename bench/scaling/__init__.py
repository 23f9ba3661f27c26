"""``python -m bench scaling``: throughput on one processor, two, four, and within shares of them."""
