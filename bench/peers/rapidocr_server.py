"""RapidOCR API on ONNX Runtime as a contender, as shipped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bench.child_process import Launch, free_port
from bench.dialects import dialect_named
from bench.peers.contender import Plan, StartedPeer
from bench.peers.environment import PeerEnvironment
from bench.peers.http_peer import HttpConnection, started_server
from bench.service_process import ROOT

HERE = Path(__file__).parent
ENVIRONMENT = PeerEnvironment(ROOT / ".venv-rapidocr-api", HERE / "rapidocr-api-requirements.txt")

OPTIONS = {"use_cls": "false"}
"""Nobody else in the comparison asks of each line whether it stands on its head."""


@dataclass(frozen=True, slots=True)
class RapidOcrServer:
    """See :class:`bench.peers.contender.Peer`.

    It takes no settings but models that have their characters in them, which the service's own files have not. Its one
    process reads several pictures at a time by itself, so every plan is the same.
    """

    @property
    def name(self) -> str:
        """See :attr:`bench.peers.contender.Peer.name`."""
        return f"RapidOCR API {ENVIRONMENT.version('rapidocr-api')}"

    @property
    def about(self) -> str:
        """See :attr:`bench.peers.contender.Peer.about`."""
        return (
            f"As shipped: rapidocr {ENVIRONMENT.version('rapidocr')} with the PP-OCRv6 small of its wheel on "
            "onnxruntime, pictures shrunk to 2000 pixels, the detector's shorter side at least 736; asked not to look "
            "for turned lines. It does not turn photos as their EXIF data says."
        )

    def ensure(self, console: Console) -> None:
        """See :meth:`bench.peers.contender.Peer.ensure`."""
        ENVIRONMENT.ensure_shown(self.name, console)

    @contextmanager
    def started(self, folder: Path, plan: Plan) -> Iterator[StartedPeer]:  # noqa: ARG002 (it has no other set-up)
        """See :meth:`bench.peers.contender.Peer.started`. Its models are in its wheel: it downloads nothing."""
        home = folder.resolve()
        home.mkdir(parents=True, exist_ok=True)
        port = free_port()
        script = ENVIRONMENT.folder / "bin" / "rapidocr_api"
        command = [str(ENVIRONMENT.python), "-s", str(script), "-ip", "127.0.0.1", "-p", str(port)]
        environment = {"HOME": str(home), "ORT_DISABLE_TELEMETRY": "1"}
        launch = Launch(command, home, home / "rapidocr-api.log", environment)
        connection = HttpConnection(f"http://127.0.0.1:{port}", dialect_named("rapidocr-api"), OPTIONS)
        with started_server(self.name, launch, connection) as peer:
            yield peer
