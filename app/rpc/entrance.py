"""The way of every call: its record, its key, its place in memory, its answer or its error."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc

from app.access.gate import Access
from app.errors import ClientGoneError, DeadlineExceededError, OcrError
from app.metrics.request_record import UNMATCHED, RequestRecorder
from app.rpc.call import Call, Caller, Context, Method
from app.rpc.seats import Seats
from app.rpc.statuses import STATUS, trailers
from app.scheduling.deadline import Deadline
from app.service import OcrService

_LOG = logging.getLogger(__name__)
_OK = 200

_CLOSE_SECONDS = 0.1
"""A client whose time runs out cancels the call itself, a moment before it runs out here."""

MessageSource = Callable[[Call], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Entrance:
    """What all calls pass; used within one event loop, but for the answers that take long: they have *pool*.

    http_status: HTTP's status by error code. Metrics and log have these for calls as well, so that what counts and
    alerts by them sees both. deadline_seconds: the most that a call may take, whatever its client allows.
    """

    access: Access
    recorder: RequestRecorder
    service: OcrService
    seats: Seats
    pool: ThreadPoolExecutor
    http_status: Mapping[str, int]
    deadline_seconds: float
    trusted_proxies: int

    async def serve(self, method: Method, context: Context) -> None:
        """A call with one message and one answer."""
        caller = self.caller(context)

        async def message(call: Call) -> bytes:
            return await self.seats.arrived(context.read(), call.deadline)

        call, outcome = await self.attempt(method, caller, message)
        if isinstance(outcome, OcrError):
            await refuse(context, outcome, call.record.request_id)
        else:
            context.set_trailing_metadata(trailers(call.record.request_id))
            await context.write(outcome)

    async def turn_away(self, context: Context) -> None:
        """A call of a method that there is not."""
        caller, status = self.caller(context), grpc.StatusCode.UNIMPLEMENTED
        record = self.recorder.begin(caller.request_id, caller.span)
        record.rpc_status = status.name
        record.finish(UNMATCHED, UNMATCHED, 404, "not_found")
        record.leave()
        details = "no such method; reflection lists those that there are"
        await context.abort(status, details, trailers(record.request_id))

    def caller(self, context: Context) -> Caller:
        """Who calls."""
        return Caller.of(context, self.trusted_proxies)

    async def attempt(
        self, method: Method, caller: Caller, message: MessageSource, request_id: str = ""
    ) -> tuple[Call, bytes | OcrError]:
        """Answer one request, or say why not; it is counted and logged then. Raises nothing but its cancellation.

        message: where its bytes come from, once there is a seat for them. request_id: its name, where it has one.
        """
        deadline = Deadline(min(self.deadline_seconds, caller.seconds))
        name = request_id or caller.request_id
        call = Call(self.recorder.begin(name, caller.span, is_traced=not method.is_quiet), deadline)
        outcome: bytes | OcrError
        try:
            outcome = await self._answer(method, caller, call, message)
        except OcrError as error:
            outcome = error
        except asyncio.CancelledError:
            gave_up = caller.seconds - deadline.elapsed() < _CLOSE_SECONDS
            outcome = DeadlineExceededError("") if gave_up else ClientGoneError("")
            raise
        except Exception:  # noqa: BLE001 - whatever it is, its client hears nothing of it
            _LOG.exception("unforeseen error", extra={"request_id": call.record.request_id})
            outcome = OcrError("the service failed; its log says why under this id")
        finally:
            code = outcome.code if isinstance(outcome, OcrError) else ""
            status = self.http_status[code] if code else _OK
            call.record.rpc_status = STATUS[code].name if code else grpc.StatusCode.OK.name
            call.record.finish(method.path, "POST", status, code, quiet=method.is_quiet)
            call.record.leave()
        return call, outcome

    async def _answer(self, method: Method, caller: Caller, call: Call, message: MessageSource) -> bytes:
        call.record.key = caller.enter(self.access, method.like)
        if method.recognises:
            self.service.check_open(call.deadline)
        async with self.seats.taken(call.deadline):
            data = await message(call)
            call.record.bytes_in = len(data)
            if not method.recognises:
                return method.answer(data, call)
            working = asyncio.get_running_loop().run_in_executor(self.pool, method.answer, data, call)
            del data  # is the images' now, and is not to wait in line with them
            try:
                return await asyncio.shield(working)
            except asyncio.CancelledError:
                call.deadline.client_left()
                # Its thread stops at the next stage, and the seat is its until then; what it ends with is nobody's.
                await asyncio.gather(working, return_exceptions=True)
                raise


async def refuse(context: Context, error: OcrError, request_id: str) -> None:
    """End a call with *error*."""
    await context.abort(STATUS[error.code], str(error), trailers(request_id, error))
