"""An HTTP service as a target; aiohttp parses in C, so that the generator leaves the cores to the server."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError

from bench.dialects import Dialect, ServerTime, WireRequest
from bench.errors import BenchError, RequestFailedError
from bench.load.target import Answer
from bench.prediction import MalformedPredictionError
from bench.refusal import named_wait_s, retry_after_s

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

    def __init__(  # noqa: PLR0913 - what a target is, by name where it is not obvious
        self,
        url: str,
        dialect: Dialect,
        request: Callable[[int], WireRequest],
        images: int = 1,
        timeout_s: float = TIMEOUT_S,
        *,
        keeps_alive: bool = True,
    ) -> None:
        """``request`` gives what is posted as number *n*, with ``images`` in it.

        Unless ``keeps_alive`` each request has a connection of its own.

        Raises BenchError for a url that is none.
        """
        if not url.startswith(("http://", "https://")):
            raise BenchError(f"{url!r} is no http address")
        self._url = url.rstrip("/")
        self._dialect = dialect
        self._request = request
        self._images = images
        self._keeps_alive = keeps_alive
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the session; proxies of the environment are left out of the measurement."""
        connector = aiohttp.TCPConnector(limit=0, force_close=not self._keeps_alive)
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
        body = io.BytesIO(wire.body)
        answer = await self._exchange(self._session, wire, body)
        return answer if answer.status else replace(answer, was_sent=body.tell() == len(wire.body) > 0)

    async def _exchange(self, session: aiohttp.ClientSession, wire: WireRequest, content: io.BytesIO) -> Answer:
        """Post and return what came of it; how far ``content`` has been read tells how much of it has left."""
        try:
            async with session.post(
                self._url + wire.path, data=content, headers=wire.headers, allow_redirects=False
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
                wait_s, named_s = retry_after_s(response.status, response.headers), named_wait_s(response.headers)
                return Answer(cause, detail, ServerTime(), wait_s, done_s, response.status, named_s)
            server = self._dialect.read_time(body, self._images)
            return Answer(server=server, done_s=done_s, status=response.status)
        except RequestFailedError as error:
            return Answer(error.cause, error.detail, done_s=done_s, status=response.status)
        except (MalformedPredictionError, RecursionError) as error:
            return Answer("malformed", str(error), done_s=done_s, status=response.status)
