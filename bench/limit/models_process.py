"""The process that holds the models, from this side: its memory and its threads go with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from subprocess import Popen
from typing import IO, TypeVar, cast

import msgspec

from bench.child_process import Launch, running, tail
from bench.errors import BenchError
from bench.limit.result import ModelsRun
from bench.limit.worker import Loaded, Question
from bench.service_process import ROOT

COMMAND = (sys.executable, "-m", "bench.limit.worker")

T = TypeVar("T")


class _Failure(msgspec.Struct):
    error: str


class ModelsProcess:
    """Asks the process one thing at a time. Raises BenchError with the end of its log where it has ended."""

    def __init__(self, process: Popen[bytes], log: Path) -> None:
        """Waits until the models are loaded."""
        self._stdin, self._stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        self._log = log
        self.loaded = self._answer(Loaded)

    def prepare(self, name: str, pictures: Sequence[Path], seconds: float) -> float:
        """Have a set recorded, of which each measurement takes *seconds*; returns the mean lines on a picture."""
        paths = tuple(str(picture.resolve()) for picture in pictures)
        return self._ask(Question("prepare", name, paths, seconds), float)

    def full_load(self, name: str) -> tuple[ModelsRun, ...]:
        """Return the models' throughput, layout by layout."""
        return self._ask(Question("full_load", name), tuple[ModelsRun, ...])

    def one_by_one(self, name: str) -> float:
        """Return the seconds that the models take for a picture that is alone."""
        return self._ask(Question("one_by_one", name), float)

    def steps(self, name: str) -> dict[str, float]:
        """Return the seconds of each step of the pipeline in one thread."""
        return self._ask(Question("steps", name), dict[str, float])

    def _ask(self, question: Question, kind: type[T]) -> T:
        try:
            self._stdin.write(msgspec.json.encode(question) + b"\n")
            self._stdin.flush()
        except BrokenPipeError:
            pass  # its answer is missing, too
        return self._answer(kind)

    def _answer(self, kind: type[T]) -> T:
        line = self._stdout.readline()
        if not line:
            raise BenchError(f"the process with the models has ended:\n{tail(self._log)}")
        try:
            return msgspec.json.decode(line, type=kind)
        except msgspec.ValidationError:
            raise BenchError(msgspec.json.decode(line, type=_Failure).error) from None


@contextmanager
def started_models(log: Path, environment: Mapping[str, str]) -> Iterator[ModelsProcess]:
    """Start the process with the service's *environment*; it is ended with the context."""
    with ExitStack() as stack:
        process = stack.enter_context(running(Launch(COMMAND, ROOT, log, environment, piped=True)))
        for pipe in (process.stdin, process.stdout):
            stack.callback(_close, cast("IO[bytes]", pipe))
        yield ModelsProcess(process, log)


def _close(pipe: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        pipe.close()
