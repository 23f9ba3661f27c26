"""``python -m bench reference``: real PaddleOCR's answers for the labelled images, with the service's own weights."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, cast

import yaml
from rich.console import Console
from rich.progress import track

from bench.accuracy.corpus import Sample, load_corpus
from bench.command_line import add_corpus_arguments, chosen_sets
from bench.errors import BenchError
from bench.peers.environment import TAIL, PeerEnvironment
from bench.peers.reference_file import write_reference

HERE = Path(__file__).parent
SCRIPT = HERE / "paddleocr_predict.py"
ENVIRONMENT = HERE.parents[1] / ".venv-paddleocr"


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """One model as PaddleX wants it: a directory of ``inference.onnx`` and ``inference.yml``, and its official name."""

    folder: Path
    name: str
    sha256: str

    @classmethod
    def open(cls, folder: Path) -> ModelFiles:
        """Check the directory and read the name; raises BenchError when a file or ``Global.model_name`` is missing."""
        network, description = folder / "inference.onnx", folder / "inference.yml"
        for path in (network, description):
            if not path.is_file():
                raise BenchError(f"no {path}: --weights wants DIR/<tier>/{{det,rec}}/inference.{{onnx,yml}}")
        document = yaml.safe_load(description.read_text(encoding="utf-8"))
        name = (document.get("Global") or {}).get("model_name")
        if not isinstance(name, str):
            raise BenchError(f"{description} has no Global.model_name")
        return cls(folder.resolve(), name, hashlib.sha256(network.read_bytes()).hexdigest())


@dataclass(frozen=True, slots=True)
class Job:
    """One run of PaddleOCR: its interpreter, its models, and how it detects. ``threads`` 0 is the engine's choice."""

    python: Path
    detector: ModelFiles
    recogniser: ModelFiles
    det_max_side: int
    threads: int

    def command(self) -> list[str]:
        """Return the command line of ``paddleocr_predict.py``, which reads the image paths from standard input."""
        return [
            *(str(self.python), "-s", str(SCRIPT)),
            *("--det-dir", str(self.detector.folder), "--det-name", self.detector.name),
            *("--rec-dir", str(self.recogniser.folder), "--rec-name", self.recogniser.name),
            *("--det-max-side", str(self.det_max_side), "--threads", str(self.threads)),
        ]


@contextmanager
def run_predictions(job: Job, samples: Sequence[Sample]) -> Iterator[tuple[dict[str, Any], Iterator[dict[str, Any]]]]:
    """Start PaddleOCR and give its header and the stream of its records, one a sample and in order.

    The process may not reach a model hub and keeps its caches in a folder that goes away with it.
    Raises BenchError with the end of its log when it ends early or prints something else.
    """
    with tempfile.TemporaryDirectory(prefix="bench-paddleocr-") as scratch:
        paths, log = Path(scratch, "paths"), Path(scratch, "log")
        paths.write_text("".join(f"{sample.path.resolve()}\n" for sample in samples), encoding="utf-8")
        with paths.open() as stdin, log.open("w") as stderr:
            process = subprocess.Popen(
                job.command(),
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                encoding="utf-8",
                env=offline(scratch),
            )
            with process:
                stdout = cast("IO[str]", process.stdout)
                try:
                    yield _header(job, stdout, log), _records(samples, stdout, log)
                finally:
                    process.terminate()


def offline(scratch: str) -> dict[str, str]:
    """Return this process's environment with PaddleX's hub checks off and every cache inside ``scratch``."""
    quiet = {
        "HOME": scratch,
        "PADDLE_PDX_CACHE_HOME": str(Path(scratch, "paddlex")),
        "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK": "True",
        "HF_HUB_OFFLINE": "1",
    }
    return {**os.environ, **quiet}


def _header(job: Job, stream: IO[str], log: Path) -> dict[str, Any]:
    """Return the reference file's header from the job and the script's first line."""
    versions = _read(stream, log).get("versions", {})
    models = {role: asdict(model) for role, model in (("det", job.detector), ("rec", job.recogniser))}
    for model in models.values():
        del model["folder"]
    return {
        "engine": "paddleocr",
        "det_max_side": job.det_max_side,
        "threads": job.threads,
        "models": models,
        "versions": versions,
    }


def _records(samples: Sequence[Sample], stream: IO[str], log: Path) -> Iterator[dict[str, Any]]:
    """Yield one record a sample, under the sample's key instead of its path on this machine."""
    for sample in samples:
        record = _read(stream, log)
        del record["path"]
        yield {"image": sample.key, **record}


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


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``reference``."""
    parser = subparsers.add_parser("reference", help="write real PaddleOCR's answers to a file", description=__doc__)
    add_corpus_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, help="the reference file to write (JSON lines)")
    parser.add_argument("--weights", type=Path, required=True, help="the service's weights: DIR/<tier>/{det,rec}/")
    parser.add_argument("--tier", default="pp-ocrv6-small", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=0, help="threads of ONNX Runtime (default: its own choice)")
    parser.add_argument("--python", type=Path, help="an interpreter that has PaddleOCR; none is made then")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 0 when every image was read, 1 when PaddleOCR failed on some (their records say why)."""
    console = Console(stderr=True)
    samples = load_corpus(arguments.corpus, chosen_sets(arguments), arguments.limit)
    folder = arguments.weights / arguments.tier
    detector, recogniser = ModelFiles.open(folder / "det"), ModelFiles.open(folder / "rec")
    job = Job(_interpreter(arguments, console), detector, recogniser, arguments.det_max_side, arguments.threads)
    failures: list[str] = []

    def watched(records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for record in track(records, "PaddleOCR", total=len(samples), console=console):
            if "error" in record:
                failures.append(f"{record['image']}: {record['error']}")
            yield record

    with run_predictions(job, samples) as (header, records):
        write_reference(arguments.out, {**header, "tier": arguments.tier}, watched(records))
    for failure in failures:
        console.print(failure, style="red", markup=False)
    console.print(f"{len(samples) - len(failures)} of {len(samples)} images in {arguments.out}", markup=False)
    return 1 if failures else 0


def _interpreter(arguments: argparse.Namespace, console: Console) -> Path:
    """Return the interpreter to run PaddleOCR with, making its environment first where it is missing."""
    if arguments.python is not None:
        return Path(arguments.python)
    overlay = HERE / "paddleocr-overlay-requirements.txt"
    environment = PeerEnvironment(ENVIRONMENT, HERE / "paddleocr-requirements.txt", (overlay,))
    if environment.is_ready():
        return environment.python
    with console.status(f"installing PaddleOCR into {ENVIRONMENT} (once)"):
        return environment.ensure()
