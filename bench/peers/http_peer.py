"""Contenders that are HTTP servers: their start, and the way to them."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.child_process import Launch, ended, running, tail
from bench.client import OcrClient
from bench.dialects import Dialect, WireRequest
from bench.errors import BenchError, RequestFailedError
from bench.load.http_target import HttpTarget
from bench.peers.contender import FIRST_IMAGE, START_S, StartedPeer
from bench.prediction import Prediction

POLL_S = 0.02
TIMEOUT_S = 120.0


@dataclass(frozen=True, slots=True)
class HttpConnection:
    """See :class:`bench.peers.contender.Connection`. ``options`` go with every image."""

    url: str
    dialect: Dialect
    options: Mapping[str, str] = field(default_factory=dict)

    def wire(self, image: Path) -> WireRequest:
        """Return the request that has an image read."""
        return self.dialect.encode_request([image.read_bytes()], self.options)

    def target(self, images: Sequence[Path], timeout_s: float = TIMEOUT_S) -> HttpTarget:
        """See :meth:`bench.peers.contender.Connection.target`; the requests are encoded here and now."""
        wires = [self.wire(image) for image in images]
        return HttpTarget(self.url, self.dialect, lambda index: wires[index % len(wires)], timeout_s=timeout_s)

    def fresh_target(self, make: Callable[[], bytes], timeout_s: float = TIMEOUT_S) -> HttpTarget:
        """See :meth:`bench.peers.contender.Connection.fresh_target`."""

        def request(_: int) -> WireRequest:
            return self.dialect.encode_request([make()], self.options)

        return HttpTarget(self.url, self.dialect, request, timeout_s=timeout_s)

    def read(self, image: Path) -> Prediction:
        """See :meth:`bench.peers.contender.Connection.read`."""
        with OcrClient(self.url, self.options, self.dialect) as client:
            return client.read(image)


@contextmanager
def started_server(name: str, launch: Launch, connection: HttpConnection) -> Iterator[StartedPeer]:
    """Start a server and have it read a picture until there is text; see :meth:`bench.peers.contender.Peer.started`."""
    # Made before the clock runs, which costs a little; a server that is not ready yet is asked again at once.
    with OcrClient(
        connection.url, connection.options, connection.dialect, timeout_s=START_S, sleep=lambda _: None
    ) as client:
        began = time.monotonic()
        with running(launch) as process:
            _await_text(name, process, launch.log, lambda: client.read(FIRST_IMAGE))
            seconds = time.monotonic() - began
            yield StartedPeer(name, process.pid, connection, launch.log, seconds)


def _await_text(name: str, process: subprocess.Popen[bytes], log: Path, ask: Callable[[], Prediction]) -> None:
    """Ask until there is text; raises BenchError when the process ends, or after 180 s."""
    end = time.monotonic() + START_S
    last = "nothing was read"
    while time.monotonic() < end:
        if process.poll() is not None:
            raise ended(name, process, log)
        try:
            if any(line.text.strip() for line in ask().lines):
                return
        except RequestFailedError as error:
            last = str(error)
        time.sleep(POLL_S)
    raise BenchError(f"{name} gave no answer with text within {START_S:.0f} s ({last}):\n{tail(log)}")
