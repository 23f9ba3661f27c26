"""The chunks of a PNG and of its animated kind (PNG specification, third edition, chapters 5 and 11.3.6)."""

from app.imaging.outline import Outline, check_blocks, most_blocks

_FIRST = 8
_AROUND = 12
"""Bytes of a chunk beside its data: length, type and checksum."""


def outline(data: bytes, most: int) -> Outline:
    """Frames are what acTL states, or as many as have a control chunk if those are more.

    Raises:
        BrokenImageError: The file is cut into absurdly many chunks.
    """
    at, chunks, stated, controls = _FIRST, 0, 1, 0
    allowed = most_blocks(data, most)
    sizes = set()
    while at + _AROUND <= len(data):
        chunks += 1
        check_blocks("PNG chunks", chunks, allowed)
        kind = data[at + 4 : at + 8]
        if kind == b"acTL":
            stated = max(stated, _number(data, at + 8))
        elif kind == b"fcTL":
            controls += 1
            width, height, left, top = (_number(data, at + 12 + 4 * place) for place in range(4))
            sizes.add((left + width, top + height))
        elif kind == b"IEND":
            break
        at += _AROUND + _number(data, at)
    return Outline(max(stated, controls), frozenset(sizes))


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
