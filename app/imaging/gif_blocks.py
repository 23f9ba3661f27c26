"""The blocks of a GIF (GIF89a specification, sections 15 to 27)."""

from app.imaging.outline import Outline, check_blocks, most_blocks

_SCREEN = 6
_HEAD = 13
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_BLOCKS = "GIF blocks"


def outline(data: bytes, most: int) -> Outline:
    """Counts image descriptors up to one more than *most*; one that reaches beyond the canvas counts with its reach.

    Raises:
        BrokenImageError: The file is cut into absurdly many blocks, or has as much between them.
    """
    at, frames, blocks = _behind_palette(data, _HEAD - 3, _HEAD), 0, 0
    allowed = most_blocks(data, most)
    sizes = {(_number(data, _SCREEN), _number(data, _SCREEN + 2))}
    while at < len(data) and frames <= most:
        blocks += 1
        check_blocks(_BLOCKS, blocks, allowed)
        kind = data[at]
        if kind == _TRAILER:
            break
        if kind == _IMAGE:
            frames += 1
            left, top, width, height = (_number(data, at + 1 + 2 * place) for place in range(4))
            sizes.add((left + width, top + height))
            at, seen = _behind_data(data, _behind_palette(data, at + 9, at + 10) + 1, allowed - blocks)
        elif kind == _EXTENSION:
            at, seen = _behind_data(data, at + 2, allowed - blocks)
        else:  # decoders skip what is no block, byte by byte
            at, seen = at + 1, 0
        blocks += seen
        check_blocks(_BLOCKS, blocks, allowed)
    return Outline(max(frames, 1), frozenset(sizes))


def _behind_palette(data: bytes, flags_at: int, at: int) -> int:
    """Where what follows *at* begins, if the flags say that a palette comes first."""
    flags = data[flags_at] if flags_at < len(data) else 0
    return at + (3 << (flags & 7) + 1 if flags & 0x80 else 0)


def _behind_data(data: bytes, at: int, most: int) -> tuple[int, int]:
    """Where the chain of sub-blocks at *at* ends, and how many it has: no more than one beyond *most* are walked."""
    end, blocks = len(data), 0
    while at < end and (size := data[at]) and blocks <= most:
        at += size + 1
        blocks += 1
    return at + 1, blocks


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
