"""PaddleOCR's answers, made once and kept: it takes longer than everything that is compared with them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.accuracy.corpus import Sample
from bench.peers.paddleocr_reference import make_reference
from bench.peers.paddleocr_run import SCRIPT, Job
from bench.peers.reference_file import Reference, read_reference


def kept_reference(job: Job, samples: Sequence[Sample], folder: Path, console: Console) -> Reference:
    """Return a job's answers for these samples, from *folder* where they are already there.

    Raises BenchError when PaddleOCR ends early.
    """
    path = folder / reference_name(job, samples)
    if not path.is_file():
        make_reference(job, samples, path, console)
    return read_reference(path)


def reference_name(job: Job, samples: Sequence[Sample]) -> str:
    """Return a file name that is another one for another interpreter, other weights, settings, images, or questions."""
    digest = hashlib.sha256(SCRIPT.read_bytes())
    digest.update(str(job.python.absolute()).encode())
    digest.update(json.dumps(job.document(), sort_keys=True).encode())
    for sample in samples:
        digest.update(sample.key.encode() + hashlib.sha256(sample.path.read_bytes()).digest())
    return f"{job.models.tier}-{digest.hexdigest()[:16]}.jsonl"
