"""What a decoder tells of a page's text comes through as it is, or not at all."""

import json

import pytest

from app.imaging.text_page import KEY, TextPage, message, text_page_of
from app.pipeline.block import Block, Row
from app.pipeline.result import Line, Word
from app.pipeline.text_layer import Source
from app.processes.channel import Message

SQUARE = ((0, 0), (9, 0), (9, 9), (0, 9))
LINE = Line("合计 one", 1.0, SQUARE, (Word("合", (0, 0, 4, 9)), Word("计", (5, 0, 9, 9))))
PAGE = TextPage(20, 10, 144.0, 3, (LINE, LINE), (Block((Row((1, 0), "both", (0, 0, 9, 9)),)),))


def test_what_is_sent_arrives():
    """Words, blocks and all."""
    assert text_page_of(message(PAGE), 200) == PAGE
    page = PAGE.page
    assert (page.width, page.height, page.dpi, page.lines) == (20, 10, 144, PAGE.lines)
    assert page.source is Source.TEXT_LAYER
    assert page.text == "both"


def changed(**members):
    """Return a message that says something else."""
    return Message({KEY: True}, json.dumps(json.loads(message(PAGE).blob) | members).encode())


@pytest.mark.parametrize(
    "wrong",
    [
        changed(width=21),  # more pixels than allowed
        changed(width=0),
        changed(height=-1, width=-1),
        changed(pages=0),
        changed(pages="3"),
        changed(dpi=0),
        changed(lines=[{"text": "a", "score": 1.0, "polygon": [[0, 0]]}]),
        changed(lines=[{"text": 1, "score": 1.0, "polygon": SQUARE}]),
        changed(lines=[]),  # and blocks of two
        changed(blocks=[{"rows": [{"lines": [0, 2], "text": "", "box": [0, 0, 1, 1]}]}]),
        changed(blocks=[{"rows": [{"lines": [-1, 0], "text": "", "box": [0, 0, 1, 1]}]}]),
        Message({KEY: True}, b"nonsense"),
        Message({KEY: True}, b"[" * 100_000),
        Message({KEY: True}, b""),
    ],
)
def test_what_is_no_page_is_none(wrong):
    """Whatever a decoder that was taken over may send."""
    with pytest.raises(ValueError, match=r"."):
        text_page_of(wrong, 200)
