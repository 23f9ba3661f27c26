"""``python -m bench reference``: real PaddleOCR's answers for the labelled images, with the service's own weights."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from bench.accuracy.corpus import Sample, load_corpus
from bench.command_line import add_corpus_arguments, chosen_sets, positive
from bench.peers.paddleocr_models import TierModels
from bench.peers.paddleocr_run import Job, peer_interpreter, run_predictions
from bench.peers.reference_file import write_reference


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``reference``."""
    parser = subparsers.add_parser("reference", help="write real PaddleOCR's answers to a file", description=__doc__)
    add_corpus_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, help="the reference file to write (JSON lines)")
    parser.add_argument("--weights", type=Path, required=True, help="the service's weights: DIR/<tier>/{det,rec}/")
    parser.add_argument("--tier", default="pp-ocrv6-small", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=0, help="threads of the engine (default: its own choice)")
    parser.add_argument("--rec-batch-size", type=positive, help="lines read together (default: PaddleOCR's, 6)")
    parser.add_argument("--details", action="store_true", help="word boxes, and each line's second best reading")
    parser.add_argument("--python", type=Path, help="an interpreter that has PaddleOCR; none is made then")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 0 when every image was read, 1 when PaddleOCR failed on some (their records say why)."""
    console = Console(stderr=True)
    samples = load_corpus(arguments.corpus, chosen_sets(arguments), arguments.limit)
    job = Job(
        python=arguments.python or peer_interpreter(console),
        models=TierModels.open(arguments.weights, arguments.tier),
        det_max_side=arguments.det_max_side,
        threads=arguments.threads,
        rec_batch_size=arguments.rec_batch_size,
        details=arguments.details,
    )
    return 1 if make_reference(job, samples, arguments.out, console) else 0


def make_reference(job: Job, samples: Sequence[Sample], out: Path, console: Console) -> list[str]:
    """Write a job's answers for these samples to a reference file; returns the failures, which are printed as well.

    Raises BenchError when PaddleOCR ends early.
    """
    failures: list[str] = []

    def watched(records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield each record under its sample's key instead of its path on this machine."""
        shown = track(samples, f"PaddleOCR, {job.models.tier}", console=console, transient=True)
        for sample, record in zip(shown, records, strict=True):
            del record["path"]
            if "error" in record:
                failures.append(f"{sample.key}: {record['error']}")
            yield {"image": sample.key, **record}

    with run_predictions(job, [sample.path for sample in samples]) as (header, records):
        write_reference(out, header, watched(records))
    for failure in failures:
        console.print(failure, style="red", markup=False)
    console.print(f"{len(samples) - len(failures)} of {len(samples)} images in {out}", markup=False)
    return failures
