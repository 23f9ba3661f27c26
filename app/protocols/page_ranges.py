"""Pages as people write them: ``1-3,7`` or ``3-``."""

import re

from app.errors import InvalidOptionError
from app.pipeline.document_options import PageRange

_RANGE = re.compile(r"([0-9]{1,9})\s*(-\s*([0-9]{1,9})?)?")
LONGEST = 1000
"""Characters."""


def parse_page_ranges(text: str) -> tuple[PageRange, ...]:
    """The pages that *text* names, counted from 1, as ranges that rise and do not overlap: each is read once.

    Raises:
        InvalidOptionError: It names none, or is written otherwise.
    """
    if len(text) > LONGEST:
        raise InvalidOptionError(f"pages has {len(text)} characters > {LONGEST} allowed")
    merged: list[PageRange] = []
    for first, last in sorted(map(_range, text.split(",")), key=lambda pages: pages[0]):
        if merged and (merged[-1][1] is None or merged[-1][1] >= first - 1):
            before, end = merged.pop()
            merged.append((before, None if end is None or last is None else max(end, last)))
        else:
            merged.append((first, last))
    return tuple(merged)


def _range(text: str) -> PageRange:
    found = _RANGE.fullmatch(text.strip())
    if not found:
        raise InvalidOptionError(f"pages has {text.strip()[:32]!r}; write them like 1-3,7 or 3-")
    first, last = int(found[1]), int(found[3] or 0)
    if first < 1:
        raise InvalidOptionError("pages are counted from 1")
    if not found[2]:
        return first, first
    if found[3] and last < first:
        raise InvalidOptionError(f"pages has {first}-{last}, whose end is before its beginning")
    return first, last or None
