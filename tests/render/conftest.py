"""Pages and pictures that the tests of drawings share."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import ImageFont

from app.pipeline.result import Drawing, DrawingFormat, DrawingOptions, Line, Page
from app.render.drawings import draw
from app.render.lettering import Lettering


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """OpenCV computes as in decoders; nor does a nursery that is forked from here wait for threads that it has not."""
    cv2.setNumThreads(1)


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


@pytest.fixture(scope="session")
def only_letter_a(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A font file that has A and nothing else: Pillow's own, with another table of characters laid over its own."""
    font = bytearray(ImageFont.load_default(10).font_bytes)
    tables = {font[at : at + 4].decode(): at for at in range(12, 12 + 16 * int.from_bytes(font[4:6], "big"), 16)}
    (offset,) = struct.unpack_from(">I", font, tables["cmap"] + 8)
    table = struct.pack(">HHHHI", 0, 1, 3, 1, 12)
    segments = struct.pack(">HHHHHHHHH", 65, 0xFFFF, 0, 65, 0xFFFF, 40 - 65 & 0xFFFF, 1, 0, 0)
    table += struct.pack(">HHHHHHH", 4, 14 + len(segments), 0, 4, 4, 1, 0) + segments
    font[offset : offset + len(table)] = table
    file = tmp_path_factory.mktemp("font") / "only-a.otf"
    file.write_bytes(font)
    return file
