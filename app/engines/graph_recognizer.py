"""Text recognition on any runtime that can run the model's graph: resize, run, decode."""

import math
from collections.abc import Iterator, Sequence
from typing import Protocol

import cv2
import numpy as np

from app.engines.base import FloatArray, Image, Recognition, Shape
from app.engines.ctc_decode import decode_logits, decode_probabilities
from app.engines.shape_buckets import LINE_HEIGHT, LINE_MIN_WIDTH, MAX_CANVAS_RATIO, MIN_CANVAS_RATIO
from app.errors import WeightsError

_HALF_WHITE = np.float32(127.5)


class CharacterMapSession(Protocol):
    """A loaded recognition model on one slot."""

    def canvas_width(self, width: int) -> int:
        """How wide a canvas of at least *width* pixels the model is to be given."""
        ...

    def shapes_ahead(self) -> list[Shape]:
        """See :meth:`app.engines.base.TextRecognizer.shapes_ahead`."""
        ...

    def character_maps(self, canvases: FloatArray) -> Iterator[FloatArray]:
        """Of each line the probability of each character at each step, or its logit, float32 (steps, characters).

        *canvases*: float32 (lines, 3, 48, width), -1 black to 1 white, 0 where there is no line. A map is valid until
        the next is asked for.
        """
        ...


class GraphRecognizer:
    """A :class:`~app.engines.base.TextRecognizer` around one session."""

    def __init__(self, session: CharacterMapSession, alphabet: Sequence[str], *, gives_logits: bool = False) -> None:
        """Runs the narrowest line once. *gives_logits*: the session does, where others give probabilities.

        Raises:
            WeightsError: *alphabet* is not the model's: every text would be wrong.
        """
        self._session = session
        self._alphabet = alphabet
        self._decode = decode_logits if gives_logits else decode_probabilities
        characters = next(iter(session.character_maps(_empty_canvases(1, LINE_MIN_WIDTH)))).shape[1]
        if characters != len(alphabet):
            raise WeightsError(f"the model knows {characters} characters, its dictionary has {len(alphabet)}")

    def recognise(self, crops: Sequence[Image], canvas_ratio: float) -> list[Recognition]:
        """See :meth:`app.engines.base.TextRecognizer.recognise`."""
        canvas_ratio = min(canvas_ratio, MAX_CANVAS_RATIO)
        width = self._session.canvas_width(int(LINE_HEIGHT * canvas_ratio))
        maps = self._session.character_maps(line_canvases(crops, width))
        ratio = max(canvas_ratio, width / LINE_HEIGHT)
        return [self._read(crop, values, ratio) for crop, values in zip(crops, maps, strict=True)]

    def warm_up(self) -> None:
        """The narrowest line was run when it was made."""

    def shapes_ahead(self) -> list[Shape]:
        """See :meth:`app.engines.base.TextRecognizer.shapes_ahead`."""
        return self._session.shapes_ahead()

    def warm_shape(self, shape: Shape) -> None:
        """See :meth:`app.engines.base.TextRecognizer.warm_shape`."""
        for _ in self._session.character_maps(_empty_canvases(*shape)):
            pass

    def _read(self, crop: Image, values: FloatArray, canvas_ratio: float) -> Recognition:
        ratio = min(crop.shape[1] / crop.shape[0], MAX_CANVAS_RATIO)
        return self._decode(values, self._alphabet, len(values) / canvas_ratio * ratio)


def line_canvases(crops: Sequence[Image], width: int) -> FloatArray:
    """Each crop at 48 pixels height from the left of a canvas: float32 (crops, 3, 48, *width*), black -1, white 1.

    Its aspect is kept, but for lines longer than 3200 pixels at that height; sizes are rounded as PaddleOCR does.
    """
    canvases = _empty_canvases(len(crops), width)
    for canvas, crop in zip(canvases, crops, strict=True):
        ratio = crop.shape[1] / crop.shape[0]
        length = min(math.ceil(LINE_HEIGHT * ratio), int(LINE_HEIGHT * max(ratio, MIN_CANVAS_RATIO)), width)
        line = canvas[:, :, :length]
        line[:] = cv2.resize(crop, (length, LINE_HEIGHT)).transpose(2, 0, 1)
        line -= _HALF_WHITE
        line /= _HALF_WHITE
    return canvases


def _empty_canvases(count: int, width: int) -> FloatArray:
    return np.zeros((count, 3, LINE_HEIGHT, width), np.float32)
