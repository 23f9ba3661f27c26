"""What a server says that has no room for a request at the moment."""

from __future__ import annotations

from collections.abc import Mapping

BUSY = frozenset({429, 503})


def retry_after_s(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a refusal asks to wait, 1 where it names none or a date; None for any other status."""
    if status not in BUSY:
        return None
    named = named_wait_s(headers)
    return 1.0 if named is None else named


def named_wait_s(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that ``Retry-After`` names; None where it is missing, or a date."""
    asked = headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else None
