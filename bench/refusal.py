"""What a server says that has no room for a request at the moment."""

from __future__ import annotations

from collections.abc import Mapping

BUSY = frozenset({429, 503})


def retry_after_s(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a refusal asks to wait, 1 where it names none or a date; None for any other status."""
    if status not in BUSY:
        return None
    asked = headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 1.0
