"""A transcript as a table of words, in the twelve columns that Tesseract's has."""

from collections.abc import Iterator, Sequence

from app.pipeline.result import Page
from app.render.passages import Box, passages_of
from app.render.transcript import Transcript

COLUMNS = (
    "level",
    "page_num",
    "block_num",
    "par_num",
    "line_num",
    "word_num",
    "left",
    "top",
    "width",
    "height",
    "conf",
    "text",
)

_NO_CONFIDENCE = "-1"
_PAGE, _BLOCK, _PARAGRAPH, _LINE, _WORD = range(1, 6)


def tsv(transcript: Transcript) -> bytes:
    """UTF-8: a head, and a row for each page, block, paragraph, line and word; only words have a confidence and a text.

    Pages are counted through the whole transcript, all else within what holds it, from 1. conf: 0 to 100, of the line.
    """
    rows = ["\t".join(COLUMNS)]
    for number, page in enumerate(transcript.pages, 1):
        rows += _rows(number, page)
    return ("\n".join(rows) + "\n").encode()


def _rows(number: int, page: Page) -> Iterator[str]:
    yield _row(_PAGE, (number,), (0, 0, page.width, page.height))
    for block_number, passage in enumerate(passages_of(page), 1):
        yield _row(_BLOCK, (number, block_number), passage.box)
        yield _row(_PARAGRAPH, (number, block_number, 1), passage.box)
        for line_number, line in enumerate(passage.rows, 1):
            place = (number, block_number, 1, line_number)
            yield _row(_LINE, place, line.box)
            for word_number, token in enumerate(line.tokens, 1):
                yield _row(_WORD, (*place, word_number), token.box, f"{100 * token.score:.2f}", token.text)


def _row(level: int, place: Sequence[int], box: Box, confidence: str = _NO_CONFIDENCE, text: str = "") -> str:
    numbers = [*place, *[0] * (_WORD - len(place))]
    left, top, right, bottom = box
    return "\t".join([*map(str, [level, *numbers, left, top, right - left, bottom - top]), confidence, text])
