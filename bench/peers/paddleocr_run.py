"""One run of real PaddleOCR in an environment of its own, over any number of images."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from rich.console import Console

from bench.child_process import TAIL
from bench.errors import BenchError
from bench.peers.environment import PeerEnvironment
from bench.peers.paddleocr_models import ModelFiles, TierModels

HERE = Path(__file__).parent
SCRIPT = HERE / "paddleocr_predict.py"
ENVIRONMENT = HERE.parents[1] / ".venv-paddleocr"


@dataclass(frozen=True, slots=True)
class Job:
    """One run of PaddleOCR: its interpreter, its models, and how it works.

    ``threads`` 0 is the engine's choice, ``rec_batch_size`` None PaddleOCR's. ``details`` adds word boxes and each
    line's second best reading. ``page``: the model that tells how a page lies, to turn it upright first; it runs on the
    engine of the others.
    """

    python: Path
    models: TierModels
    det_max_side: int
    threads: int = 0
    rec_batch_size: int | None = None
    details: bool = False
    page: ModelFiles | None = None

    def command(self) -> list[str]:
        """Return the command line of ``paddleocr_predict.py``, which reads the image paths from standard input."""
        detector, recogniser = self.models.detector, self.models.recogniser
        return [
            *(str(self.python), "-s", str(SCRIPT), "--engine", self.models.engine),
            *("--det-dir", str(detector.folder), "--det-name", detector.name),
            *("--rec-dir", str(recogniser.folder), "--rec-name", recogniser.name),
            *("--det-max-side", str(self.det_max_side), "--threads", str(self.threads)),
            *(("--rec-batch-size", str(self.rec_batch_size)) if self.rec_batch_size is not None else ()),
            *(("--details",) if self.details else ()),
            *(("--page-dir", str(self.page.folder), "--page-name", self.page.name) if self.page is not None else ()),
        ]

    def document(self) -> dict[str, Any]:
        """Return what decides the answers, for a reference file's header: everything but interpreter and threads."""
        return {
            "engine": f"paddleocr, {self.models.engine}",
            "tier": self.models.tier,
            "det_max_side": self.det_max_side,
            "rec_batch_size": self.rec_batch_size,
            "details": self.details,
            "models": self.models.document(),
            "page": None if self.page is None else self.page.name,
        }


@contextmanager
def run_predictions(job: Job, images: Sequence[Path]) -> Iterator[tuple[dict[str, Any], Iterator[dict[str, Any]]]]:
    """Start PaddleOCR; gives the header of a reference file and the stream of records, one an image and in order.

    The process may not reach a model hub and keeps its caches in a folder that goes away with it.
    Raises BenchError with the end of its log when it ends early or prints something else.
    """
    with tempfile.TemporaryDirectory(prefix="bench-paddleocr-") as scratch:
        paths, log = Path(scratch, "paths"), Path(scratch, "log")
        paths.write_text("".join(f"{image.resolve()}\n" for image in images), encoding="utf-8")
        with paths.open() as stdin, log.open("w") as stderr:
            process = subprocess.Popen(
                job.command(),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                env=_offline(scratch),
            )
            with process:
                stdout = cast("IO[str]", process.stdout)
                try:
                    versions = _read(stdout, log).get("versions", {})
                    header = {**job.document(), "threads": job.threads, "versions": versions}
                    yield header, (_read(stdout, log) for _ in images)
                finally:
                    process.kill()  # PaddlePaddle may hang in its own handler of SIGTERM


def peer_interpreter(console: Console) -> Path:
    """Return the interpreter of PaddleOCR's own environment, made first where it is missing."""
    overlay = HERE / "paddleocr-overlay-requirements.txt"
    environment = PeerEnvironment(ENVIRONMENT, HERE / "paddleocr-requirements.txt", (overlay,))
    return environment.ensure_shown("PaddleOCR", console)


def _offline(scratch: str) -> dict[str, str]:
    """Return this process's environment with PaddleX's hub checks off and every cache inside ``scratch``."""
    quiet = {
        "HOME": scratch,
        "PADDLE_PDX_CACHE_HOME": str(Path(scratch, "paddlex")),
        "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK": "True",
        "HF_HUB_OFFLINE": "1",
    }
    return {**os.environ, **quiet}


def _read(stream: IO[str], log: Path) -> dict[str, Any]:
    """Return the next object of the script's output; raises BenchError at its end or at anything else."""
    line = stream.readline()
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-TAIL:])
        raise BenchError(f"PaddleOCR ended early or printed {line!r}:\n{tail}") from error
    if not isinstance(record, dict):
        raise BenchError(f"PaddleOCR printed {line!r}")
    return record
