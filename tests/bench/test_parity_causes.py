"""Every line that differs gets the cause that the evidence names."""

import pytest

from bench.accuracy.parity import compare
from bench.parity.causes import Cause, Difference, differences
from bench.parity.configurations import PADDINGS
from bench.prediction import Line, Polygon, Prediction, SecondBest


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    """Return an upright rectangle."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


HERE, THERE = box(0, 0, 100, 10), box(0, 20, 100, 30)


def ours(text: str, polygon: Polygon = HERE) -> Line:
    """Return a line as the service gives it."""
    return Line(text, 0.9, polygon)


def theirs(text: str, polygon: Polygon = HERE, second: str = "?", margin: float = 1.0) -> Line:
    """Return a line as PaddleOCR gives it, with its second best reading."""
    return Line(text, 0.9, polygon, None, SecondBest(second, margin))


def found(left: list[Line], right: list[Line], parity: str = "exact", width: int = 500) -> list[Difference]:
    """Return the differences of an image with these lines."""
    mine, other = Prediction(tuple(left), width, 500, 0.1), Prediction(tuple(right), 500, 500, 0.1)
    return differences("set/a", mine, other, compare(mine, other), PADDINGS[parity])


def cause(left: list[Line], right: list[Line], parity: str = "exact", width: int = 500) -> Cause:
    """Return the cause of the only difference."""
    (difference,) = found(left, right, parity, width)
    return difference.cause


def test_what_is_the_same_is_no_difference() -> None:
    """Lines with the same text are left out, whatever their outlines."""
    assert found([ours("a"), ours("b", THERE)], [theirs("b", THERE), theirs("a", box(0, 0, 99, 10))]) == []


def test_a_pixel_makes_another_crop() -> None:
    """Where the outline differs another picture was read, and nothing else needs to be asked."""
    assert cause([ours("a")], [theirs("b", box(0, 0, 101, 10), second="a", margin=0.001)]) is Cause.CROP


def test_empty_canvas_shows() -> None:
    """The same outline on another canvas: alone here, with a wider line there."""
    wide = box(0, 40, 400, 50)
    lines = [ours("a"), ours("w", wide)], [theirs("b"), theirs("w", wide)]
    assert cause(*lines, parity="close") is Cause.CANVAS
    assert cause(*lines) is Cause.OTHER


def test_a_line_more_shifts_the_groups_of_six() -> None:
    """Seven lines are a group of six and one of one. Without the shortest all six are as wide as the widest."""
    places = [box(0, 20 * row, 100 + 10 * row, 20 * row + 10) for row in range(7)]
    causes = [
        item.cause
        for item in found([ours("x", place) for place in places], [theirs("y", place) for place in places[1:]])
    ]
    assert causes == [*[Cause.CANVAS] * 5, Cause.OTHER, Cause.ALONE]


def test_a_line_that_says_nothing_still_has_its_place_in_a_group() -> None:
    """The service does not name lines without text; they are padded, and pad others, all the same."""
    wide = box(0, 40, 400, 50)
    assert cause([ours("a")], [theirs("b"), theirs("", wide)]) is Cause.OTHER


@pytest.mark.parametrize(
    ("second", "margin", "expected"),
    [("a", 0.2, Cause.TIE), ("?", 0.01, Cause.TIE), ("?", 0.2, Cause.OTHER)],
)
def test_a_near_tie_is_what_paddleocr_hardly_decided(second: str, margin: float, expected: Cause) -> None:
    """Same outline, same canvas: its second reading is ours, or its decision was by less than 0.1."""
    assert cause([ours("a")], [theirs("b", second=second, margin=margin)]) is expected


def test_a_line_cut_otherwise_is_told_from_one_that_is_not_there() -> None:
    """Two halves of a line are about the same text; a line far away is found by one side only."""
    left, right = box(0, 0, 45, 10), box(55, 0, 100, 10)
    assert [item.cause for item in found([ours("a", left), ours("b", right)], [theirs("a b")])] == [Cause.CUT] * 3
    assert cause([ours("a"), ours("b", THERE)], [theirs("a")]) is Cause.ALONE
    assert cause([ours("a")], [theirs("a"), theirs("b", THERE)]) is Cause.ALONE


def test_a_line_that_one_side_reads_as_nothing_has_a_cause_too() -> None:
    """PaddleOCR read nothing in the same outline, or nearly nothing where we have no line."""
    assert cause([ours("a")], [theirs("", second="a", margin=0.01)]) is Cause.TIE
    assert cause([ours("b", THERE)], [theirs("a", second="", margin=0.01), theirs("b", THERE)]) is Cause.TIE


def test_another_picture_explains_everything() -> None:
    """Engines that turned or scaled the picture otherwise did not read the same."""
    assert cause([ours("a")], [theirs("b")], width=400) is Cause.PICTURE
    assert cause([], [theirs("b")], width=400) is Cause.PICTURE


def test_a_difference_in_spaces_alone_is_marked() -> None:
    """Spaces are the difference that most readers do not mind."""
    sides = [("a b", "ab"), ("ab", "ac"), (None, "a")]
    marked = [Difference("set/a", Cause.OTHER, *texts, None).is_white_space for texts in sides]
    assert marked == [True, False, False]
