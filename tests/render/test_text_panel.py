"""Text on white paper: each line in its place, the way it runs."""

import numpy as np
import pytest

from app.render.text_panel import text_panel

SHAPE = (200, 300)


def black(paper):
    """Where letters are: pixels without colour, and dark."""
    return (paper.max(axis=2) < 90) & (np.ptp(paper.astype(int), axis=2) < 10)


def panel(lettering, quad, text="Hjq"):
    """Return the paper with one line on it."""
    return text_panel(SHAPE, [text], np.array([quad], np.int32), lettering)


def test_text_stands_inside_its_box(lettering):
    """Letters in the box, an outline around it, and white everywhere else."""
    paper = panel(lettering, [[40, 50], [140, 50], [140, 80], [40, 80]])
    rows, columns = black(paper).nonzero()
    assert rows.size > 50
    assert rows.min() >= 50
    assert rows.max() <= 80
    assert columns.min() >= 40
    assert columns.max() <= 140
    paper[48:83, 38:143] = 255
    assert (paper == 255).all()


def test_tall_boxes_have_text_that_runs_downwards(lettering):
    """As it was read: the beginning of the line is at the top, the top of the letters to the right."""
    flat = panel(lettering, [[20, 20], [140, 20], [140, 50], [20, 50]], "Lj")[24:46, 24:136]
    tall = panel(lettering, [[20, 20], [50, 20], [50, 140], [20, 140]], "Lj")[24:136, 24:46]
    difference = black(np.rot90(tall)) != black(flat)
    assert difference.mean() < 0.02
    assert black(flat).mean() > 0.02


def test_a_line_on_its_head_has_text_on_its_head(lettering):
    """Its polygon begins where its text does."""
    upright = panel(lettering, [[20, 20], [140, 20], [140, 50], [20, 50]])[24:47, 24:137]
    turned = panel(lettering, [[140, 50], [20, 50], [20, 20], [140, 20]])[24:47, 24:137]
    assert (black(np.rot90(turned, 2)) != black(upright)).mean() < 0.02


@pytest.mark.parametrize(
    "quad",
    [
        [[-50, -10], [60, -10], [60, 20], [-50, 20]],
        [[250, 180], [400, 180], [400, 230], [250, 230]],
        [[-100, -100], [600, -100], [600, 300], [-100, 300]],
        [[400, 300], [500, 300], [500, 340], [400, 340]],
        [[-60, 10], [-10, 10], [-10, 30], [-60, 30]],
        [[10, 10], [10, 10], [10, 10], [10, 10]],
        [[10, 10], [90, 10], [90, 10], [10, 10]],
        [[10, 10], [90, 60], [90, 10], [10, 60]],
        [[10, 10], [50, 30], [90, 50], [130, 70]],
    ],
)
def test_no_polygon_is_too_odd(lettering, quad):
    """Partly or wholly beyond the paper, without area, crossed or flat: it costs nobody the drawing."""
    assert panel(lettering, quad).shape == (*SHAPE, 3)


def test_what_is_beyond_the_paper_is_cut_off_there(lettering):
    """The part of a line that is on it is the same as on larger paper."""
    quad = np.array([[-50, -10], [60, -10], [60, 20], [-50, 20]])
    whole = text_panel((300, 400), ["HHHHH"], np.array([quad + 100], np.int32), lettering)
    part = panel(lettering, quad, "HHHHH")
    assert black(part).any()
    assert (black(part[:100, :100]) != black(whole[100:200, 100:200])).mean() < 0.005
