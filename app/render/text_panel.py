"""White paper on which each line's text stands where the line stands on its page."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from app.engines.base import FloatArray, Image, QuadArray, Shape
from app.render.lettering import Lettering
from app.render.overlay import outline

_UPRIGHT = 1.5
"""From this height to width on, text runs downwards: as lines are cut out to be read."""

_WHITE = 255


def text_panel(shape: Shape, texts: Sequence[str], quads: QuadArray, lettering: Lettering) -> Image:
    """Paper of this *shape* with each of *texts* inside its quad, int32 (n, 4, 2), and the quad's outline around it."""
    paper = np.full((*shape, 3), _WHITE, np.uint8)
    for text, quad in zip(texts, quads, strict=True):
        _write(paper, text, quad.astype(np.float32), lettering)
    for index, quad in enumerate(quads):
        outline(paper, quad, index)
    return paper


def _write(paper: Image, text: str, quad: FloatArray, lettering: Lettering) -> None:
    """Lay *text* into *quad*, of which only the part on the paper is computed."""
    width, height = _sides(quad)
    if height >= _UPRIGHT * width:
        quad, width, height = np.roll(quad, -1, axis=0), height, width
    if not width or not height:
        return
    letters = lettering.written(text, width, height)
    if letters is None:
        return
    columns, rows = _within(quad, paper)
    part = paper[rows, columns]
    if not part.size:
        return
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    corner = np.array([columns.start, rows.start], np.float32)
    transform = cv2.getPerspectiveTransform(flat, quad - corner)
    laid = cv2.warpPerspective(letters, transform, part.shape[1::-1], borderValue=(_WHITE,))
    np.minimum(part, np.asarray(laid, np.uint8)[..., None], out=part)


def _sides(quad: FloatArray) -> tuple[int, int]:
    """The width and the height of *quad* in whole pixels: each the longer one of two."""
    top_left, top_right, bottom_right, bottom_left = quad
    width = max(np.linalg.norm(top_left - top_right), np.linalg.norm(bottom_right - bottom_left))
    height = max(np.linalg.norm(top_left - bottom_left), np.linalg.norm(top_right - bottom_right))
    return round(float(width)), round(float(height))


def _within(quad: FloatArray, paper: Image) -> Iterator[slice]:
    """The columns and the rows of *paper* that *quad* reaches."""
    ends = np.array(paper.shape[1::-1])
    first = np.clip(np.floor(quad.min(axis=0)), 0, ends).astype(int)
    last = np.clip(np.ceil(quad.max(axis=0)) + 1, 0, ends).astype(int)
    return (slice(int(begin), int(end)) for begin, end in zip(first, last, strict=True))
