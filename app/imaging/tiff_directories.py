"""The directories of a TIFF (TIFF 6.0, section 2) and of its kind for great files (BigTIFF)."""

from dataclasses import dataclass
from typing import Literal

from app.imaging.outline import Outline, check_blocks

MOST_TAGS = 4096
MOST_VALUES = 1_000_000
"""Values of one tag that are numbers: strips of one line each, or the smallest tiles, are fewer."""

_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value by its type."""

_WIDTH, _LENGTH, _BITS, _SAMPLES, _TILE_WIDTH, _TILE_LENGTH = 256, 257, 258, 277, 322, 323
_READ = frozenset({_WIDTH, _LENGTH, _BITS, _SAMPLES, _TILE_WIDTH, _TILE_LENGTH})
_MOST_READ = 16


def outline(data: bytes, most: int) -> Outline:
    """Counts directories up to one more than *most*, a chain that comes back to one ends there.

    Size and bits are those of the first directory alone, of which the picture is.

    Raises:
        BrokenImageError: The first directory has absurdly many tags or values.
    """
    word, wide = (8, 8) if b"+" in data[2:4] else (4, 2)
    file = _File(data, "little" if data[:1] == b"I" else "big", word, wide)
    at = file.number(word, word)
    tags = file.tags(at) if at else {}
    seen: set[int] = set()
    while 0 < at < len(data) and at not in seen and len(seen) <= most:
        seen.add(at)
        at = file.following(at)
    sizes = {(tags[a][0], tags[b][0]) for a, b in ((_WIDTH, _LENGTH), (_TILE_WIDTH, _TILE_LENGTH)) if {a, b} <= {*tags}}
    bits = max(tags.get(_BITS, (1,))) * max(1, tags.get(_SAMPLES, (1,))[0])
    return Outline(max(len(seen), 1), frozenset(sizes), bits)


@dataclass(frozen=True, slots=True)
class _File:
    """A file's numbers. word: bytes of an offset or of a count of values; wide: bytes of a count of tags."""

    data: bytes
    order: Literal["little", "big"]
    word: int
    wide: int

    @property
    def entry(self) -> int:
        """Bytes of a tag's entry: tag, type, count of values, and the value or where it is."""
        return 4 + 2 * self.word

    def number(self, at: int, width: int) -> int:
        """The *width* bytes at *at*; a number that reaches behind the end is 0."""
        piece = self.data[at : at + width]
        return int.from_bytes(piece, self.order) if len(piece) == width else 0

    def following(self, at: int) -> int:
        """Where the directory behind the one at *at* is."""
        return self.number(at + self.wide + self.entry * self.number(at, self.wide), self.word)

    def tags(self, at: int) -> dict[int, tuple[int, ...]]:
        """The values of those tags that matter of the directory at *at*, the first of each kind as decoders take it."""
        count = self.number(at, self.wide)
        check_blocks("TIFF tags", count, MOST_TAGS)
        found: dict[int, tuple[int, ...]] = {}
        for place in range(at + self.wide, min(at + self.wide + self.entry * count, len(self.data)), self.entry):
            tag, width = self.number(place, 2), _BYTES.get(self.number(place + 2, 2), 0)
            values = self.number(place + 4, self.word)
            if width > 1:
                check_blocks(f"values of TIFF tag {tag}", values, MOST_VALUES)
            if tag in _READ and width and values and tag not in found:
                found[tag] = self._values(place + 4 + self.word, values, width)
        return found

    def _values(self, at: int, values: int, width: int) -> tuple[int, ...]:
        """The first values of a tag: they stand at *at* where they fit, else where that points to."""
        if values * width > self.word:
            at = self.number(at, self.word)
        return tuple(self.number(at + width * place, width) for place in range(min(values, _MOST_READ)))
