"""PP-OCR on ONNX Runtime: the engine of every other architecture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from app.engines.base import Engine, FloatArray, Image
from app.engines.db_postprocess import DbThresholds
from app.engines.graph_detector import GraphDetector
from app.engines.graph_recognizer import GraphRecognizer
from app.engines.model_files import ModelFiles
from app.engines.shape_buckets import DetectorBuckets
from app.slot_plan import SlotPlan


class OnnxRuntimeSession:
    """A loaded graph with its normalisation, ``(pixel - mean) / scale``; the graph is shared between slots."""

    def __init__(self, session: ort.InferenceSession, mean: Sequence[float], scale: Sequence[float]) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name
        self._factor = (1 / np.array(scale, np.float32)).reshape(3, 1, 1)
        self._offset = (-np.array(mean, np.float32).reshape(3, 1, 1)) * self._factor

    def run(self, canvas: Image) -> Any:
        """See :meth:`app.engines.base.Session.run`."""
        tensor: FloatArray = np.ascontiguousarray(canvas.transpose(2, 0, 1), np.float32)
        tensor *= self._factor
        tensor += self._offset
        return self._session.run(None, {self._input: tensor[np.newaxis]})[0]


def load(files: ModelFiles, plan: SlotPlan, precision: str, limits: DbThresholds, buckets: DetectorBuckets) -> Engine:
    """Load both models. *precision* is ``f32``, the only one that ONNX Runtime computes these graphs in on a CPU."""
    del precision
    mean, scale = files.detector.mean, files.detector.scale
    detector = OnnxRuntimeSession(_open(files.detector.graph, plan.detector_threads), mean, scale)
    recognizer = OnnxRuntimeSession(_open(files.recognizer.graph, 1), (127.5,) * 3, (127.5,) * 3)
    return Engine(
        detectors=tuple(GraphDetector(detector, buckets, limits) for _ in range(plan.detector_slots)),
        recognizers=tuple(GraphRecognizer(recognizer, files.recognizer.alphabet) for _ in range(plan.recognizer_slots)),
    )


def _open(graph: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The arena keeps every block that it ever handed out; without it the buffers go back after each run.
    options.enable_cpu_mem_arena = False
    # Idle threads that spin take the processor from the other slots.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
