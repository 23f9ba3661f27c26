"""One configuration measured: the real service, image by image, beside PaddleOCR's answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from bench.accuracy.corpus import Sample
from bench.accuracy.evaluation import ImageResult, Row, Source, evaluate, mean_of_sets, rows_by_set, sum_up
from bench.accuracy.scoring import Share
from bench.client import OcrClient
from bench.errors import BenchError, RequestFailedError
from bench.parity.causes import Difference, differences
from bench.parity.configurations import DEADLINE_S, MAX_DIFFERENCE, MIN_IDENTICAL, PEER, Configuration
from bench.parity.word_boxes import same_words
from bench.peers.reference_file import Reference
from bench.prediction import Prediction
from bench.service_process import started_service


@dataclass(frozen=True, slots=True)
class Measured:
    """A configuration's figures: a row a set, all images and the mean of the sets; what differs; the words."""

    configuration: Configuration
    info: dict[str, Any]
    reference: dict[str, Any]
    rows: tuple[Row, ...]
    all_images: Row
    mean: Row
    words: Share
    differences: tuple[Difference, ...]
    failures: tuple[str, ...]

    @property
    def misses(self) -> list[str]:
        """What was promised and is not so, a sentence each."""
        row, said = self.all_images, [f"failed: {failure}" for failure in self.failures]
        share, points = row.agreement.identical_share or 0.0, row.difference or 0.0
        if self.configuration.promises_identity and share < MIN_IDENTICAL:
            said.append(f"{100 * share:.2f} % of lines are identical, {100 * MIN_IDENTICAL:g} % are promised")
        if self.configuration.promises_accuracy and abs(points) > MAX_DIFFERENCE:
            said.append(f"char-F1 differs by {points:+.3f} points, {MAX_DIFFERENCE:g} are promised")
        return said


@dataclass(frozen=True, slots=True)
class Setup:
    """What all configurations share. ``reference`` gives PaddleOCR's answers by tier and lines read together."""

    samples: Sequence[Sample]
    weights: Path
    det_max_side: int
    logs: Path
    reference: Callable[[str, int | None], Reference]
    console: Console


def measure(configuration: Configuration, setup: Setup) -> Measured:
    """Measure one configuration. Raises BenchError when the service does not start, or runs in another way."""
    reference = setup.reference(configuration.tier, None)
    read: dict[str, Prediction] = {}
    with _source(configuration, setup) as (info, source):
        shown = track(setup.samples, configuration.name, console=setup.console, transient=True)
        results = [evaluate(sample, _keeping(source, read), reference.predictions) for sample in shown]
    rows = rows_by_set(results)
    compared = [(result, result.comparison) for result in results if result.comparison is not None]
    return Measured(
        configuration,
        info,
        reference.header,
        tuple(rows),
        sum_up("all images", results),
        mean_of_sets("mean of sets", rows),
        sum((same_words(comparison) for _, comparison in compared), Share()),
        tuple(
            difference
            for result, comparison in compared
            if (key := result.sample.key) in read
            for difference in differences(key, read[key], reference.predictions[key], comparison, configuration.padding)
        ),
        tuple(_failures(results)),
    )


@contextmanager
def _source(configuration: Configuration, setup: Setup) -> Iterator[tuple[dict[str, Any], Source]]:
    """Give the description of what reads, and the source itself."""
    if configuration.engine == PEER:
        alone = setup.reference(configuration.tier, 1)
        yield alone.header, lambda sample: _answer(alone, sample)
        return
    log = setup.logs / f"{configuration.name}.log"
    options = {"det_max_side": str(setup.det_max_side), "words": "true"}
    with (
        started_service(log, configuration.settings(setup.weights, setup.det_max_side)) as url,
        OcrClient(url, options, timeout_s=DEADLINE_S) as client,
    ):
        info = client.info()
        for name in ("engine", "precision", "parity"):
            if info.get(name) != getattr(configuration, name):
                raise BenchError(f"{configuration.name}: the service says {name} {info.get(name)}")
        yield info, lambda sample: client.read(sample.path)


def _answer(reference: Reference, sample: Sample) -> Prediction:
    if sample.key not in reference.predictions:
        raise RequestFailedError("missing", "PaddleOCR gave no answer")
    return reference.predictions[sample.key]


def _keeping(source: Source, read: dict[str, Prediction]) -> Source:
    """Return a source that puts what *source* answers into *read*, too."""

    def read_and_keep(sample: Sample) -> Prediction:
        read[sample.key] = source(sample)
        return read[sample.key]

    return read_and_keep


def _failures(results: Sequence[ImageResult]) -> Iterator[str]:
    for result in results:
        if result.failure is not None:
            yield f"{result.sample.key}: {result.failure}"
        elif result.reference is None:
            yield f"{result.sample.key}: PaddleOCR gave no answer"
