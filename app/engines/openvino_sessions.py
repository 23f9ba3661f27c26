"""Infer requests of compiled models, each for one slot, and the canvases that they lay pictures and lines on."""

from collections.abc import Iterator

import cv2
import numpy as np

from app.engines.base import FloatArray, Image, Shape
from app.engines.openvino_canvas import mask_inputs
from app.engines.openvino_rewriting import is_unshuffled, shuffled
from app.engines.openvino_runtime import ov
from app.engines.shape_buckets import LINE_BUCKETS, LINE_HEIGHT, DetectorBuckets, LineBuckets
from app.errors import EngineError

_PROOF_SIDE = 96
_PROOF_WIDTHS = (160, 320)
_TOLERANCE = 0.02
"""Of a probability or a logit. Rounding stays far below it in bf16 too; a graph that looks beyond is far above."""


class DetectorSession:
    """One infer request of a detection model, which only ever sees the canvases of *buckets*.

    What a canvas has more than the picture is filled by drawing out the picture's last row and column: what stands
    there cannot reach a confined graph, and disturbs one whose means alone are restricted the least.
    """

    def __init__(self, compiled: ov.CompiledModel, buckets: DetectorBuckets) -> None:
        self._request = compiled.create_infer_request()
        self._input = compiled.input(0).any_name
        self._buckets = buckets
        self._is_unshuffled = is_unshuffled(compiled)

    def text_map(self, picture: Image) -> FloatArray:
        """See :meth:`app.engines.graph_detector.TextMapSession.text_map`."""
        height, width = picture.shape[:2]
        rows, columns = self._buckets.canvas(height, width)
        canvas = cv2.copyMakeBorder(picture, 0, rows - height, 0, columns - width, cv2.BORDER_REPLICATE)
        inputs = {self._input: canvas[np.newaxis], **mask_inputs((height, width), (rows, columns))}
        probability: FloatArray = self._request.infer(inputs, share_inputs=True, share_outputs=True)[0][0]
        whole = shuffled(probability) if self._is_unshuffled else probability[0]
        return whole[:height, :width]

    def warm_up(self) -> None:
        """Run the smallest canvas once."""
        self.text_map(np.zeros((*self._buckets.smallest, 3), np.uint8))

    def shapes_ahead(self) -> list[Shape]:
        """The largest canvas: the memory that it takes is then there."""
        return [self._buckets.largest]


class LineSession:
    """One infer request of a recognition model, which only ever sees the lines of *buckets*."""

    def __init__(self, compiled: ov.CompiledModel, buckets: LineBuckets) -> None:
        self._request = compiled.create_infer_request()
        self._buckets = buckets

    def canvas_width(self, width: int) -> int:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.canvas_width`."""
        return self._buckets.width(width)

    def shapes_ahead(self) -> list[Shape]:
        """See :meth:`app.engines.base.TextRecognizer.shapes_ahead`: every batch that there is."""
        return self._buckets.shapes()

    def character_maps(self, canvases: FloatArray) -> Iterator[FloatArray]:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.character_maps`."""
        for batch in _batched(canvases, self._buckets):
            yield from self._request.infer([batch], share_inputs=True, share_outputs=True)[0]


class ConfinedLineSession:
    """As :class:`LineSession`, with a confined graph: lines of any width, run on canvases of few."""

    def __init__(self, compiled: ov.CompiledModel, buckets: LineBuckets) -> None:
        self._request = compiled.create_infer_request()
        self._input = compiled.input(0).any_name
        self._buckets = buckets

    def canvas_width(self, width: int) -> int:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.canvas_width`."""
        return width

    def shapes_ahead(self) -> list[Shape]:
        """See :meth:`app.engines.base.TextRecognizer.shapes_ahead`: every batch that there is."""
        return self._buckets.shapes()

    def character_maps(self, canvases: FloatArray) -> Iterator[FloatArray]:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.character_maps`."""
        width = canvases.shape[3]
        wider = np.zeros((*canvases.shape[:3], self._buckets.width(width)), np.float32)
        wider[..., :width] = canvases
        for batch in _batched(wider, self._buckets):
            yield from self.run(batch, width)

    def run(self, canvases: FloatArray, width: int) -> FloatArray:
        """The character maps of *canvases*, (lines, steps, characters), of which the first *width* columns count."""
        inputs = {self._input: canvases, **mask_inputs((LINE_HEIGHT, width), canvases.shape[2:])}
        values, steps = self._request.infer(inputs, share_inputs=True, share_outputs=True).values()
        inside: FloatArray = values[:, : round(float(steps))]
        return inside


def _batched(canvases: FloatArray, buckets: LineBuckets) -> Iterator[FloatArray]:
    """*canvases* in batches of the few sizes that the models are run at."""
    first = 0
    for size in buckets.batches(len(canvases), canvases.shape[3]):
        yield canvases[first : first + size]
        first += size


def check_confined(detector: ov.CompiledModel, recognizer: ov.CompiledModel) -> None:
    """See on a small picture that both graphs, which were rewritten, do not care for their canvas.

    The rewriting knows the layers of PP-OCR's published models; of somebody's own it may miss one.

    Raises:
        EngineError: One does care.
    """
    side = _PROOF_SIDE
    picture = np.full((side, side, 3), 255, np.uint8)
    cv2.putText(picture, "Proof", (4, 56), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    maps = [
        DetectorSession(detector, DetectorBuckets((canvas,), canvas * canvas)).text_map(picture)
        for canvas in (side, 2 * side)
    ]
    lines = []
    for width in _PROOF_WIDTHS:
        canvas = np.zeros((1, 3, LINE_HEIGHT, width), np.float32)
        inside = canvas[..., : _PROOF_WIDTHS[0]]
        inside[:] = np.random.default_rng(0).uniform(-1, 1, inside.shape)
        lines.append(ConfinedLineSession(recognizer, LINE_BUCKETS).run(canvas, _PROOF_WIDTHS[0])[0])
    for what, (alone, framed) in (("detection", maps), ("recognition", lines)):
        if alone.shape != framed.shape or np.abs(alone - framed).max() > _TOLERANCE:
            raise EngineError(
                f"what the {what} model finds depends on its canvas: OCR_PARITY=close, or OCR_ENGINE=onnxruntime"
            )
