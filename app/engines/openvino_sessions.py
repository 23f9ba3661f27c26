"""Infer requests of compiled models, each for one slot, and the canvases that they lay pictures and lines on."""

import cv2
import numpy as np

from app.engines.base import FloatArray, Image
from app.engines.openvino_canvas import mask_inputs
from app.engines.openvino_runtime import ov
from app.engines.shape_buckets import LINE_HEIGHT, DetectorBuckets, line_width
from app.errors import EngineError

_PROOF_SIDE = 96
_PROOF_WIDTHS = (160, 320)
_TOLERANCE = 0.02
"""Of a probability. Rounding stays below it in bf16 too; a graph that looks beyond the picture is far above."""


class DetectorSession:
    """One infer request of a detection model, which only ever sees the canvases of *buckets*.

    What a canvas has more than the picture is filled by drawing out the picture's last row and column: what stands
    there cannot reach a confined graph, and disturbs one whose means alone are restricted the least.
    """

    def __init__(self, compiled: ov.CompiledModel, buckets: DetectorBuckets) -> None:
        self._request = compiled.create_infer_request()
        self._input = compiled.input(0).any_name
        self._buckets = buckets

    def text_map(self, picture: Image) -> FloatArray:
        """See :meth:`app.engines.graph_detector.TextMapSession.text_map`."""
        height, width = picture.shape[:2]
        rows, columns = self._buckets.canvas(height, width)
        canvas = cv2.copyMakeBorder(picture, 0, rows - height, 0, columns - width, cv2.BORDER_REPLICATE)
        inputs = {self._input: canvas[np.newaxis], **mask_inputs((height, width), (rows, columns))}
        probability = self._request.infer(inputs, share_inputs=True, share_outputs=True)[0]
        inside: FloatArray = probability[0, 0, :height, :width]
        return inside

    def warm_up(self) -> None:
        """Run every canvas once."""
        for height, width in self._buckets.shapes():
            self.text_map(np.zeros((height, width, 3), np.uint8))


class LineSession:
    """One infer request of a recognition model, which only ever sees lines of few widths."""

    def __init__(self, compiled: ov.CompiledModel) -> None:
        self._request = compiled.create_infer_request()

    def canvas_width(self, width: int) -> int:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.canvas_width`."""
        return line_width(width)

    def character_map(self, canvas: FloatArray) -> FloatArray:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.character_map`."""
        probability: FloatArray = self._request.infer([canvas], share_inputs=True, share_outputs=True)[0][0]
        return probability


class ConfinedLineSession:
    """As :class:`LineSession`, with a confined graph: lines of any width, run on canvases of few."""

    def __init__(self, compiled: ov.CompiledModel) -> None:
        self._request = compiled.create_infer_request()
        self._input = compiled.input(0).any_name

    def canvas_width(self, width: int) -> int:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.canvas_width`."""
        return width

    def character_map(self, canvas: FloatArray) -> FloatArray:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.character_map`."""
        return self.run(canvas, line_width(canvas.shape[3]))

    def run(self, canvas: FloatArray, wider_width: int) -> FloatArray:
        """The character map of *canvas*, run on one of *wider_width*."""
        width = canvas.shape[3]
        wider = np.zeros((1, 3, LINE_HEIGHT, wider_width), np.float32)
        wider[..., :width] = canvas
        inputs = {self._input: wider, **mask_inputs((LINE_HEIGHT, width), wider.shape[2:])}
        probability, steps = self._request.infer(inputs, share_inputs=True, share_outputs=True).values()
        inside: FloatArray = probability[0, : round(float(steps))]
        return inside


def check_confined(detector: ov.CompiledModel, recognizer: ov.CompiledModel) -> None:
    """See on a small picture that both graphs, which were rewritten, do not care for their canvas.

    The rewriting knows the layers of PP-OCR's published models; of somebody's own it may miss one.

    Raises:
        EngineError: One does care.
    """
    side = _PROOF_SIDE
    picture = np.full((side, side, 3), 255, np.uint8)
    cv2.putText(picture, "Proof", (4, 56), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    maps = [DetectorSession(detector, DetectorBuckets((canvas,))).text_map(picture) for canvas in (side, 2 * side)]
    line = np.random.default_rng(0).uniform(-1, 1, (1, 3, LINE_HEIGHT, _PROOF_WIDTHS[0])).astype(np.float32)
    lines = [ConfinedLineSession(recognizer).run(line, width) for width in _PROOF_WIDTHS]
    for what, (alone, framed) in (("detection", maps), ("recognition", lines)):
        if alone.shape != framed.shape or np.abs(alone - framed).max() > _TOLERANCE:
            raise EngineError(
                f"what the {what} model finds depends on its canvas: OCR_PARITY=close, or OCR_ENGINE=onnxruntime"
            )
