"""From what was cut out and what was read to a page."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.engines.base import Recognition
from app.pipeline.cut_lines import CutLine
from app.pipeline.result import Found, Line, PageOptions
from app.pipeline.words import words_of


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands in a line. flipped: the line stands on its head, and was read the other way round."""

    recognition: Recognition
    flipped: bool = False


def unread(line: CutLine) -> Reading:
    """The reading of a line that is only found: no text, with the detector's score."""
    return Reading(Recognition("", line.score))


def found_lines(
    lines: Sequence[CutLine], readings: Sequence[Reading], page: tuple[int, int], options: PageOptions
) -> tuple[Found, ...]:
    """Each of *lines* with its reading, and with its words where *options* ask for them.

    *page*: width and height in pixels.
    """
    return tuple(
        _found(line, reading, page if options.words else None) for line, reading in zip(lines, readings, strict=True)
    )


def kept_lines(found: Sequence[Found], options: PageOptions) -> tuple[Line, ...]:
    """The lines that have text and score enough; all of them where nobody was to read them."""
    lines = (each.line for each in found)
    if not options.read_lines:
        return tuple(lines)
    return tuple(line for line in lines if line.text and line.score >= options.min_score)


def _found(line: CutLine, reading: Reading, page: tuple[int, int] | None) -> Found:
    first, second, third, fourth = ((x, y) for x, y in line.quad.tolist())
    polygon = first, second, third, fourth
    recognition, flipped = reading.recognition, reading.flipped
    words = page and words_of(recognition, line.quad, page, flipped=flipped, lies=line.is_whole)
    turned = (third, fourth, first, second) if flipped else polygon
    return Found(polygon, flipped, Line(recognition.text, recognition.score, turned, words))
