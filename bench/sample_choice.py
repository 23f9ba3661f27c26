"""Which labelled pictures several contenders, or several set-ups of one service, are measured with."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from bench.accuracy.corpus import Sample, load_corpus
from bench.command_line import CORPUS, chosen_sets, positive
from bench.compare.sample_set import own_samples
from bench.errors import BenchError

SETS = "sroie_receipts_en,funsd_forms_en,game_dialog_ja"
"""Dense receipts, forms, and small pictures."""


def add_sample_arguments(parser: argparse.ArgumentParser, limit: int) -> None:
    """Add the arguments that choose them, of each set the first *limit* where nothing else is said."""
    parser.add_argument(
        "--corpus", type=Path, help=f"folder of labelled sets (default: {CORPUS} where it is, else tests/images)"
    )
    parser.add_argument("--sets", metavar="A,B", help=f"these sets of the corpus (default: {SETS}); '' for all")
    parser.add_argument(
        "--limit", type=positive, default=limit, metavar="N", help="the first N images of each (default: %(default)s)"
    )


def samples_by_set(arguments: argparse.Namespace, notes: Console) -> dict[str, list[Sample]]:
    """Return the samples by set and say which they are; raises BenchError where there are none."""
    corpus = arguments.corpus or (CORPUS if CORPUS.is_dir() else None)
    if corpus is None:
        if arguments.sets is not None:
            raise BenchError(f"--sets wants a --corpus: there is none at {CORPUS}")
        samples, source = own_samples()[: arguments.limit], f"tests/images, there being no corpus at {CORPUS}"
    else:
        arguments.sets = SETS if arguments.sets is None else arguments.sets  # the document has what was measured
        samples, source = load_corpus(corpus, chosen_sets(arguments), arguments.limit), str(corpus)
    by_set: dict[str, list[Sample]] = {}
    for sample in samples:
        by_set.setdefault(sample.set_name, []).append(sample)
    sizes = ", ".join(f"{len(found)} of {name}" for name, found in by_set.items())
    notes.print(f"pictures: {sizes} ({source})", style="dim", markup=False, highlight=False, soft_wrap=True)
    return by_set
