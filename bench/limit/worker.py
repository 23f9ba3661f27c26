"""A process with the service's models and nothing else of it: asked and answering in JSON, one object a line.

It is started with the service's own environment (``OCR_*``). Questions are :class:`Question`, answers are their results
or ``{"error": str}``; the first answer, to no question, is a :class:`Loaded`. The end of standard input ends it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import msgspec

from app.engines.choice import EngineChoice, choose_engine, engine_name
from app.errors import OcrError
from app.machine import whole_threads
from app.settings import Settings
from app.slot_plan import SlotPlan
from app.weights.selection import model_name
from bench.errors import BenchError

NICENESS = 10
"""The service's inference threads step back behind its HTTP threads by as much: what else runs weighs on both alike."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, as ``/info`` has it, and how many threads run it at full load."""

    engine: str
    precision: str
    parity: str
    processors: int


@dataclass(frozen=True, slots=True)
class Question:
    """``do``: a method of :class:`Worker`, which is given the name of a set; the others are for ``prepare``."""

    do: str
    name: str
    pictures: tuple[str, ...] = ()
    seconds: float = 0.0


class Worker:
    """Answers questions about sets."""

    def __init__(self, settings: Settings, choice: EngineChoice) -> None:
        """Loads every layout; raises an OcrError where that fails."""
        from bench.limit.models import Models, layouts  # noqa: PLC0415 - OpenVINO, where no other engine is asked for

        plan = SlotPlan.for_settings(settings)
        self.processors = whole_threads(plan.cpus)
        self._models = {
            name: Models(choice, settings, layout, self.processors)
            for name, layout in layouts(plan, self.processors).items()
        }
        self._pictures: dict[str, list[Path]] = {}

    def prepare(self, question: Question) -> float:
        """Record a set with each layout; returns the mean number of lines on a picture."""
        pictures = [Path(path) for path in question.pictures]
        self._pictures[question.name] = pictures
        first, *others = self._models.values()
        lines = first.prepare(question.name, pictures, question.seconds)
        for other in others:
            other.prepare(question.name, pictures, question.seconds, like=first)
        return lines

    def full_load(self, question: Question) -> list[Mapping[str, Any]]:
        """See ModelsRun."""
        found = ((name, models.at_full_load(question.name)) for name, models in self._models.items())
        return [{"layout": name, "images_per_s": one.images_per_s, "cpu_s": one.cpu_s} for name, one in found]

    def one_by_one(self, question: Question) -> float:
        """Seconds of a picture that is alone, on the service's own layout."""
        return next(iter(self._models.values())).one_by_one(question.name)

    def steps(self, question: Question) -> dict[str, float]:
        """Seconds a picture by step, with models of one thread."""
        return list(self._models.values())[-1].steps(self._pictures[question.name])


def main() -> None:
    """Load, then answer until standard input ends."""
    os.nice(NICENESS)
    output = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints
    try:
        loaded, worker = _load()
    except (OcrError, BenchError) as error:
        _put(output, {"error": str(error)})
        return
    _put(output, loaded)
    for line in sys.stdin:
        question = msgspec.json.decode(line, type=Question)
        _put(output, getattr(worker, question.do)(question))


def _load() -> tuple[Loaded, Worker]:
    settings = Settings.from_env(os.environ)
    choice = choose_engine(settings, model_name(settings, engine_name(settings)))
    if choice.name != "openvino":
        raise BenchError(f"engine {choice.name}: the limit is that of OpenVINO, and of no other engine")
    worker = Worker(settings, choice)
    return Loaded(choice.name, choice.precision, "exact" if choice.exact else "close", worker.processors), worker


def _put(output: TextIO, answer: object) -> None:
    print(msgspec.json.encode(answer).decode(), file=output, flush=True)


if __name__ == "__main__":
    main()
