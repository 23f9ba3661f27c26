"""Triton's statistics extension: what its tools, such as perf_analyzer, ask before and after a run."""

import msgspec

from app.metrics.inference_statistics import Computed, Spent, Statistics
from app.protocols.kserve_model import MODEL, VERSION


class Duration(msgspec.Struct, frozen=True):
    """How often something was done, and the nanoseconds that it took, all times together."""

    count: int = 0
    ns: int = 0


class InferenceDurations(msgspec.Struct, frozen=True):
    """Of whole requests, and of those that succeeded by part: waiting, decoding, recognising, writing the answer."""

    success: Duration
    fail: Duration
    queue: Duration
    compute_input: Duration
    compute_infer: Duration
    compute_output: Duration
    cache_hit: Duration = Duration()
    cache_miss: Duration = Duration()


class BatchDurations(msgspec.Struct, frozen=True):
    """Of requests with as many images."""

    batch_size: int
    compute_input: Duration
    compute_infer: Duration
    compute_output: Duration


class OneModelStatistics(msgspec.Struct, frozen=True):
    """The model's. last_inference: milliseconds since 1970. inference_count: images; execution_count: requests."""

    name: str
    version: str
    last_inference: int
    inference_count: int
    execution_count: int
    inference_stats: InferenceDurations
    batch_stats: tuple[BatchDurations, ...]


class ModelStatistics(msgspec.Struct, frozen=True):
    """Those of every model, of which there is one."""

    model_stats: tuple[OneModelStatistics, ...]


def model_statistics(counted: Statistics) -> ModelStatistics:
    """*counted*, as Triton's tools read it."""
    durations = InferenceDurations(
        _duration(counted.succeeded), _duration(counted.failed), _duration(counted.queued), *_parts(counted.computed)
    )
    batches = tuple(BatchDurations(size, *_parts(counted.by_images[size])) for size in sorted(counted.by_images))
    one = OneModelStatistics(MODEL, VERSION, counted.last, counted.images, counted.requests, durations, batches)
    return ModelStatistics((one,))


def _parts(computed: Computed) -> tuple[Duration, Duration, Duration]:
    return _duration(computed.decoding), _duration(computed.inference), _duration(computed.encoding)


def _duration(spent: Spent) -> Duration:
    return Duration(spent.count, spent.ns)
