"""PP-OCR on ONNX Runtime: the engine of every other architecture."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

# The published builds send usage data to their maker unless this is set before the import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

from app.engines.base import Engine, FloatArray, Image
from app.engines.db_postprocess import DbThresholds
from app.engines.graph_detector import GraphDetector
from app.engines.graph_recognizer import GraphRecognizer
from app.engines.model_files import ModelFiles
from app.engines.shape_buckets import DetectorBuckets
from app.slot_plan import SlotPlan

_LINE_MEAN = _LINE_SCALE = (127.5, 127.5, 127.5)


class Graph:
    """A loaded graph with its normalisation, ``(pixel - mean) / scale``. Several threads may run it at once."""

    def __init__(self, path: Path, threads: int, mean: Sequence[float], scale: Sequence[float]) -> None:
        self._session = _open(path, threads)
        self._input = self._session.get_inputs()[0].name
        self._factor = (1 / np.array(scale, np.float32)).reshape(3, 1, 1)
        self._offset = -np.array(mean, np.float32).reshape(3, 1, 1) * self._factor

    def run(self, picture: Image) -> FloatArray:
        """The graph's only output for *picture*, without the batch axis."""
        tensor: FloatArray = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32)
        tensor *= self._factor
        tensor += self._offset
        output: FloatArray = self._session.run(None, {self._input: tensor[np.newaxis]})[0][0]
        return output


class DetectorSession:
    """A detection graph. It is run at the picture's own size: this runtime compiles nothing for a new shape."""

    def __init__(self, graph: Graph, largest: tuple[int, int]) -> None:
        """*largest*: height and width of the largest picture, in pixels."""
        self._graph = graph
        self._largest = largest

    def text_map(self, picture: Image) -> FloatArray:
        """See :meth:`app.engines.graph_detector.TextMapSession.text_map`."""
        probability: FloatArray = self._graph.run(picture)[0]
        return probability

    def warm_up(self) -> None:
        """Run the largest picture once, so that the memory that it takes is there."""
        self.text_map(np.zeros((*self._largest, 3), np.uint8))


class LineSession:
    """A recognition graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def character_map(self, canvas: Image) -> FloatArray:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.character_map`."""
        return self._graph.run(canvas)


def load(files: ModelFiles, plan: SlotPlan, precision: str, limits: DbThresholds, buckets: DetectorBuckets) -> Engine:
    """Load both models. *precision* is ``f32``, the only one that ONNX Runtime computes these graphs in on a CPU."""
    del precision
    detector = Graph(files.detector.graph, plan.detector_threads, files.detector.mean, files.detector.scale)
    recognizer = Graph(files.recognizer.graph, 1, _LINE_MEAN, _LINE_SCALE)
    largest = buckets.shapes()[0]
    return Engine(
        detectors=tuple(GraphDetector(DetectorSession(detector, largest), limits) for _ in range(plan.detector_slots)),
        recognizers=tuple(
            GraphRecognizer(LineSession(recognizer), files.recognizer.alphabet) for _ in range(plan.recognizer_slots)
        ),
    )


def _open(graph: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The arena keeps every block that it ever handed out, and the memory pattern a plan for every shape it ever saw.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # Idle threads that spin take the processor from the other slots.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
