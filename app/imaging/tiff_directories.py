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
_SUBFILE_TYPE, _REDUCED, _MASK = 254, 1, 4
_READ = frozenset({_WIDTH, _LENGTH, _BITS, _SAMPLES, _TILE_WIDTH, _TILE_LENGTH})
_MOST_READ = 16


def outline(data: bytes, most: int) -> Outline:
    """Counts directories up to one more than *most*, a chain that comes back to one ends there.

    Size and bits are those of the first directory alone, of which the picture is.

    Raises:
        BrokenImageError: The first directory has absurdly many tags or values.
    """
    file = _File.of(data)
    at = file.number(file.word, file.word)
    tags = file.tags(at) if at else {}
    sizes = {(tags[a][0], tags[b][0]) for a, b in ((_WIDTH, _LENGTH), (_TILE_WIDTH, _TILE_LENGTH)) if {a, b} <= {*tags}}
    bits = max(tags.get(_BITS, (1,))) * max(1, tags.get(_SAMPLES, (1,))[0])
    return Outline(max(len(file.chain(most)), 1), frozenset(sizes), bits)


def pages(data: bytes, most: int) -> list[int]:
    """Where the directories of the pages are, at least one, counted as in :func:`outline`.

    A smaller copy of a page, or a mask for it, is no page, unless there is nothing else. Which it is stands in the
    tag with the lowest number of all that are in use, so in a directory's first entry.
    """
    file = _File.of(data)
    chain = file.chain(most)
    return [at for at in chain if not file.is_accessory(at)] or chain[:1] or [0]


def beginning_at(data: bytes, at: int) -> bytes:
    """The same file with the directory at *at* as its first: with another page as the one that decoders open."""
    file = _File.of(data)
    if at == file.number(file.word, file.word):
        return data
    return data[: file.word] + at.to_bytes(file.word, file.order) + data[2 * file.word :]


@dataclass(frozen=True, slots=True)
class _File:
    """A file's numbers. word: bytes of an offset or of a count of values; wide: bytes of a count of tags."""

    data: bytes
    order: Literal["little", "big"]
    word: int
    wide: int

    @classmethod
    def of(cls, data: bytes) -> "_File":
        """As its first bytes say."""
        word, wide = (8, 8) if b"+" in data[2:4] else (4, 2)
        return cls(data, "little" if data[:1] == b"I" else "big", word, wide)

    @property
    def entry(self) -> int:
        """Bytes of a tag's entry: tag, type, count of values, and the value or where it is."""
        return 4 + 2 * self.word

    def number(self, at: int, width: int) -> int:
        """The *width* bytes at *at*; a number that reaches behind the end is 0."""
        piece = self.data[at : at + width]
        return int.from_bytes(piece, self.order) if len(piece) == width else 0

    def chain(self, most: int) -> list[int]:
        """Where the directories are, *most* of them and one more; a chain that comes back to one ends there."""
        at, seen = self.number(self.word, self.word), dict[int, None]()
        while 0 < at < len(self.data) and at not in seen and len(seen) <= most:
            seen[at] = None
            at = self.following(at)
        return list(seen)

    def is_accessory(self, at: int) -> bool:
        """Whether the directory at *at* is of a smaller copy of a picture, or of a mask."""
        first = at + self.wide
        is_told = self.number(at, self.wide) and self.number(first, 2) == _SUBFILE_TYPE
        return bool(is_told and self.number(first + 4 + self.word, 4) & (_REDUCED | _MASK))

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
