"""Text recognition on any runtime that can run the model's graph: resize, run, decode."""

import math
from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from app.engines.base import FloatArray, Image, Recognition
from app.engines.ctc_decode import decode_greedy
from app.engines.shape_buckets import LINE_HEIGHT, MAX_CANVAS_RATIO, MIN_CANVAS_RATIO, line_widths
from app.errors import WeightsError

_HALF_WHITE = np.float32(127.5)


class CharacterMapSession(Protocol):
    """A loaded recognition model on one slot."""

    def canvas_width(self, width: int) -> int:
        """How wide a canvas of at least *width* pixels the model is to be given."""
        ...

    def character_map(self, canvas: FloatArray) -> FloatArray:
        """The probability of each character at each step, float32 (steps, characters).

        *canvas*: float32 (1, 3, 48, width), -1 black to 1 white, 0 where there is no line. Valid until the next call.
        """
        ...


class GraphRecognizer:
    """A :class:`~app.engines.base.TextRecognizer` around one session.

    Lines are run one by one: a batch gains a few percent on a CPU, and the other slots would wait for it.
    """

    def __init__(self, session: CharacterMapSession, alphabet: Sequence[str]) -> None:
        """Runs the narrowest line once.

        Raises:
            WeightsError: *alphabet* is not the model's: every text would be wrong.
        """
        self._session = session
        self._alphabet = alphabet
        characters = session.character_map(_empty_canvas(line_widths()[-1])).shape[1]
        if characters != len(alphabet):
            raise WeightsError(f"the model knows {characters} characters, its dictionary has {len(alphabet)}")

    def recognise(self, crops: Sequence[Image], canvas_ratio: float) -> list[Recognition]:
        """See :meth:`app.engines.base.TextRecognizer.recognise`."""
        return [self._recognise(crop, canvas_ratio) for crop in crops]

    def warm_up(self) -> None:
        """Run every width once."""
        for width in line_widths():
            self._session.character_map(_empty_canvas(width))

    def _recognise(self, crop: Image, canvas_ratio: float) -> Recognition:
        canvas_ratio, ratio = min(canvas_ratio, MAX_CANVAS_RATIO), min(crop.shape[1] / crop.shape[0], MAX_CANVAS_RATIO)
        width = self._session.canvas_width(int(LINE_HEIGHT * canvas_ratio))
        probabilities = self._session.character_map(line_canvas(crop, width))
        steps_a_ratio = len(probabilities) / max(canvas_ratio, width / LINE_HEIGHT)
        return decode_greedy(probabilities, self._alphabet, steps_a_ratio * ratio)


def line_canvas(crop: Image, width: int) -> FloatArray:
    """*crop* at 48 pixels height from the left of a canvas of *width*: float32 (1, 3, 48, width), black -1, white 1.

    Its aspect is kept, but for lines longer than 3200 pixels at that height; sizes are rounded as PaddleOCR does.
    """
    ratio = crop.shape[1] / crop.shape[0]
    length = min(math.ceil(LINE_HEIGHT * ratio), int(LINE_HEIGHT * max(ratio, MIN_CANVAS_RATIO)), width)
    canvas = _empty_canvas(width)
    canvas[0, :, :, :length] = cv2.resize(crop, (length, LINE_HEIGHT)).transpose(2, 0, 1)
    canvas[..., :length] -= _HALF_WHITE
    canvas[..., :length] /= _HALF_WHITE
    return canvas


def _empty_canvas(width: int) -> FloatArray:
    return np.zeros((1, 3, LINE_HEIGHT, width), np.float32)
