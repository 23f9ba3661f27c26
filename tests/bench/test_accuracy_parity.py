"""The arithmetic of two engines' agreement."""

import pytest

from bench.accuracy.parity import Agreement, compare
from bench.prediction import Line, Polygon, Prediction


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    """Return an upright rectangle."""
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def prediction(*lines: tuple[str, Polygon], width: int = 100) -> Prediction:
    """Return a prediction of these texts at these places."""
    return Prediction(tuple(Line(text, 1.0, polygon) for text, polygon in lines), width, 100, 0.1)


HERE, THERE, ELSEWHERE = box(0, 0, 50, 10), box(0, 20, 50, 30), box(0, 40, 50, 50)


def test_the_same_answer_agrees_fully() -> None:
    """A prediction agrees with itself: every line identical, IoU 1, no gap."""
    same = prediction(("one", HERE), ("two", THERE))
    comparison = compare(same, same)
    assert comparison.agreement == Agreement(images=1, lines=2, pairs=2, identical=2, iou_sum=2.0, identical_images=1)
    assert comparison.character_gap == 0


def test_identical_is_judged_over_the_lines_of_both_sides() -> None:
    """A changed line, a missing one and an added one all lower the share of identical lines."""
    ours = prediction(("same", HERE), ("ours", THERE), ("added", ELSEWHERE))
    theirs = prediction(("same", HERE), ("theirs", THERE), ("missed", box(60, 60, 90, 70)))
    comparison = compare(ours, theirs)
    assert comparison.agreement.identical_share == pytest.approx(1 / 4)
    assert [line.text for line in comparison.only_ours] == ["added"]
    assert [line.text for line in comparison.only_theirs] == ["missed"]


def test_lines_are_matched_by_place_and_not_by_order() -> None:
    """Another reading order alone changes nothing."""
    ours, theirs = prediction(("a", HERE), ("b", THERE)), prediction(("b", THERE), ("a", HERE))
    assert compare(ours, theirs).agreement.identical_share == 1.0


def test_an_image_is_identical_when_all_of_its_lines_are() -> None:
    """In whatever order; lines without text do not matter, and one line more or another one does."""
    ours, theirs = prediction(("a", HERE), ("b", THERE)), prediction(("b", THERE), ("a", HERE))
    assert compare(ours, prediction(("a", HERE), (" ", ELSEWHERE), ("b", THERE))).agreement.identical_images == 1
    assert compare(ours, theirs).agreement.identical_images == 1
    assert compare(ours, prediction(("a", HERE), ("b", THERE), ("b", ELSEWHERE))).agreement.identical_images == 0
    assert compare(ours, prediction(("a", HERE), ("c", THERE))).agreement.identical_images == 0
    assert (Agreement(images=3, identical_images=1) + Agreement(images=1)).identical_images_share == pytest.approx(
        1 / 4
    )


def test_white_space_counts_for_identical_text() -> None:
    """Identical means every character, white space and case included."""
    assert compare(prediction(("a b", HERE)), prediction(("ab", HERE))).agreement.identical == 0
    assert compare(prediction(("A", HERE)), prediction(("a", HERE))).agreement.identical == 0


def test_mean_iou_is_over_pairs() -> None:
    """The mean IoU is that of the matched lines alone: 0.8 here, whatever else is unmatched."""
    ours = prediction(("a", box(0, 0, 40, 10)), ("b", ELSEWHERE))
    assert compare(ours, prediction(("a", HERE))).agreement.mean_iou == pytest.approx(0.8)


def test_lines_without_text_count_on_neither_side() -> None:
    """An engine that keeps empty lines and one that drops them agree."""
    comparison = compare(prediction(("a", HERE)), prediction(("a", HERE), ("", THERE), (" ", ELSEWHERE)))
    assert comparison.agreement.identical_share == 1.0


def test_the_gap_counts_characters_of_either_side() -> None:
    """One replaced character is a gap of two, one missing a gap of one."""
    assert compare(prediction(("abc", HERE)), prediction(("abd", HERE))).character_gap == 2
    assert compare(prediction(("abc", HERE)), prediction(("ab", HERE))).character_gap == 1


def test_another_picture_size_is_noticed() -> None:
    """Engines that turned or scaled the picture differently are told apart from engines that read differently."""
    line = ("a", HERE)
    assert compare(prediction(line), prediction(line)).same_picture
    assert not compare(prediction(line, width=50), prediction(line)).same_picture


def test_agreements_add_up() -> None:
    """Sums over images weigh by lines and pairs; nothing at all has no share."""
    total = Agreement(1, 4, 2, 1, 1.5) + Agreement(1, 6, 2, 2, 1.9)
    assert total.images == 2
    assert total.identical_share == pytest.approx(0.3)
    assert total.mean_iou == pytest.approx(0.85)
    assert Agreement().identical_share is None
    assert Agreement().mean_iou is None
    assert Agreement().identical_images_share is None
