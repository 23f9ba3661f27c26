"""Requests that the server refuses before they reach a route: too slow, too large, or no HTTP at all."""

from flask import Flask, request

from app.errors import REFUSAL


def register(app: Flask) -> None:
    """Answer them like any other error, with their id, their line in the log and their place in the metrics."""

    @app.before_request
    def _refuse() -> None:
        error = request.environ.get(REFUSAL)
        if error is not None:
            raise error
