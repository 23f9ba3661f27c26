"""What `python -m bench compare` and `soak` need to know of a contender, whether it is a server or a library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from rich.console import Console

from bench.load.target import Target
from bench.prediction import Prediction
from bench.service_process import ROOT

Plan = Literal["latency", "throughput"]
"""What a contender that cannot have both is tuned for: one picture at a time, or as many as there are processors."""

FIRST_IMAGE = ROOT / "tests" / "images" / "latin.png"
"""The picture whose text ends a cold start."""

START_S = 180.0
"""The longest that a contender may take to its first answer."""


class Connection(Protocol):
    """The way to a started contender."""

    @property
    def url(self) -> str | None:
        """Its address; None of what is no server."""

    def target(self, images: Sequence[Path], timeout_s: float) -> AbstractAsyncContextManager[Target]:
        """Return a target for the load generator; request *n* has the *n*-th image read, modulo their number.

        A request without an answer within ``timeout_s`` seconds has failed. It may be entered again once it was left.
        """

    def fresh_target(self, make: Callable[[], bytes], timeout_s: float) -> AbstractAsyncContextManager[Target]:
        """Return a target as :meth:`target` does, each of whose requests has a picture of its own read.

        *make* returns the picture, an image file's content, when the request is sent; nothing of it stays behind.
        """

    def read(self, image: Path) -> Prediction:
        """Return an image's lines; raises RequestFailedError with a cause as the load generator counts them."""


@dataclass(frozen=True, slots=True)
class StartedPeer:
    """A contender that has answered. ``pid`` is the topmost process of its tree, ``log`` what it wrote.

    ``exec_to_first_answer_s``: seconds from the start of its process to the first answer with text in it, which is
    polled for every 20 ms where there is a port to come up. Nothing was installed or downloaded meanwhile; the files
    may have been in the machine's cache. ``info`` is what it says of itself, empty for who says nothing.
    """

    name: str
    pid: int
    connection: Connection
    log: Path
    exec_to_first_answer_s: float
    info: Mapping[str, Any] = field(default_factory=dict)


class Peer(Protocol):
    """A contender."""

    @property
    def name(self) -> str:
        """What tables call it, its version included."""

    @property
    def about(self) -> str:
        """How it was set up, one sentence for people: which models, what was tuned, what is as shipped."""

    def ensure(self, console: Console) -> None:
        """Install it unless it is there; raises BenchError when that fails."""

    def started(self, folder: Path, plan: Plan) -> AbstractContextManager[StartedPeer]:
        """Start it with log and scratch files in *folder*, and end it, and every process it made, with the context.

        Raises BenchError with the end of its log when it ends, or gives no answer with text within 180 s.
        """
