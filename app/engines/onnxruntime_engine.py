"""PP-OCR on ONNX Runtime: the engine of every other architecture."""

from pathlib import Path

import numpy as np

from app.engines.base import Engine, FloatArray, Image
from app.engines.choice import EngineChoice
from app.engines.db_postprocess import DbThresholds
from app.engines.graph_detector import GraphDetector
from app.engines.graph_recognizer import GraphRecognizer
from app.engines.model_files import DetectorFiles, read_model_files
from app.engines.onnxruntime_graph import Graph
from app.engines.shape_buckets import DetectorBuckets
from app.settings import Settings
from app.slot_plan import SlotPlan


class DetectorSession:
    """A detection graph. It is run at the picture's own size: this runtime compiles nothing for a new shape."""

    def __init__(self, graph: Graph, files: DetectorFiles, largest: tuple[int, int]) -> None:
        """*largest*: height and width of the largest picture, in pixels."""
        self._graph = graph
        self._factor = (1 / np.array(files.scale, np.float32)).reshape(3, 1, 1)
        self._offset = -np.array(files.mean, np.float32).reshape(3, 1, 1) * self._factor
        self._largest = largest

    def text_map(self, picture: Image) -> FloatArray:
        """See :meth:`app.engines.graph_detector.TextMapSession.text_map`."""
        tensor: FloatArray = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32)
        tensor *= self._factor
        tensor += self._offset
        probability: FloatArray = self._graph.run(tensor[np.newaxis])[0]
        return probability

    def warm_up(self) -> None:
        """Run the largest picture once, so that the memory that it takes is there."""
        self.text_map(np.zeros((*self._largest, 3), np.uint8))


class LineSession:
    """A recognition graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def canvas_width(self, width: int) -> int:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.canvas_width`."""
        return width

    def character_map(self, canvas: FloatArray) -> FloatArray:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.character_map`."""
        return self._graph.run(canvas)


def load(directory: Path, plan: SlotPlan, choice: EngineChoice, settings: Settings) -> Engine:
    """Load the models in *directory*: they are run at a picture's and a line's own size, exact or not.

    Raises:
        WeightsError: A model file is missing, or does not go with the others.
    """
    del choice
    files = read_model_files(directory)
    limits = DbThresholds.of(settings, files.detector.max_candidates)
    detector = Graph(files.detector.graph, plan.detector_threads)
    recognizer = Graph(files.recognizer.graph, 1)
    largest = DetectorBuckets.up_to(settings.det_max_side).shapes()[0]
    return Engine(
        detectors=tuple(
            GraphDetector(DetectorSession(detector, files.detector, largest), limits)
            for _ in range(plan.detector_slots)
        ),
        recognizers=tuple(
            GraphRecognizer(LineSession(recognizer), files.recognizer.alphabet) for _ in range(plan.recognizer_slots)
        ),
    )
