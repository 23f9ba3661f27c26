"""PP-OCR on OpenVINO: the fast engine of x86-64."""

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

# `import openvino` also tries to import its model converter, which nobody here needs: that takes a third of the time,
# writes an id below $HOME and sends usage data. A None in this place makes it "not installed", which openvino allows.
sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]

import openvino as ov
from openvino.preprocess import PrePostProcessor

from app.engines.base import Engine, FloatArray, Image
from app.engines.db_postprocess import DbThresholds
from app.engines.graph_detector import GraphDetector
from app.engines.graph_recognizer import GraphRecognizer
from app.engines.model_files import ModelFiles
from app.engines.openvino_pooling import mask_inputs, restrict_means
from app.engines.shape_buckets import DetectorBuckets
from app.slot_plan import SlotPlan

_LINE_MEAN = _LINE_SCALE = (127.5, 127.5, 127.5)


class DetectorSession:
    """One infer request of a detection model, which only ever sees the canvases of *buckets*.

    What a canvas has more than the picture is filled by drawing out the picture's last row and column.
    """

    def __init__(self, compiled: ov.CompiledModel, strides: tuple[int, ...], buckets: DetectorBuckets) -> None:
        self._request = compiled.create_infer_request()
        self._input = compiled.input(0).any_name
        self._strides = strides
        self._buckets = buckets

    def text_map(self, picture: Image) -> FloatArray:
        """See :meth:`app.engines.graph_detector.TextMapSession.text_map`."""
        height, width = picture.shape[:2]
        rows, columns = self._buckets.canvas(height, width)
        canvas = cv2.copyMakeBorder(picture, 0, rows - height, 0, columns - width, cv2.BORDER_REPLICATE)
        inputs = {self._input: canvas[np.newaxis], **mask_inputs(self._strides, (height, width), (rows, columns))}
        probability = self._request.infer(inputs, share_inputs=True, share_outputs=True)[0]
        inside: FloatArray = probability[0, 0, :height, :width]
        return inside

    def warm_up(self) -> None:
        """Run every canvas once."""
        for height, width in self._buckets.shapes():
            self.text_map(np.zeros((height, width, 3), np.uint8))


class LineSession:
    """One infer request of a recognition model."""

    def __init__(self, compiled: ov.CompiledModel) -> None:
        self._request = compiled.create_infer_request()

    def character_map(self, canvas: Image) -> FloatArray:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.character_map`."""
        probability: FloatArray = self._request.infer([canvas[np.newaxis]], share_inputs=True, share_outputs=True)[0][0]
        return probability


def load(files: ModelFiles, plan: SlotPlan, precision: str, limits: DbThresholds, buckets: DetectorBuckets) -> Engine:
    """Read and compile both models. *precision* is ``bf16`` or ``f32``.

    A recogniser runs once as it is made, and that must be before there are several threads: OpenVINO's Python binding
    builds a table at its first tensor, under a C++ static guard and with the interpreter lock given up in between, so
    that two threads whose first tensors coincide wait for each other for ever.
    """
    core = ov.Core()
    detector_model = _read(core, files.detector.graph, files.detector.mean, files.detector.scale)
    strides = restrict_means(detector_model)
    detector = _compile(core, detector_model, precision, plan.detector_threads, plan.detector_slots)
    recognizer_model = _read(core, files.recognizer.graph, _LINE_MEAN, _LINE_SCALE)
    recognizer = _compile(core, recognizer_model, precision, 1, plan.recognizer_slots)
    recognizers = tuple(
        GraphRecognizer(LineSession(recognizer), files.recognizer.alphabet) for _ in range(plan.recognizer_slots)
    )
    return Engine(
        detectors=tuple(
            GraphDetector(DetectorSession(detector, strides, buckets), limits) for _ in range(plan.detector_slots)
        ),
        recognizers=recognizers,
    )


def _read(core: ov.Core, graph: Path, mean: Sequence[float], scale: Sequence[float]) -> ov.Model:
    """The graph with the normalisation built in: it takes uint8 (1, height, width, 3)."""
    steps = PrePostProcessor(core.read_model(graph))
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().convert_element_type(ov.Type.f32).mean(list(mean)).scale(list(scale))
    return steps.build()


def _compile(core: ov.Core, model: ov.Model, precision: str, threads: int, streams: int) -> ov.CompiledModel:
    return core.compile_model(
        model,
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads * streams,
            "NUM_STREAMS": streams,
            # Pinned, two processes both take core 0 and halve each other's speed.
            "ENABLE_CPU_PINNING": False,
        },
    )
