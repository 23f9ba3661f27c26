"""The order in which a person reads lines."""

import numpy as np
import pytest

from app.pipeline.reading_order import reading_order


def quads(*corners, width=50, height=12):
    """Return quads with these top left corners."""
    return np.array(
        [[[x, y], [x + width, y], [x + width, y + height], [x, y + height]] for x, y in corners], np.int32
    ).reshape(-1, 4, 2)


@pytest.mark.parametrize(
    ("corners", "order"),
    [
        ([], []),
        ([(5, 5)], [0]),
        ([(0, 90), (0, 10), (0, 50)], [1, 2, 0]),  # from top to bottom
        ([(200, 10), (0, 10), (100, 10)], [1, 2, 0]),  # from left to right
        ([(200, 10), (0, 14), (100, 7)], [1, 2, 0]),  # on one row though their heights differ a little
        ([(200, 10), (0, 19)], [1, 0]),  # nine pixels are one row
        ([(200, 10), (0, 20)], [0, 1]),  # ten are not
        ([(100, 52), (0, 50), (100, 12), (0, 10)], [3, 2, 1, 0]),  # two rows of two
        ([(300, 0), (200, 8), (100, 16), (0, 24)], [1, 0, 3, 2]),  # a slanted row: neighbours alone are compared
    ],
)
def test_rows_from_the_top_and_lines_from_the_left(corners, order):
    """Lines go by rows, those within ten pixels of their neighbour's height by their left edge."""
    assert reading_order(quads(*corners)) == order


def test_each_line_is_read_once():
    """The order is a permutation, however the lines lie."""
    rng = np.random.default_rng(1)
    for count in range(1, 60, 7):
        corners = rng.integers(0, 200, (count, 2)).tolist()
        assert sorted(reading_order(quads(*corners))) == list(range(count))


def test_the_order_does_not_depend_on_the_order_of_detection():
    """Shuffled lines of a page with clear rows are read the same way."""
    corners = [(x, y) for y in range(0, 300, 30) for x in range(0, 400, 100)]
    rng = np.random.default_rng(2)
    for _ in range(10):
        shuffled = rng.permutation(len(corners)).tolist()
        order = reading_order(quads(*(corners[index] for index in shuffled)))
        assert [corners[shuffled[index]] for index in order] == corners
