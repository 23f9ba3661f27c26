"""Rows, totals, differences to the reference, and what becomes of failed images."""

from pathlib import Path

import pytest

from bench.accuracy.corpus import Sample, TruthLine
from bench.accuracy.evaluation import (
    ImageResult,
    evaluate,
    image_document,
    mean_of_sets,
    most_different,
    rows_by_set,
    sum_up,
)
from bench.errors import RequestFailedError
from bench.prediction import Line, Prediction

PLACE = ((0.0, 0.0), (50.0, 0.0), (50.0, 10.0), (0.0, 10.0))


def read(text: str, seconds: float = 0.1) -> Prediction:
    """Return a prediction of one line."""
    return Prediction((Line(text, 1.0, PLACE),), 100, 100, seconds)


def result(name: str, expected: str, ours: str, reference: str | None = None, seconds: float = 0.1) -> ImageResult:
    """Return the evaluation of one image of the set and number in ``name``, such as ``a/1``."""
    sample = Sample(name.partition("/")[0], name, Path(name), "en", (TruthLine(expected, PLACE),))
    references = {} if reference is None else {name: read(reference)}
    return evaluate(sample, lambda _: read(ours, seconds), references)


def fail(_: Sample) -> Prediction:
    """Answer no image."""
    raise RequestFailedError("http 503 overloaded", "come back later")


def test_totals_of_images_and_of_sets_are_told_apart() -> None:
    """All images together weigh by length (50 of 60 characters); the mean of sets weighs both sets the same."""
    results = [result("a/1", "a" * 50, "a" * 50), result("b/1", "b" * 10, "c" * 10)]
    rows = rows_by_set(results)
    assert [(row.name, row.char_f1) for row in rows] == [("a", 1.0), ("b", 0.0)]
    assert sum_up("all", results).char_f1 == pytest.approx(50 / 60)
    assert mean_of_sets("mean", rows).char_f1 == pytest.approx(0.5)


def test_difference_is_ours_minus_reference_in_points() -> None:
    """Nine of ten characters against eight is +10 points; the sign says who is better."""
    better = sum_up("set", [result("a/1", "abcdefghij", "abcdefghiX", "abcdefghXX")])
    assert better.reference_char_f1 == pytest.approx(0.8)
    assert better.difference == pytest.approx(10.0)
    worse = sum_up("set", [result("a/1", "abcdefghij", "abcdefghXX", "abcdefghiX")])
    assert worse.difference == pytest.approx(-10.0)


def test_difference_covers_only_images_that_both_have() -> None:
    """An image that the reference lacks changes the service's own score and not the difference."""
    row = sum_up("set", [result("a/1", "abcd", "abcd", "abcd"), result("a/2", "abcd", "wxyz")])
    assert row.char_f1 == pytest.approx(0.5)
    assert row.difference == 0.0
    assert row.agreement.images == 1


def test_rows_without_a_reference_have_no_difference() -> None:
    """Without a reference there is nothing to differ from."""
    row = sum_up("set", [result("a/1", "abcd", "abcd")])
    assert (row.reference_char_f1, row.difference) == (None, None)
    assert mean_of_sets("mean", [row]).difference is None


def test_a_failed_image_scores_as_unread_and_keeps_its_cause() -> None:
    """A request without an answer costs its whole text, counts as different from the reference, and is not timed."""
    sample = Sample("a", "a/1", Path("1"), "en", (TruthLine("abcd", PLACE),))
    failed = evaluate(sample, fail, {"a/1": read("abcd")})
    row = sum_up("a", [failed, result("a/2", "abcd", "abcd", "abcd", seconds=0.3)])
    assert row.char_f1 == pytest.approx(2 * 4 / (4 + 8))
    assert row.difference == pytest.approx(100 * (2 * 4 / 12 - 1))
    assert row.seconds == pytest.approx(0.3)
    assert row.agreement.identical_share == pytest.approx(0.5)
    assert image_document(failed)["failure"] == {"cause": "http 503 overloaded", "detail": "come back later"}


def test_seconds_are_the_mean_over_images() -> None:
    """Seconds an image is the mean of the wall times."""
    results = [result("a/1", "a", "a", seconds=0.1), result("a/2", "a", "a", seconds=0.5)]
    assert sum_up("a", results).seconds == pytest.approx(0.3)


def test_the_most_different_images_come_first_and_equal_ones_not_at_all() -> None:
    """Images are listed by the width of their gap to the reference, at most as many as asked for."""
    results = [
        result("a/1", "abcd", "abcd", "abcd"),
        result("a/2", "abcd", "abcX", "abcd"),
        result("a/3", "abcd", "XXXX", "abcd"),
        result("a/4", "abcd", "a bcd", "abcd"),
    ]
    assert [item.sample.key for item in most_different(results, 10)] == ["a/3", "a/2", "a/4"]
    assert [item.sample.key for item in most_different(results, 1)] == ["a/3"]


def test_the_document_lists_every_differing_line() -> None:
    """The JSON result has both texts of a changed line, so that a difference can be looked into."""
    comparison = image_document(result("a/1", "abcd", "abcX", "abcd"))["comparison"]
    assert comparison["changed"] == [{"ours": "abcX", "reference": "abcd", "iou": 1.0}]
    assert (comparison["only_ours"], comparison["only_reference"]) == ([], [])
