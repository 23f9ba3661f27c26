"""Has the lines of a page read, on as many slots as there are."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from app.engines.base import Batching, Image, Recognition, TextRecognizer
from app.pipeline.line_groups import Grouping, LineGroup
from app.pipeline.result import Run
from app.scheduling.inference_pool import InferencePool, Joinable, result_of


class LineReader:
    """Hands lines to a pool of recognisers. Thread-safe."""

    def __init__(self, recognizers: InferencePool[TextRecognizer], grouping: Grouping, batching: Batching) -> None:
        self._recognizers = recognizers
        self._grouping = grouping
        self._batching = batching

    def read(self, crops: Sequence[Image], run: Run) -> list[Recognition]:
        """What stands in each of *crops*, the lines of one page: on which canvas each is laid depends on all of them.

        Raises:
            DeadlineExceededError: The time ran out; lines not yet begun are not begun.
        """
        groups = self._grouping([crop.shape[1] / crop.shape[0] for crop in crops])
        submit = self._submit_lines if self._batching.across_requests else self._submit_groups
        read: dict[int, Recognition] = {}
        for indices, job in submit(groups, crops, run):
            recognitions = result_of(job, run.deadline, "recognise")
            read.update(zip(indices, recognitions, strict=True))
        return [read[index] for index in range(len(crops))]

    def _submit_lines(
        self, groups: Sequence[LineGroup], crops: Sequence[Image], run: Run
    ) -> list[tuple[tuple[int, ...], Future[list[Recognition]]]]:
        """A job a line; those on the same canvas, whoever's they are, may be run together."""
        lines = [(index, group.canvas_ratio) for group in groups for index in group.lines]
        parts = [
            Joinable(ratio, self._batching.most(ratio), crops[index], _read_together(ratio)) for index, ratio in lines
        ]
        jobs = self._recognizers.submit_joinable(parts, run.ticket, run.deadline)
        return [((index,), job) for (index, _), job in zip(lines, jobs, strict=True)]

    def _submit_groups(
        self, groups: Sequence[LineGroup], crops: Sequence[Image], run: Run
    ) -> list[tuple[tuple[int, ...], Future[list[Recognition]]]]:
        """As many jobs a group as it has lines that are handed over together."""
        jobs = []
        for group in groups:
            most = self._batching.most(group.canvas_ratio)
            for start in range(0, len(group.lines), most):
                indices = group.lines[start : start + most]
                work = _work([crops[index] for index in indices], group.canvas_ratio)
                jobs.append((indices, self._recognizers.submit(work, run.ticket, run.deadline)))
        return jobs


def _work(crops: list[Image], canvas_ratio: float) -> Callable[[TextRecognizer], list[Recognition]]:
    return lambda slot: slot.recognise(crops, canvas_ratio)


def _read_together(canvas_ratio: float) -> Callable[[TextRecognizer, list[Image]], list[list[Recognition]]]:
    return lambda slot, crops: [[recognition] for recognition in slot.recognise(crops, canvas_ratio)]
