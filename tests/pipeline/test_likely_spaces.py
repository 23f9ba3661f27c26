"""Where a space was nearly read there is one, if that is wanted and the script has spaces."""

import pytest

from app.engines.base import Recognition
from app.pipeline.likely_spaces import with_likely_spaces
from tests.pipeline.pipeline_fakes import Detector, Reader, page_of, pipeline, run_of


@pytest.mark.parametrize(
    ("text", "likely", "told"),
    [
        ("reportof theharbour", ((6, 55), (12, 115)), "report of the harbour"),
        ("reportof", (), "reportof"),
        ("合计12", ((2, 15),), "合计12"),
        ("かなカナ", ((2, 15),), "かなカナ"),
        ("3,40EUR", ((4, 35),), "3,40 EUR"),
        (
            "at:9:30,17,50or 1-237",
            ((3, 25), (5, 45), (8, 75), (10, 95), (13, 125), (18, 175)),
            "at: 9:30,17,50 or 1-237",
        ),
        ("Приветмир", ((6, 55),), "Привет мир"),
    ],
)
def test_words_are_parted(text, likely, told):
    """Each letter keeps its place, and the space has its own; Chinese and Japanese are not parted."""
    columns = tuple(range(0, 10 * len(text), 10))
    parted = with_likely_spaces(Recognition(text, 0.9, columns, 500, likely))
    assert (parted.text, parted.score, parted.steps) == (told, 0.9, 500)
    assert len(parted.columns) == len(told)
    assert list(parted.columns) == sorted(parted.columns)
    kept = [column for column, letter in zip(parted.columns, told, strict=True) if letter != " " or column in columns]
    assert kept == list(columns)


class Doubting(Reader):
    """Reads as :class:`Reader`, without the space, which it nearly read."""

    def _read(self, crop):
        recognition = super()._read(crop)
        text = recognition.text.replace(" ", "")
        return Recognition(text, 0.9, tuple(range(0, 2 * len(text), 2)), 2 * len(text), ((4, 7),))


@pytest.mark.parametrize(("wanted", "text"), [(True, "line 40"), (False, "line40")])
def test_only_who_wants_them_gets_them(*, wanted, text):
    """In the lines, in their words and in the text; by itself a line is what was read."""
    picture, boxes = page_of(40)
    page = pipeline([Detector(*boxes)], [Doubting()]).recognise(picture, run_of(likely_spaces=wanted, words=True))
    assert page.text == page.lines[0].text == page.found[0].line.text == text
    assert [word.text for word in page.lines[0].words] == (["line", " ", "40"] if wanted else ["line40"])
