"""PP-OCR on ONNX Runtime: the engine of every other architecture."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from app.engines.base import Engine, FloatArray, Image, Shape
from app.engines.choice import EngineChoice
from app.engines.graph_detector import GraphDetector
from app.engines.graph_recognizer import GraphRecognizer
from app.engines.model_files import DetectorFiles, read_model_files
from app.engines.onnxruntime_graph import Graph
from app.engines.shape_buckets import DETECTOR_STRIDE, DetectorBuckets
from app.memory_plan import MemoryPlan
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
        """Run a small picture once."""
        self.text_map(np.zeros((DETECTOR_STRIDE, DETECTOR_STRIDE, 3), np.uint8))

    def shapes_ahead(self) -> list[Shape]:
        """The largest picture: the memory that it takes is then there."""
        return [self._largest]


class LineSession:
    """A recognition graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def canvas_width(self, width: int) -> int:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.canvas_width`."""
        return width

    def shapes_ahead(self) -> list[Shape]:
        """None: this runtime compiles nothing for a new shape."""
        return []

    def character_maps(self, canvases: FloatArray) -> Iterator[FloatArray]:
        """See :meth:`app.engines.graph_recognizer.CharacterMapSession.character_maps`."""
        for canvas in canvases:
            yield self._graph.run(canvas[np.newaxis])


def load(directory: Path, plan: SlotPlan, choice: EngineChoice, settings: Settings) -> Engine:
    """Load the models in *directory*: they are run at a picture's and a line's own size, exact or not.

    Raises:
        WeightsError: A model file is missing, or does not go with the others.
    """
    files = read_model_files(directory)
    candidates = files.detector.max_candidates
    detector = Graph(files.detector.graph, plan.detector_threads)
    recognizer = Graph(files.recognizer.graph, 1)
    memory = MemoryPlan.for_settings(settings, plan, choice)
    largest = DetectorBuckets.up_to(settings.det_max_side, memory.det_max_pixels).largest
    return Engine(
        detectors=tuple(
            GraphDetector(DetectorSession(detector, files.detector, largest), candidates, memory.det_max_pixels)
            for _ in range(plan.detector_slots)
        ),
        recognizers=tuple(
            GraphRecognizer(LineSession(recognizer), files.recognizer.alphabet) for _ in range(plan.recognizer_slots)
        ),
    )
