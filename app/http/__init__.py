"""The way in and out: routes, errors, request ids, metrics."""
