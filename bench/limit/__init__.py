"""``python -m bench limit``: where a request's time goes, and how far the service is from its models alone."""
