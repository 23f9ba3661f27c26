"""The segments of a JPEG (ITU-T T.81, annex B): how many there are, and how many scans."""

import re

from app.errors import ImageTooLargeError
from app.imaging.outline import Outline, check_blocks

MOST_SCANS = 100
"""Each scan of a progressive picture goes over all of it, and may be a few bytes. Encoders make about ten."""

MOST_SEGMENTS = 1000
"""Before the first scan. A colour profile takes up to 255; Pillow copies all EXIF data again with each more of it."""

MOST_FILLING = 10_000
"""Bytes between segments, which Pillow skips one by one."""

_SCAN = b"\xff\xda"
_END = 0xD9
_SEQUENTIAL = frozenset({0xC0, 0xC1})
_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd8]")


def outline(data: bytes, _: int) -> Outline:
    """Hold *data* against the bounds above; its size stands in the header that is read next.

    Raises:
        BrokenImageError: There are too many segments, or too much between them.
        ImageTooLargeError: There are too many scans.
    """
    # Counting is quick, but takes in the scans of thumbnails and what looks like one by chance.
    if _may_have_more_scans(data) and data.count(_SCAN) > MOST_SCANS:
        _check_scans(data)
    return Outline()


def _may_have_more_scans(data: bytes) -> bool:
    """Whether decoders look for a second scan: they do not if a sequential picture's first has all channels."""
    at, segments, filling, channels = 2, 0, 0, 0
    while (found := _MARKER.search(data, at)) is not None:
        filling += found.start() - at
        check_blocks("bytes between JPEG segments", filling, MOST_FILLING)
        kind, inside = found.group()[1], found.end() + 2
        if kind in {_SCAN[1], _END}:
            return not 0 < channels <= int.from_bytes(data[inside : inside + 1], "big")
        if kind in _SEQUENTIAL:
            channels = int.from_bytes(data[inside + 5 : inside + 6], "big")
        segments += 1
        check_blocks("JPEG segments", segments, MOST_SEGMENTS)
        at = _behind(data, found.end())
    check_blocks("bytes between JPEG segments", filling + len(data) - at, MOST_FILLING)
    return False


def _check_scans(data: bytes) -> None:
    at, scans = 2, 0
    while (found := _MARKER.search(data, at)) is not None and found.group()[1] != _END:
        scans += found.group() == _SCAN
        at = _behind(data, found.end())
    if scans > MOST_SCANS:
        raise ImageTooLargeError(f"{scans} JPEG scans > {MOST_SCANS} allowed")


def _behind(data: bytes, at: int) -> int:
    """Behind the segment whose length stands at *at*."""
    return at + max(2, int.from_bytes(data[at : at + 2], "big"))
