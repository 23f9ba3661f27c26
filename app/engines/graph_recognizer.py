"""Text recognition on any runtime that can run the model's graph: resize, run, decode."""

import math
from collections.abc import Sequence
from typing import Protocol

import cv2
import numpy as np

from app.engines.base import FloatArray, Image, Recognition
from app.engines.ctc_decode import decode_greedy
from app.engines.shape_buckets import LINE_HEIGHT, LINE_MAX_WIDTH, line_width, line_widths
from app.errors import WeightsError

_PADDING = 127
"""Grey: normalised, (pixel / 255 - 0.5) / 0.5, it is the 0 that the models were trained to see behind a line."""


class CharacterMapSession(Protocol):
    """A loaded recognition model on one slot."""

    def character_map(self, canvas: Image) -> FloatArray:
        """The probability of each character at each step, float32 (steps, characters), of uint8 (48, width, 3).

        Valid until the next call.
        """
        ...


class GraphRecognizer:
    """A :class:`~app.engines.base.TextRecognizer` around one session.

    Lines are run
    one by one: a batch gains a few percent on a CPU, and would make a line's result depend on its neighbours' widths.
    """

    def __init__(self, session: CharacterMapSession, alphabet: Sequence[str]) -> None:
        """Runs the narrowest line once.

        Raises:
            WeightsError: *alphabet* is not the model's: every text would be wrong.
        """
        self._session = session
        self._alphabet = alphabet
        characters = session.character_map(_empty_canvas(line_width(1))).shape[1]
        if characters != len(alphabet):
            raise WeightsError(f"the model knows {characters} characters, its dictionary has {len(alphabet)}")

    def recognise(self, crops: Sequence[Image]) -> list[Recognition]:
        """See :meth:`app.engines.base.TextRecognizer.recognise`."""
        return [decode_greedy(self._session.character_map(line_canvas(crop)), self._alphabet) for crop in crops]

    def warm_up(self) -> None:
        """Run every width once."""
        for width in line_widths():
            self._session.character_map(_empty_canvas(width))


def line_canvas(crop: Image) -> Image:
    """*crop* at 48 pixels height, its aspect kept, on the narrowest canvas that holds it: uint8 (48, width, 3).

    A line longer than 3200 pixels at that height is squeezed to 3200, as PaddleOCR does.
    """
    height, width = crop.shape[:2]
    length = min(math.ceil(LINE_HEIGHT * width / height), LINE_MAX_WIDTH)
    canvas = _empty_canvas(line_width(length))
    canvas[:, :length] = cv2.resize(crop, (length, LINE_HEIGHT))
    return canvas


def _empty_canvas(width: int) -> Image:
    return np.full((LINE_HEIGHT, width, 3), _PADDING, np.uint8)
