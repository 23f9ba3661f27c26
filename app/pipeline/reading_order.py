"""Puts quads into PaddleOCR's order: rows from top to bottom, within a row from left to right.

`layout.py` knows of columns; this order is the one that PaddleOCR's clients know.
"""

import numpy as np

from app.engines.base import QuadArray

_ROW_TOLERANCE = 10
"""Pixels by which the top left corners of neighbours may differ in height and still be on one row."""


def reading_order(quads: QuadArray) -> list[int]:
    """Indices of *quads*, int32 (n, 4, 2), in reading order.

    By the height of their top left corner; then each one moves left past those that start within ten pixels of its
    height and further right. The order is PaddleOCR's.
    """
    corners = quads[:, 0].tolist()
    order: list[int] = []
    for index in np.lexsort((quads[:, 0, 0], quads[:, 0, 1])).tolist():
        x, y = corners[index]
        place = len(order)
        while place and abs(y - corners[order[place - 1]][1]) < _ROW_TOLERANCE and x < corners[order[place - 1]][0]:
            place -= 1
        order.insert(place, index)
    return order
