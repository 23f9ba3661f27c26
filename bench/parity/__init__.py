"""The service against PaddleOCR itself on the same weights: how much is the same, and why the rest is not."""
