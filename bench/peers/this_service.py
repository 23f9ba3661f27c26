"""This repository's own service as a contender."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from app.version import VERSION
from bench.child_process import free_port
from bench.client import OcrClient
from bench.dialects import dialect_named
from bench.peers.contender import Plan, StartedPeer
from bench.peers.http_peer import HttpConnection, started_server
from bench.service_process import service_launch


@dataclass(frozen=True, slots=True)
class ThisService:
    """See :class:`bench.peers.contender.Peer`. ``settings`` are further ``OCR_*``; the environment's do not count.

    ``entering`` makes the command that starts it one that first goes where it is to run, such as a control group.
    """

    weights: Path
    tier: str
    det_max_side: int
    settings: Mapping[str, str] = field(default_factory=dict)
    entering: Callable[[Sequence[str]], Sequence[str]] = list

    @property
    def name(self) -> str:
        """See :attr:`bench.peers.contender.Peer.name`."""
        return f"this service {VERSION}"

    @property
    def about(self) -> str:
        """See :attr:`bench.peers.contender.Peer.about`."""
        own = ", ".join(f"{name}={value}" for name, value in self.settings.items()) or "nothing else set"
        return (
            f"{self.tier}, longest side {self.det_max_side} pixels, {own}, the rest its defaults, whatever OCR_* the "
            "environment has; the same for every plan."
        )

    def ensure(self, console: Console) -> None:
        """See :meth:`bench.peers.contender.Peer.ensure`: it runs in the environment of the bench itself."""

    @contextmanager
    def started(self, folder: Path, plan: Plan) -> Iterator[StartedPeer]:  # noqa: ARG002 (it needs no other set-up)
        """See :meth:`bench.peers.contender.Peer.started`."""
        port = free_port()
        connection = HttpConnection(f"http://127.0.0.1:{port}", dialect_named("native"))
        launch = service_launch(folder / "this-service.log", self.environment(), port)
        launch = replace(launch, command=self.entering(launch.command))
        with started_server(self.name, launch, connection) as peer, OcrClient(connection.url) as client:
            yield replace(peer, info=client.info())

    def environment(self) -> dict[str, str]:
        """Return its settings, with those of the environment it will find emptied, which is what unset ones are."""
        others = dict.fromkeys((name for name in os.environ if name.startswith("OCR_")), "")
        own = {
            "OCR_MODEL": self.tier,
            "OCR_WEIGHTS_DIR": str(self.weights.resolve()),
            "OCR_DET_MAX_SIDE": str(self.det_max_side),
        }
        return others | own | dict(self.settings)
