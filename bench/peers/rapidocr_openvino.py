"""RapidOCR on OpenVINO as a contender: a library, tuned, without HTTP between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.console import Console

from app.machine import available_cpus, whole_threads
from bench.child_process import Launch, tail
from bench.errors import BenchError, RequestFailedError
from bench.peers.contender import FIRST_IMAGE, START_S, Plan, StartedPeer
from bench.peers.environment import PeerEnvironment
from bench.peers.paddleocr_models import DESCRIPTION, TierModels
from bench.peers.pipe_process import piped
from bench.peers.pipe_target import PipeConnection
from bench.service_process import ROOT

HERE = Path(__file__).parent
SCRIPT = HERE / "rapidocr_openvino_worker.py"
ENVIRONMENT = PeerEnvironment(ROOT / ".venv-rapidocr-openvino", HERE / "rapidocr-openvino-requirements.txt")
GRAPH = "inference.onnx"


@dataclass(frozen=True, slots=True)
class RapidOcrOpenvino:
    """See :class:`bench.peers.contender.Peer`.

    The throughput plan has an instance of one thread a processor, the latency plan one instance with all of them: the
    quickest of what was tried.
    """

    models: TierModels
    det_max_side: int

    @property
    def name(self) -> str:
        """See :attr:`bench.peers.contender.Peer.name`."""
        return f"RapidOCR {ENVIRONMENT.version('rapidocr')} on OpenVINO"

    @property
    def about(self) -> str:
        """See :attr:`bench.peers.contender.Peer.about`."""
        return (
            f"{self.models.tier} on OpenVINO {ENVIRONMENT.version('openvino')}, the service's own files; longest side "
            f"{self.det_max_side} pixels; no HTTP; tuned: for throughput an instance of one thread a processor, for "
            "latency one with all of them; no pinning, no look for turned lines, OpenVINO's own precision."
        )

    def ensure(self, console: Console) -> None:
        """See :meth:`bench.peers.contender.Peer.ensure`."""
        ENVIRONMENT.ensure_shown(self.name, console)

    @contextmanager
    def started(self, folder: Path, plan: Plan) -> Iterator[StartedPeer]:
        """See :meth:`bench.peers.contender.Peer.started`."""
        home = folder.resolve()
        home.mkdir(parents=True, exist_ok=True)
        keys = home / "characters.txt"
        keys.write_text("".join(f"{key}\n" for key in characters(self.models.recogniser.folder)), encoding="utf-8")
        log = home / "rapidocr-openvino.log"
        launch = Launch(self.command(plan, keys), home, log, {"HOME": str(home)}, piped=True)
        began = time.monotonic()
        with piped(launch) as pipe:
            connection = PipeConnection(pipe)
            try:
                lines = connection.read(FIRST_IMAGE, START_S).lines
            except RequestFailedError as error:
                raise BenchError(f"{self.name}: {error}\n{tail(log)}") from error
            if not any(line.text.strip() for line in lines):
                raise BenchError(f"{self.name} found no text in {FIRST_IMAGE}")
            seconds = time.monotonic() - began
            yield StartedPeer(self.name, pipe.pid, connection, log, seconds)

    def command(self, plan: Plan, keys: Path) -> list[str]:
        """Return the command line of the worker, with its share of the processors that this process may use."""
        cpus = whole_threads(available_cpus())
        instances, threads = (cpus, 1) if plan == "throughput" else (1, cpus)
        return [
            *(str(ENVIRONMENT.python), "-I", str(SCRIPT), "--keys", str(keys)),
            *("--det", str(self.models.detector.folder / GRAPH), "--rec", str(self.models.recogniser.folder / GRAPH)),
            *("--det-max-side", str(self.det_max_side), "--instances", str(instances), "--threads", str(threads)),
        ]


def characters(recogniser: Path) -> list[str]:
    """Return a recogniser's characters in order; raises BenchError where its description has none."""
    description = recogniser / DESCRIPTION
    document = yaml.safe_load(description.read_text(encoding="utf-8"))
    found = (document.get("PostProcess") or {}).get("character_dict")
    if not isinstance(found, list):
        raise BenchError(f"{description} has no PostProcess.character_dict")
    return [str(key) for key in found]
