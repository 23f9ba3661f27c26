"""Which lines share a canvas."""

import numpy as np
import pytest

from app.engines.shape_buckets import LINE_BUCKETS
from app.pipeline.line_groups import by_canvas, by_six, one_by_one
from tests.paddlex_modules import paddlex_module

SHORT = 320 / 48


def ratios_of(count, seed):
    """Return widths by heights of lines, from a third to fifty."""
    return np.exp(np.random.default_rng(seed).uniform(-1, 4, count)).tolist()


@pytest.mark.parametrize("count", [0, 1, 5, 6, 7, 12, 13, 40])
def test_groups_are_those_of_paddleocr(count):
    """Sorted by width to height as its pipeline does, cut into batches of six, each with the ratio of its widest."""
    for seed in range(20):
        ratios = ratios_of(count, seed)
        infos = sorted(
            ({"sub_img_id": number, "sub_img_ratio": ratio} for number, ratio in enumerate(ratios)),
            key=lambda x: x["sub_img_ratio"],
        )
        ids = [info["sub_img_id"] for info in infos]
        batches = [ids[start : start + 6] for start in range(0, count, 6)]
        groups = by_six(ratios)
        assert [list(group.lines) for group in groups] == batches
        assert [group.canvas_ratio for group in groups] == [
            max(SHORT, *(ratios[id_] for id_ in ids)) for ids in batches
        ]


@pytest.mark.parametrize("seed", range(5))
def test_a_groups_canvas_is_the_one_paddlex_would_make(seed):
    """The width of the canvas that its ratio stands for is that of the batch PaddleX makes of its lines."""
    processors = paddlex_module("models.text_recognition.processors")
    rng = np.random.default_rng(seed)
    sizes = [
        (int(height), int(height * ratio) + 1)
        for height, ratio in zip(rng.integers(10, 80, 20), ratios_of(20, seed), strict=True)
    ]
    for group in by_six([width / height for height, width in sizes]):
        crops = [np.zeros((*sizes[index], 3), np.uint8) for index in group.lines]
        (batch,) = processors.ToBatch()(processors.OCRReisizeNormImg()(crops))
        assert batch.shape[3] == min(int(48 * group.canvas_ratio), 3200)


@pytest.mark.parametrize("grouping", [by_six, by_canvas, one_by_one])
@pytest.mark.parametrize("count", [0, 1, 6, 25])
def test_every_line_is_in_one_group_and_fits_its_canvas(grouping, count):
    """No line is lost, read twice, or laid on a canvas shorter than itself."""
    ratios = ratios_of(count, 3)
    groups = grouping(ratios)
    assert sorted(index for group in groups for index in group.lines) == list(range(count))
    assert all(ratios[index] <= group.canvas_ratio for group in groups for index in group.lines)


def test_lines_of_one_ratio_keep_their_order():
    """Equals are not shuffled: which six come together is the same on every run."""
    assert [group.lines for group in by_six([2.0] * 8)] == [(0, 1, 2, 3, 4, 5), (6, 7)]


def test_alone_each_line_has_a_canvas_hardly_larger_than_itself():
    """A group a line, its canvas as long as it is, and at least 160 pixels at 48 of height."""
    assert [(group.lines, group.canvas_ratio) for group in one_by_one([1.0, 9.0, 5.0])] == [
        ((0,), 160 / 48),
        ((1,), 9.0),
        ((2,), 5.0),
    ]


def test_lines_of_one_canvas_have_one_ratio():
    """A group a line, its ratio that of the narrowest canvas that holds it, so that equal canvases can be told."""
    groups = by_canvas([1.0, 3.0, 9.0, 8.8, 5.0, 66.0, 100.0])
    assert [group.lines for group in groups] == [(index,) for index in range(7)]
    assert [group.canvas_ratio * 48 for group in groups] == [160, 160, 432, 432, 256, 3200, 3200]


@pytest.mark.parametrize("seed", range(5))
def test_a_line_has_the_canvas_that_it_has_alone(seed):
    """What :func:`one_by_one` comes to on the few canvases is what :func:`by_canvas` names at once."""
    ratios = ratios_of(40, seed)
    for one, shared in zip(one_by_one(ratios), by_canvas(ratios), strict=True):
        assert LINE_BUCKETS.width(int(48 * min(one.canvas_ratio, 3200 / 48))) == round(48 * shared.canvas_ratio)
        assert LINE_BUCKETS.width(int(48 * shared.canvas_ratio)) == round(48 * shared.canvas_ratio)
