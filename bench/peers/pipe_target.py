"""The way to a library in a process of its own, for the load generator and for the accuracy bench."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.dialects import ServerTime
from bench.errors import RequestFailedError
from bench.load.target import Answer
from bench.peers.pipe_process import PipeProcess, PipeReply
from bench.prediction import MalformedPredictionError, Prediction

TIMEOUT_S = 120.0


class PipeTarget:
    """See :class:`bench.load.target.Target`. An asynchronous context manager as HTTP targets are; nothing is opened."""

    def __init__(
        self, pipe: PipeProcess, image: Callable[[int], AbstractContextManager[Path]], timeout_s: float = TIMEOUT_S
    ) -> None:
        """``image`` gives the file that request *n* has read, in a context that is left when there is an answer."""
        self._pipe = pipe
        self._image = image
        self._timeout_s = timeout_s

    async def __aenter__(self) -> Self:
        """Return the target itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the process alone: it is its owner's."""

    async def send(self, index: int) -> Answer:
        """See :meth:`bench.load.target.Target.send`; the server's time is that of the work, without a wait for it."""
        try:
            with self._image(index) as image:
                async with asyncio.timeout(self._timeout_s):
                    reply = await asyncio.wrap_future(self._pipe.ask(image))
            return Answer(server=ServerTime(_prediction(reply).seconds), done_s=reply.done_s)
        except TimeoutError:
            return Answer("timeout", f"no answer within {self._timeout_s:g} s")
        except RequestFailedError as error:
            return Answer(error.cause, error.detail)


@dataclass(frozen=True, slots=True)
class PipeConnection:
    """See :class:`bench.peers.contender.Connection`."""

    pipe: PipeProcess

    @property
    def url(self) -> None:
        """See :attr:`bench.peers.contender.Connection.url`."""
        return

    def target(self, images: Sequence[Path], timeout_s: float = TIMEOUT_S) -> PipeTarget:
        """See :meth:`bench.peers.contender.Connection.target`."""
        return PipeTarget(self.pipe, lambda index: nullcontext(images[index % len(images)]), timeout_s)

    def fresh_target(self, make: Callable[[], bytes], timeout_s: float = TIMEOUT_S) -> PipeTarget:
        """See :meth:`bench.peers.contender.Connection.fresh_target`; a picture is a file until it is answered."""
        return PipeTarget(self.pipe, lambda _: _scratch_file(make()), timeout_s)

    def read(self, image: Path, timeout_s: float = TIMEOUT_S) -> Prediction:
        """See :meth:`bench.peers.contender.Connection.read`; ``seconds`` is the wall time as for a server."""
        started = time.perf_counter()
        future = self.pipe.ask(image)
        try:
            reply = future.result(timeout_s)
        except TimeoutError as error:
            future.cancel()
            raise RequestFailedError("timeout", f"no answer within {timeout_s:g} s") from error
        return _prediction(reply, time.perf_counter() - started)


@contextmanager
def _scratch_file(content: bytes) -> Iterator[Path]:
    """Yield a file with this content, which is gone after the context."""
    with tempfile.NamedTemporaryFile(prefix="bench-", suffix=".jpg") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def _prediction(reply: PipeReply, seconds: float | None = None) -> Prediction:
    """Return an answer's content, with the worker's own seconds unless others are given; raises RequestFailedError."""
    own = {} if seconds is None else {"seconds": seconds}
    try:
        return Prediction.from_reference(reply.document | own)
    except MalformedPredictionError as error:
        raise RequestFailedError("malformed", str(error)) from error
