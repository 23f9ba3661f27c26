"""An OCR service's HTTP API, as its user would call it: one image after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from bench.dialects import Dialect, WireRequest, dialect_named
from bench.errors import BenchError, RequestFailedError
from bench.prediction import Prediction
from bench.refusal import retry_after_s

NATIVE = dialect_named("native")
TIMEOUT_S = 120.0
ATTEMPTS = 5
LONGEST_WAIT_S = 10.0


class OcrClient:
    """Posts images over one kept-alive connection. Not for use by several threads at once."""

    def __init__(
        self,
        url: str,
        options: Mapping[str, str] | None = None,
        dialect: Dialect = NATIVE,
        *,
        timeout_s: float = TIMEOUT_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a client for the service at ``url``; proxies of the environment are left out of the measurement.

        ``options`` go with every image in the words of its *dialect*, such as ``{"det_max_side": "1600"}``.
        """
        self._http = httpx2.Client(base_url=url, timeout=timeout_s, trust_env=False)
        self._options = dict(options or {})
        self._dialect = dialect
        self._sleep = sleep

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._http.close()

    def info(self) -> dict[str, Any]:
        """Return what ``GET /info`` says, empty when the service has no such route.

        Raises BenchError when nothing answers at this address.
        """
        try:
            document = self._http.get("/info").raise_for_status().json()
        except (httpx2.HTTPStatusError, ValueError):
            return {}
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise BenchError(f"no service at {self._http.base_url}: {error}") from error
        return document if isinstance(document, dict) else {}

    def read(self, image: Path) -> Prediction:
        """Send the file as it is: see :meth:`read_bytes`."""
        return self.read_bytes(image.read_bytes())

    def read_bytes(self, body: bytes) -> Prediction:
        """Send an image file's content and return its text; ``seconds`` runs from the request to the last byte.

        A busy service (429, 503) is asked again after the wait it asks for, at most 10 s, five times in all; only
        the last attempt is timed. Raises RequestFailedError with its cause: ``connection``, ``timeout``,
        ``http <status> <code>`` or ``malformed``.
        """
        wire = self._dialect.encode_request([body], self._options)
        for attempt in range(1, ATTEMPTS + 1):
            started = time.perf_counter()
            response = self._post(wire)
            seconds = time.perf_counter() - started
            wait_s = retry_after_s(response.status_code, response.headers)
            if wait_s is None or attempt == ATTEMPTS:
                return self._prediction(response, seconds)
            self._sleep(min(wait_s, LONGEST_WAIT_S))
        raise AssertionError("the last attempt returns or raises")

    def _post(self, wire: WireRequest) -> httpx2.Response:
        """Return the answer to one POST, whatever its status; raises RequestFailedError when there is none."""
        try:
            return self._http.post(wire.path, content=wire.body, headers=dict(wire.headers))
        except httpx2.TimeoutException as error:
            raise RequestFailedError("timeout", str(error)) from error
        except httpx2.HTTPError as error:
            raise RequestFailedError("connection", f"{type(error).__name__}: {error}") from error

    def _prediction(self, response: httpx2.Response, seconds: float) -> Prediction:
        """Return the answer's content; raises RequestFailedError for any status but 200 and any other document."""
        if response.status_code != httpx2.codes.OK:
            cause, detail = self._dialect.failure(response.status_code, response.content)
            raise RequestFailedError(cause, detail or response.reason_phrase)
        try:
            (prediction,) = self._dialect.read_predictions(response.content, seconds)
        except ValueError as error:  # another form, or another number of results
            raise RequestFailedError("malformed", str(error)) from error
        return prediction
