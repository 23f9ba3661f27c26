"""PP-OCR on OpenVINO: the fast engine of x86-64."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino.preprocess import PrePostProcessor

from app.engines.base import Engine, Image
from app.engines.db_postprocess import DbThresholds
from app.engines.graph_detector import GraphDetector
from app.engines.graph_recognizer import GraphRecognizer
from app.engines.model_files import ModelFiles
from app.engines.shape_buckets import LINE_HEIGHT, DetectorBuckets, line_width
from app.slot_plan import SlotPlan

_LINE_MEAN = _LINE_SCALE = (127.5, 127.5, 127.5)


class OpenVinoSession:
    """One infer request of a compiled model."""

    def __init__(self, compiled: ov.CompiledModel) -> None:
        self._request = compiled.create_infer_request()

    def run(self, canvas: Image) -> Any:
        """See :meth:`app.engines.base.Session.run`; the array is the request's own memory."""
        return self._request.infer([canvas[np.newaxis]], share_inputs=True, share_outputs=True)[0]


def load(files: ModelFiles, plan: SlotPlan, precision: str, limits: DbThresholds, buckets: DetectorBuckets) -> Engine:
    """Read and compile both models. *precision* is ``bf16`` or ``f32``."""
    core = ov.Core()
    mean, scale = files.detector.mean, files.detector.scale
    detector = _compile(
        core, _read(core, files.detector.graph, mean, scale), precision, plan.detector_threads, plan.detector_slots
    )
    recognizer = _compile(
        core, _read(core, files.recognizer.graph, _LINE_MEAN, _LINE_SCALE), precision, 1, plan.recognizer_slots
    )
    sessions = [OpenVinoSession(recognizer) for _ in range(plan.recognizer_slots)]
    _initialise_binding(sessions[0])
    return Engine(
        detectors=tuple(GraphDetector(OpenVinoSession(detector), buckets, limits) for _ in range(plan.detector_slots)),
        recognizers=tuple(GraphRecognizer(session, files.recognizer.alphabet) for session in sessions),
    )


def _initialise_binding(session: OpenVinoSession) -> None:
    """Run once before there are several threads.

    OpenVINO's Python binding looks NumPy up at its first tensor, under a C++ static guard and with the interpreter
    lock given up in between: two threads whose first tensors coincide wait for each other for ever.
    """
    session.run(np.zeros((LINE_HEIGHT, line_width(1), 3), np.uint8))


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
