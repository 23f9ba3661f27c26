"""An HTTP service as a target; aiohttp parses in C, so that the generator leaves the cores to the server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

from bench.dialects import Dialect, WireRequest
from bench.errors import BenchError, RequestFailedError
from bench.load.target import Answer
from bench.prediction import MalformedPredictionError
from bench.refusal import retry_after_s

OK = 200
TIMEOUT_S = 120.0

_CONNECT_CAUSES: dict[type[OSError], str] = {
    ConnectionRefusedError: "connection refused",
    ConnectionResetError: "connection lost",  # it was in the server's queue when the server ended
}


class HttpTarget:
    """Posts prepared requests over kept-alive connections, as many as are in flight.

    An asynchronous context manager, which may be entered again once it has been left.
    """

    def __init__(
        self,
        url: str,
        dialect: Dialect,
        request: Callable[[int], WireRequest],
        images: int = 1,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        """``request`` gives what is posted as number *n*, with ``images`` in it.

        Raises BenchError for a url that is none.
        """
        if not url.startswith(("http://", "https://")):
            raise BenchError(f"{url!r} is no http address")
        self._url = url.rstrip("/")
        self._dialect = dialect
        self._request = request
        self._images = images
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session; proxies of the environment are left out of the measurement."""
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    async def send(self, index: int) -> Answer:
        """See :meth:`bench.load.target.Target.send`."""
        if self._session is None:
            raise AssertionError("the target is not open")
        wire = self._request(index)
        try:
            async with self._session.post(
                self._url + wire.path, data=io.BytesIO(wire.body), headers=wire.headers, allow_redirects=False
            ) as response:
                body = await response.read()
                done_s = asyncio.get_running_loop().time()
                return self._answer(response, body, done_s)
        except TimeoutError:
            return Answer("timeout", f"no answer within {self._timeout.total:g} s")
        except aiohttp.ClientConnectorError as error:
            return Answer(_CONNECT_CAUSES.get(type(error.os_error), "no connection"), str(error.os_error))
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError) as error:
            garbled = isinstance(error.__cause__, ContentEncodingError)  # all of it came, but is not compressed as said
            return Answer("malformed" if garbled else "connection lost", f"{type(error).__name__}: {error}")
        except (aiohttp.ClientError, ValueError) as error:
            return Answer("not HTTP", f"{type(error).__name__}: {error}")

    def _answer(self, response: aiohttp.ClientResponse, body: bytes, done_s: float) -> Answer:
        try:
            if response.status != OK:
                cause, detail = self._dialect.failure(response.status, body)
                wait_s = retry_after_s(response.status, response.headers)
                return Answer(cause, detail, retry_after_s=wait_s, done_s=done_s)
            return Answer(server=self._dialect.read_time(body, self._images), done_s=done_s)
        except RequestFailedError as error:
            return Answer(error.cause, error.detail, done_s=done_s)
        except (MalformedPredictionError, RecursionError) as error:
            return Answer("malformed", str(error), done_s=done_s)
