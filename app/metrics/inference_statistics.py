"""How often the model was used, and how long each part of it took: sums, as Triton's tools want them.

They are of this process alone. What is watched over time is in :mod:`app.metrics.instruments`.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Spent:
    """How often something was done, and the nanoseconds that it took, all times together."""

    count: int = 0
    ns: int = 0

    def more(self, seconds: float) -> "Spent":
        """With another time, of *seconds*."""
        return Spent(self.count + 1, self.ns + round(1e9 * seconds))


@dataclass(frozen=True, slots=True)
class Computed:
    """Time of requests that succeeded: images decoded, text found and read, answers written."""

    decoding: Spent = Spent()
    inference: Spent = Spent()
    encoding: Spent = Spent()

    def more(self, decoding: float, inference: float, encoding: float) -> "Computed":
        """With another request; seconds."""
        return Computed(self.decoding.more(decoding), self.inference.more(inference), self.encoding.more(encoding))


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything since the start.

    images, requests: of those that succeeded. last: milliseconds since 1970, when the last one came to its end; 0:
    there was none. succeeded, failed: whole requests from the moment that their images were known. by_images: of
    requests with that many images.
    """

    images: int = 0
    requests: int = 0
    last: int = 0
    succeeded: Spent = Spent()
    failed: Spent = Spent()
    queued: Spent = Spent()
    computed: Computed = Computed()
    by_images: Mapping[int, Computed] = field(default_factory=dict)


@dataclass(slots=True)
class Inference:
    """A request under way."""

    images: int = 0
    stages: Mapping[str, float] = field(default_factory=dict)
    read: float = 0.0

    def has_read(self, images: int, stages: Mapping[str, float]) -> None:
        """So many images were read, in *stages* seconds by their names; what is left is to write the answer."""
        self.images, self.stages, self.read = images, stages, time.perf_counter()


class InferenceStatistics:
    """Counts requests. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = Statistics()

    def now(self) -> Statistics:
        """What was counted so far."""
        return self._now

    @contextmanager
    def inference(self) -> Iterator[Inference]:
        """Count the request that is answered within the block: as failed where it raises."""
        begun, inference = time.perf_counter(), Inference()
        try:
            yield inference
        except BaseException:
            seconds = time.perf_counter() - begun
            with self._lock:
                self._now = replace(self._now, failed=self._now.failed.more(seconds), last=_milliseconds())
            raise
        self._succeeded(inference, begun, time.perf_counter())

    def _succeeded(self, inference: Inference, begun: float, ended: float) -> None:
        stages = dict(inference.stages)
        queued, decoding = stages.pop("queue", 0.0), stages.pop("decode", 0.0)
        parts = (decoding, sum(stages.values()), ended - inference.read)
        with self._lock:
            now = self._now
            alike = now.by_images.get(inference.images, Computed())
            self._now = Statistics(
                images=now.images + inference.images,
                requests=now.requests + 1,
                last=_milliseconds(),
                succeeded=now.succeeded.more(ended - begun),
                failed=now.failed,
                queued=now.queued.more(queued),
                computed=now.computed.more(*parts),
                by_images={**now.by_images, inference.images: alike.more(*parts)},
            )


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
