"""What the blocks of a file state, as the walkers of the formats find it without unpacking one."""

from dataclasses import dataclass

from app.errors import BrokenImageError

_MOST_BLOCKS = 10_000
_BLOCKS_A_FRAME = 8
_BYTES_A_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Outline:
    """frames: pictures or pages, counted no further than one beyond the limit. sizes: width and height of each kind.

    The sizes are in pixels, offsets on the canvas included. bits: what one pixel takes unpacked, where the file is free
    to say; 0 where the format bounds it.
    """

    frames: int = 1
    sizes: frozenset[tuple[int, int]] = frozenset()
    bits: int = 0


def most_blocks(data: bytes, frames: int) -> int:
    """How many blocks *data* may be cut into where so many *frames* are allowed: far more than encoders make.

    Decoders walk blocks one by one, Pillow's in Python: over a file of empty ones for minutes.
    """
    return _MOST_BLOCKS + _BLOCKS_A_FRAME * frames + len(data) // _BYTES_A_BLOCK


def check_blocks(name: str, blocks: int, most: int) -> None:
    """Raise BrokenImageError where there are more *blocks* than *most*; *name* is the format with its word for them."""
    if blocks > most:
        raise BrokenImageError(f"{blocks} {name} > {most} allowed")
