"""Contenders that only pretend: they read a picture's labels, or fail as they are told to."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from bench.compare.sample_set import own_samples
from bench.errors import BenchError, RequestFailedError
from bench.load.target import Answer
from bench.peers.contender import StartedPeer
from bench.prediction import Prediction

LABELS = {sample.path.name: [line.text for line in sample.lines] for sample in own_samples()}
RECORD = {"width": 10, "height": 10, "seconds": 0.25}
Deed = Callable[[], None]


def interrupt_at(request: int) -> Deed:
    """Return a deed that presses Ctrl-C once, at the load run's request of this number (from 1)."""
    sent = 0

    def count() -> None:
        nonlocal sent
        sent += 1
        if sent == request:
            signal.raise_signal(signal.SIGINT)

    return count


class FakeConnection:
    """Answers at once; ``deed`` is done before each answer of a load run and may raise."""

    url = None

    def __init__(self, failure: str = "", deed: Deed = lambda: None) -> None:
        self._failure = failure
        self._deed = deed

    @asynccontextmanager
    async def target(self, images: Sequence[Path], timeout_s: float) -> Any:
        """See ``Connection.target``."""
        assert images
        assert timeout_s > 0
        yield self

    async def send(self, index: int) -> Answer:  # noqa: ARG002 (it answers everything alike)
        """See ``Target.send``."""
        self._deed()
        return Answer(self._failure)

    def read(self, image: Path) -> Prediction:
        """See ``Connection.read``."""
        if self._failure:
            raise RequestFailedError(self._failure, "told to")
        texts = LABELS.get(image.name, [])
        boxes = [[[0, 0], [1, 0], [1, 1], [0, 1]]] * len(texts)
        return Prediction.from_reference(RECORD | {"texts": texts, "scores": [1.0] * len(texts), "polys": boxes})


class FakePeer:
    """A contender of this name. ``log`` is shared, and notes whose turn it was; the rest says how it fails."""

    def __init__(
        self,
        name: str,
        log: list[str] | None = None,
        *,
        install: str = "",
        start: str = "",
        failure: str = "",
        dies: bool = False,
        deed: Deed = lambda: None,
        info: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.about = f"{name} as made for a test"
        self._log = [] if log is None else log
        self._install = install
        self._start = start
        self._failure = failure
        self._dies = dies
        self._deed = deed
        self._info = info or {}

    def ensure(self, _: Any) -> None:
        """See ``Peer.ensure``."""
        if self._install:
            raise BenchError(self._install)

    @contextmanager
    def started(self, folder: Path, plan: str) -> Iterator[StartedPeer]:
        """See ``Peer.started``; who is to die is a process of its own, killed by the first request of a load run."""
        if plan == "latency":
            self._log.append(self.name)
        if self._start:
            raise BenchError(self._start)
        words = folder / "log"
        words.write_text("last words\n")
        if not self._dies:
            connection = FakeConnection(self._failure, self._deed)
            yield StartedPeer(self.name, os.getpid(), connection, words, 0.5, self._info)
            return
        with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:

            def die() -> None:
                os.kill(process.pid, signal.SIGKILL)
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and not waited for: a zombie

            yield StartedPeer(self.name, process.pid, FakeConnection(deed=die), words, 0.5)
