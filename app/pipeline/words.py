"""Tells the words of a line apart and says where each stands.

What a word is and where its box lies is PaddleOCR's (``return_word_box``): Latin letters and digits make words, each
Chinese character is one, and what else stands between them (spaces, punctuation, kana) makes words of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from app.engines.base import QuadArray, Recognition
from app.pipeline.result import Word

_POINT = re.compile(r"\.[0-9]")
_STEEP = 1.5
"""Beyond this height by width of its quad a line is measured from top to bottom."""


class _Kind(Enum):
    CHINESE = re.compile("[\u4e00-\u9fff]")
    LATIN = re.compile("[a-zA-Z0-9]")
    OTHER = re.compile("")


@dataclass(frozen=True, slots=True)
class _Axis:
    """The direction in which a line runs: pixels from start to end, a model's step taking *cell* of them."""

    start: int
    end: int
    cell: float
    vertical: bool
    across: tuple[int, int]

    @classmethod
    def of(cls, quad: QuadArray, steps: float, *, lies: bool) -> "_Axis":
        width, height = np.ptp(quad, axis=0).tolist()
        (left, top), (right, _), (_, bottom), _ = quad.tolist()
        vertical = not lies and height > _STEEP * width
        start, end, across = (top, bottom, (left, right)) if vertical else (left, right, (top, bottom))
        return cls(start, end, (end - start) / steps, vertical, across)

    def box(self, begin: int, stop: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of what lies between *begin* and *stop*, pixels from the axis' start."""
        along = sorted((self.start + begin, self.start + stop))
        across = sorted(self.across)
        left, right = across if self.vertical else along
        top, bottom = along if self.vertical else across
        return left, top, right, bottom


def words_of(
    recognition: Recognition, quad: QuadArray, page: tuple[int, int], *, flipped: bool, lies: bool = False
) -> tuple[Word, ...]:
    """The words of *recognition*, whose line fills *quad*, int32 (4, 2) clockwise from the top left of the picture.

    A box may reach beyond the line by a step of the model, as PaddleOCR's do, but not beyond the *page*, its width and
    height in pixels. *flipped*: the line stands on its head, so that its first word is the picture's last. *lies*:
    the line runs from left to right, however steep its quad is.
    """
    if not recognition.columns or recognition.steps <= 0:
        return ()  # there is none, or the engine cannot tell where its characters stand
    axis = _Axis.of(quad, recognition.steps, lies=lies)
    length = axis.end - axis.start
    parts = list(_parts(recognition))
    size = _character_size(parts, axis, len(recognition.text))
    words = []
    for kind, text, columns in parts:
        if kind is _Kind.CHINESE:
            for character, column in zip(text, columns, strict=True):
                centre = (column + 0.5) * axis.cell
                begin, stop = (_between(0, int(centre + side), length) for side in (-size / 2, size / 2))
                words.append((character, begin, stop))
        else:
            words.append((text, int(columns[0] * axis.cell), int((columns[-1] + 1) * axis.cell)))
    if flipped:
        words = [(text, length - stop, length - begin) for text, begin, stop in words]
    return tuple(Word(text, _on_page(axis.box(begin, stop), page)) for text, begin, stop in words)


def _on_page(box: tuple[int, int, int, int], page: tuple[int, int]) -> tuple[int, int, int, int]:
    """What of *box* lies on *page*: not all does of a letter that was read in the empty canvas behind a line."""
    left, top, right, bottom = (_between(0, side, page[index % 2]) for index, side in enumerate(box))
    return left, top, right, bottom


def _between(one: int, value: int, other: int) -> int:
    return sorted((one, value, other))[1]


def _parts(recognition: Recognition) -> Iterator[tuple[_Kind, str, tuple[int, ...]]]:
    """Runs of characters of one kind, with their columns."""
    text, begin, current = recognition.text, 0, None
    for index, character in enumerate(text):
        kind = next(kind for kind in _Kind if kind.value.match(character))
        if current is _Kind.LATIN and _joins(text, index):
            kind = _Kind.LATIN
        if current is not None and kind is not current:
            yield current, text[begin:index], recognition.columns[begin:index]
            begin = index
        current = kind
    if current is not None:
        yield current, text[begin:], recognition.columns[begin:]


def _joins(text: str, index: int) -> bool:
    """Whether the character is a hyphen, or the point of a number, within a word."""
    return text[index] == "-" or _POINT.match(text, index) is not None


def _character_size(parts: list[tuple[_Kind, str, tuple[int, ...]]], axis: _Axis, characters: int) -> float:
    """How long a Chinese character is, in pixels: by the runs of them, else an even share of the line."""
    runs = [columns for kind, _, columns in parts if kind is _Kind.CHINESE and len(columns) > 1]
    sizes = [(columns[-1] - columns[0] + 1) * axis.cell / (len(columns) - 1) for columns in runs]
    return float(np.mean(sizes)) if sizes else (axis.end - axis.start) / characters
