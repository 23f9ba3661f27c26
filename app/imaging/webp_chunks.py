"""The chunks of a WebP (RFC 9649, sections 2 and 3). Its decoder allocates the canvas as soon as it is made."""

from app.imaging.outline import Outline, check_blocks, most_blocks

_FIRST = 12
_HEAD = 8


def outline(data: bytes, most: int) -> Outline:
    """Counts ANMF chunks up to one more than *most*; sizes are those of canvas, bitstreams and frames.

    Raises:
        BrokenImageError: The file is cut into absurdly many chunks.
    """
    at, frames, chunks = _FIRST, 0, 0
    allowed = most_blocks(data, most)
    sizes = set()
    while at + _HEAD <= len(data) and frames <= most:
        chunks += 1
        check_blocks("WebP chunks", chunks, allowed)
        kind, length, inside = data[at : at + 4], _number(data, at + 4, 4), at + _HEAD
        if kind == b"ANMF":
            frames += 1
        size = _size(kind, data, inside)
        if size:
            sizes.add(size)
        at = inside + length + length % 2
    return Outline(max(frames, 1), frozenset(sizes))


def _size(kind: bytes, data: bytes, at: int) -> tuple[int, int] | None:
    """Width and height that a chunk whose payload is at *at* states, or None."""
    match kind:
        case b"VP8X":
            return _number(data, at + 4, 3) + 1, _number(data, at + 7, 3) + 1
        case b"VP8 ":
            return _number(data, at + 6, 2) & 0x3FFF, _number(data, at + 8, 2) & 0x3FFF
        case b"VP8L":
            bits = _number(data, at + 1, 4)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"ANMF":
            left, top, width, height = (_number(data, at + 3 * place, 3) for place in range(4))
            return 2 * left + width + 1, 2 * top + height + 1
    return None


def _number(data: bytes, at: int, width: int) -> int:
    return int.from_bytes(data[at : at + width], "little")
