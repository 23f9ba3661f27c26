"""The errors that end a bench command with one clear line instead of a traceback."""

from __future__ import annotations


class BenchError(Exception):
    """Something the user can put right: a missing folder, an unreachable service, a broken file."""


class RequestFailedError(BenchError):
    """One request that brought no usable answer; ``cause`` is short and stable, fit for counting."""

    def __init__(self, cause: str, detail: str) -> None:
        """Keep both parts; the message joins them."""
        super().__init__(f"{cause}: {detail}")
        self.cause = cause
        self.detail = detail
