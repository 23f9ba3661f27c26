"""The drawings of a page as files. Everything is drawn on a copy that is small already, however large the picture."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from app.engines.base import Image, QuadArray
from app.pipeline.result import Drawing, DrawingFormat, DrawingOptions, Page
from app.pipeline.turning import turned_upright
from app.render.lettering import Lettering
from app.render.overlay import overlaid
from app.render.text_panel import text_panel

_SUFFIXES = {DrawingFormat.JPEG: ".jpg", DrawingFormat.PNG: ".png"}
_WHITE = 255


def draw(picture: Image, page: Page, options: DrawingOptions, lettering: Lettering) -> dict[Drawing, bytes]:
    """What *options* want of *page*, which was read from *picture*, as files.

    *picture* is as it was decoded, not yet turned; it is not written to.
    """
    sketch = _Sketch(picture, page, options.max_side, lettering)
    return {kind: _encoded(sketch.drawers()[kind](), options) for kind in sorted(options.wanted)}


class _Sketch:
    """One page, and what can be drawn of it."""

    def __init__(self, picture: Image, page: Page, most: int, lettering: Lettering) -> None:
        height, width = picture.shape[:2]
        self._picture = _shrunk(picture, width, height, most)
        self._page = page
        self._most = most
        self._lettering = lettering

    def drawers(self) -> Mapping[Drawing, Callable[[], Image]]:
        """How each kind is drawn."""
        return {
            Drawing.INPUT: lambda: self._picture,
            Drawing.PAGE: self._upright,
            Drawing.TURNED: self._turned,
            Drawing.OVERLAY: self._overlay,
            Drawing.SIDE_BY_SIDE: self._side_by_side,
        }

    def _upright(self) -> Image:
        return turned_upright(self._picture, self._page.angle)

    def _turned(self) -> Image:
        upright = self._upright()
        widths = self._picture.shape[1] + upright.shape[1]
        heights = max(self._picture.shape[0], upright.shape[0])
        return _beside(*(_shrunk(panel, widths, heights, self._most) for panel in (self._picture, upright)))

    def _overlay(self) -> Image:
        upright = self._upright()
        return overlaid(upright, self._quads(upright))

    def _side_by_side(self) -> Image:
        upright = self._upright()
        height, width = upright.shape[:2]
        upright = _shrunk(upright, 2 * width, height, self._most)
        quads, texts = self._quads(upright), [line.text for line in self._page.lines]
        return _beside(overlaid(upright, quads), text_panel(upright.shape[:2], texts, quads, self._lettering))

    def _quads(self, upright: Image) -> QuadArray:
        """The lines' polygons on *upright*, which may be smaller than the page: int32 (n, 4, 2).

        No further from it than its own size, so that no polygon costs more than a few pages to fill.
        """
        size = np.array(upright.shape[1::-1])
        quads = np.array([line.polygon for line in self._page.lines], np.float64).reshape(-1, 4, 2)
        scaled = quads * size / (self._page.width, self._page.height)
        return np.asarray(np.rint(np.clip(scaled, -size, 2 * size)), np.int32)


def _shrunk(panel: Image, width: int, height: int, most: int) -> Image:
    """*panel* made smaller by as much as a drawing of *width* and *height* must be for its sides to have *most*."""
    factor = most / max(width, height)
    if factor >= 1:
        return panel
    size = max(1, int(panel.shape[1] * factor)), max(1, int(panel.shape[0] * factor))
    return np.asarray(cv2.resize(panel, size, interpolation=cv2.INTER_AREA), np.uint8)


def _beside(left: Image, right: Image) -> Image:
    """Both on white paper, from the top."""
    height = max(left.shape[0], right.shape[0])
    paper = np.full((height, left.shape[1] + right.shape[1], 3), _WHITE, np.uint8)
    paper[: left.shape[0], : left.shape[1]] = left
    paper[: right.shape[0], left.shape[1] :] = right
    return paper


def _encoded(drawn: Image, options: DrawingOptions) -> bytes:
    parameters = [cv2.IMWRITE_JPEG_QUALITY, options.quality] if options.format is DrawingFormat.JPEG else []
    return cv2.imencode(_SUFFIXES[options.format], drawn, parameters)[1].tobytes()
