"""What a request's drawings may come to."""

import pytest

from app.errors import AnswerTooLargeError
from app.pipeline.drawing_allowance import DrawingAllowance
from app.pipeline.result import Drawing, DrawingOptions


def test_drawings_are_kept_as_long_as_there_is_room():
    """All files of all pages count; what is refused takes no room from what is smaller, and the error has the sum."""
    allowance = DrawingAllowance(DrawingOptions(frozenset(), most_bytes=10))
    first = {Drawing.INPUT: b"123", Drawing.OVERLAY: b"45"}
    assert allowance.take(first) is first
    with pytest.raises(AnswerTooLargeError, match="11 bytes of drawings > 10 allowed"):
        allowance.take({Drawing.INPUT: b"123456"})
    assert allowance.take({Drawing.INPUT: b"12345"})
    assert allowance.take({}) == {}


def test_what_is_full_is_known_before_more_is_drawn():
    """Once something was refused; until then nobody can tell how large the next is."""
    allowance = DrawingAllowance(DrawingOptions(frozenset(), most_bytes=3))
    allowance.take({Drawing.INPUT: b"123"})
    allowance.check()
    with pytest.raises(AnswerTooLargeError):
        allowance.take({Drawing.INPUT: b"4"})
    with pytest.raises(AnswerTooLargeError, match="4 bytes of drawings > 3 allowed"):
        allowance.check()
