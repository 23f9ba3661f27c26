"""What the load generator and the accuracy bench need to know of a service's protocol: pure functions, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bench.prediction import Prediction


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One POST: the path with its query, the headers beside ``Content-Length`` and ``Host``, and the body."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class ServerTime:
    """What the server says that the request took inside it: ``seconds`` in all, None where it does not say.

    ``stages`` are its parts in seconds, by the server's own names.
    """

    seconds: float | None = None
    stages: Mapping[str, float] = field(default_factory=dict)


class Dialect(Protocol):
    """A service's protocol. Methods are pure, so a request may be encoded once and sent a thousand times."""

    @property
    def name(self) -> str:
        """How ``--dialect`` calls it."""

    def encode_request(self, images: Sequence[bytes], options: Mapping[str, str]) -> WireRequest:
        """Return the request that has these image files read; ``options`` are in the service's own words.

        Raises BenchError where the protocol cannot carry so many images or such options.
        """

    def read_time(self, body: bytes, images: int) -> ServerTime:
        """Check the body of a 200 as far as a load test must, and return what it says of time.

        Raises MalformedPredictionError when the answer is not what the protocol promises for so many images, and
        RequestFailedError when it says of one of several images that it could not be read.
        """

    def read_predictions(self, body: bytes, seconds: float) -> tuple[Prediction, ...]:
        """Return the lines of each image; ``seconds`` is the wall time that each prediction is given.

        Raises MalformedPredictionError when the answer is not what the protocol promises.
        """

    def failure(self, status: int, body: bytes) -> tuple[str, str]:
        """Return the cause of an answer that is no 200, short and stable (``http 503 queue_full``), and a detail."""
