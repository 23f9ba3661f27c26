"""Pages and pictures that the tests of drawings share."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from app.pipeline.result import Drawing, DrawingFormat, DrawingOptions, Line, Page
from app.render.drawings import draw
from app.render.lettering import Lettering


@pytest.fixture(scope="session")
def lettering() -> Lettering:
    """Pillow's own font."""
    return Lettering()


@pytest.fixture(scope="session")
def page_of() -> Callable[..., Page]:
    """A page of lines with these polygons."""

    def make(width: int, height: int, *polygons: Any, angle: int = 0, text: str = "text") -> Page:
        return Page(0, width, height, angle, tuple(Line(text, 1.0, polygon) for polygon in polygons))

    return make


@pytest.fixture(scope="session")
def drawn(lettering: Lettering) -> Callable[..., np.ndarray]:
    """The pixels of one drawing, encoded without loss."""

    def run(kind: Drawing, picture: np.ndarray, page: Page, max_side: int = 2000) -> np.ndarray:
        options = DrawingOptions(frozenset({kind}), DrawingFormat.PNG, max_side)
        (data,) = draw(picture, page, options, lettering).values()
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)

    return run


@pytest.fixture(scope="session")
def box() -> Callable[..., tuple[tuple[int, int], ...]]:
    """An upright polygon by its left, top, right and bottom."""
    return lambda left, top, right, bottom: ((left, top), (right, top), (right, bottom), (left, bottom))


@pytest.fixture(scope="session")
def noise() -> Callable[..., np.ndarray]:
    """A picture of which no two pixels need be alike."""
    return lambda height, width: np.random.default_rng(3).integers(0, 256, (height, width, 3), np.uint8)
