"""Has the lines of a page read, on as many slots as there are."""

from collections.abc import Callable, Sequence

from app.engines.base import Image, Recognition, TextRecognizer
from app.pipeline.line_groups import Grouping
from app.pipeline.result import Run
from app.scheduling.inference_pool import InferencePool, result_of


class LineReader:
    """Hands lines to a pool of recognisers. Thread-safe."""

    def __init__(self, recognizers: InferencePool[TextRecognizer], grouping: Grouping, lines_per_call: int) -> None:
        """*lines_per_call*: how many lines of a group one call takes at most; one by one they spread over the slots."""
        self._recognizers = recognizers
        self._grouping = grouping
        self._lines_per_call = lines_per_call

    def read(self, crops: Sequence[Image], run: Run) -> list[Recognition]:
        """What stands in each of *crops*, the lines of one page: in which groups they are read depends on all of them.

        Raises:
            DeadlineExceededError: The time ran out; lines not yet begun are not begun.
        """
        jobs = []
        for group in self._grouping([crop.shape[1] / crop.shape[0] for crop in crops]):
            for start in range(0, len(group.lines), self._lines_per_call):
                indices = group.lines[start : start + self._lines_per_call]
                work = _work([crops[index] for index in indices], group.canvas_ratio)
                jobs.append((indices, self._recognizers.submit(work, run.ticket, run.deadline)))
        read: dict[int, Recognition] = {}
        for indices, job in jobs:
            recognitions = result_of(job, run.deadline, "recognise")
            read.update(zip(indices, recognitions, strict=True))
        return [read[index] for index in range(len(crops))]


def _work(crops: list[Image], canvas_ratio: float) -> Callable[[TextRecognizer], list[Recognition]]:
    return lambda slot: slot.recognise(crops, canvas_ratio)
