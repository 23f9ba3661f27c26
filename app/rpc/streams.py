"""Calls of many messages, each a request of its own: answered in their order, several worked on at a time."""

import asyncio
from typing import TypeAlias

from app.errors import DrainingError, OcrError, QueueFullError, RequestTimeoutError
from app.metrics.request_record import request_id
from app.rpc.call import Call, Caller, Context, Method
from app.rpc.entrance import Entrance, MessageSource, refuse
from app.rpc.statuses import trailers

_Attempt: TypeAlias = asyncio.Task[tuple[Call, bytes | OcrError]]
_End: TypeAlias = OcrError | None


class Streams:
    """Serves them; used within one event loop.

    leaving: set when the process is to end. most: streams that may be open at a time: each may have a message on its
    way in. overlap: messages of one stream that wait for their answers at a time. idle_seconds: how long a client may
    say nothing.
    """

    def __init__(
        self, entrance: Entrance, leaving: asyncio.Event, *, most: int, overlap: int, idle_seconds: float
    ) -> None:
        self._entrance = entrance
        self._leaving = leaving
        self._most = most
        self._overlap = overlap
        self._idle_seconds = idle_seconds
        self._open = 0

    async def serve(self, method: Method, context: Context) -> None:
        """One stream. An error is an answer where the method has one for it, else the stream's end."""
        caller = self._entrance.caller(context)
        name = request_id(caller.request_id)
        try:
            caller.enter(self._entrance.access, ("GET", method.like[1]))  # each message counts for the rate, not this
            if self._open >= self._most:
                raise QueueFullError(f"{self._open} streams are open, {self._most} allowed")
        except OcrError as error:
            await refuse(context, error, name)
        self._open += 1
        try:
            end = await self._exchange(method, context, caller, name)
        finally:
            self._open -= 1
        if end is not None:
            await refuse(context, end, name)
        context.set_trailing_metadata(trailers(name))

    async def _exchange(self, method: Method, context: Context, caller: Caller, name: str) -> _End:
        """Read and answer side by side; returns what the stream ends with."""
        under_way: asyncio.Queue[_Attempt | _End] = asyncio.Queue(self._overlap)
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(self._read(method, context, caller, name, under_way))
            try:
                while isinstance(item := await under_way.get(), asyncio.Task):
                    call, answer = await item
                    if isinstance(answer, OcrError):
                        if method.encode_error is None:
                            return answer
                        answer = method.encode_error(answer, call)
                    await context.write(answer)
                return item
            finally:
                reader.cancel()

    async def _read(
        self, method: Method, context: Context, caller: Caller, name: str, under_way: "asyncio.Queue[_Attempt | _End]"
    ) -> None:
        async with asyncio.TaskGroup() as group:
            while isinstance(message := await self._next(context), bytes):
                await under_way.put(group.create_task(self._entrance.attempt(method, caller, _given(message), name)))
            await under_way.put(message)

    async def _next(self, context: Context) -> bytes | _End:
        """The next message, or what the stream ends with."""
        reading = asyncio.ensure_future(context.read())
        leaving = asyncio.ensure_future(self._leaving.wait())
        try:
            await asyncio.wait([reading, leaving], timeout=self._idle_seconds, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                message = reading.result()
                return message if isinstance(message, bytes) else None
        finally:
            reading.cancel()
            leaving.cancel()
        if self._leaving.is_set():
            return DrainingError("the service is shutting down")
        return RequestTimeoutError(f"nothing came for {self._idle_seconds:g} s")


def _given(message: bytes) -> MessageSource:
    async def at_once(_: Call) -> bytes:
        return message

    return at_once
