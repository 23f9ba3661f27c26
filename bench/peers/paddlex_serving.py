"""PaddleX serving (``paddlex --serve --pipeline OCR``) on ONNX Runtime as a contender."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console

from bench.child_process import Launch, free_port
from bench.dialects import dialect_named
from bench.peers.contender import Plan, StartedPeer
from bench.peers.environment import PeerEnvironment
from bench.peers.http_peer import HttpConnection, started_server
from bench.peers.paddleocr_models import TierModels
from bench.service_process import ROOT

HERE = Path(__file__).parent
ENVIRONMENT = PeerEnvironment(
    ROOT / ".venv-paddlex-serving",
    HERE / "paddlex-serving-requirements.txt",
    (HERE / "paddleocr-overlay-requirements.txt",),
)


@dataclass(frozen=True, slots=True)
class PaddlexServing:
    """See :class:`bench.peers.contender.Peer`. It reads one picture at a time, so every plan is the same."""

    models: TierModels
    det_max_side: int

    @property
    def name(self) -> str:
        """See :attr:`bench.peers.contender.Peer.name`."""
        return f"PaddleX serving {ENVIRONMENT.version('paddlex')}"

    @property
    def about(self) -> str:
        """See :attr:`bench.peers.contender.Peer.about`."""
        return (
            f"{self.models.tier} on {self.models.engine}, the service's own files; longest side {self.det_max_side} "
            "pixels, no orientation models, no pictures in the answers, the rest as PaddleX's OCR pipeline has it."
        )

    def ensure(self, console: Console) -> None:
        """See :meth:`bench.peers.contender.Peer.ensure`."""
        ENVIRONMENT.ensure_shown(self.name, console)

    @contextmanager
    def started(self, folder: Path, plan: Plan) -> Iterator[StartedPeer]:  # noqa: ARG002 (it has no other set-up)
        """See :meth:`bench.peers.contender.Peer.started`. Its home is in *folder*, and it may not reach a model hub.

        It is killed, not asked to end: PaddlePaddle's handler of SIGTERM may hang.
        """
        home = folder.resolve()
        home.mkdir(parents=True, exist_ok=True)
        pipeline = home / "paddlex-ocr.yaml"
        pipeline.write_text(yaml.safe_dump(pipeline_document(self.models, self.det_max_side)), encoding="utf-8")
        port = free_port()
        command = [
            *(str(ENVIRONMENT.python), "-s", str(ENVIRONMENT.folder / "bin" / "paddlex"), "--serve"),
            *("--pipeline", str(pipeline), "--engine", self.models.engine, "--device", "cpu"),
            *("--host", "127.0.0.1", "--port", str(port)),
        ]
        environment = {
            "HOME": str(home),
            "PADDLE_PDX_CACHE_HOME": str(home / "paddlex"),
            "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK": "True",
            "HF_HUB_OFFLINE": "1",
            "ORT_DISABLE_TELEMETRY": "1",
        }
        launch = Launch(command, home, home / "paddlex-serving.log", environment)
        connection = HttpConnection(f"http://127.0.0.1:{port}", dialect_named("paddlex"))
        with started_server(self.name, launch, connection) as peer:
            yield peer


def pipeline_document(models: TierModels, det_max_side: int) -> dict[str, Any]:
    """Return a pipeline file of PaddleX with these models.

    Thresholds, batch size and least side are those of its own ``configs/pipelines/OCR.yaml``; other than there, the
    longest side is not 4000 pixels, and no model turns or flattens the page or turns lines.
    """
    return {
        "pipeline_name": "OCR",
        "text_type": "general",
        "use_doc_preprocessor": False,
        "use_textline_orientation": False,
        "SubModules": {
            "TextDetection": {
                "module_name": "text_detection",
                "model_name": models.detector.name,
                "model_dir": str(models.detector.folder),
                "limit_side_len": 64,
                "limit_type": "min",
                "max_side_limit": det_max_side,
                "thresh": 0.3,
                "box_thresh": 0.6,
                "unclip_ratio": 1.5,
            },
            "TextRecognition": {
                "module_name": "text_recognition",
                "model_name": models.recogniser.name,
                "model_dir": str(models.recogniser.folder),
                "batch_size": 6,
                "score_thresh": 0.0,
            },
        },
    }
