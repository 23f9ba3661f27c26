"""The server: gRPC's own, in an event loop of a thread of its own, beside HTTP's."""

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its C library writes to stderr in no log's format

import grpc

from app.access.gate import Access
from app.errors import ConfigurationError
from app.metrics.request_record import RequestRecorder
from app.protocols.dialect import ServiceState
from app.rpc import health, inference_service, reflection
from app.rpc.call import Context
from app.rpc.entrance import Entrance
from app.rpc.health import Health
from app.rpc.inference_service import InferenceService
from app.rpc.seats import Seats
from app.rpc.server_options import server_options
from app.rpc.streams import Streams
from app.scheduling.readiness import Readiness
from app.server.descriptors import allowed_connections
from app.service import OcrService
from app.settings import Settings
from app.slot_plan import SlotPlan

_LOG = logging.getLogger(__name__)
_END_SECONDS = 5.0
_FEWEST_CONNECTIONS = 16

Handler = Callable[[Context], Awaitable[None]]


class Served(Protocol):
    """What is served, and by what: of the runtime."""

    @property
    def access(self) -> Access:
        """Who may come in."""
        ...

    @property
    def recorder(self) -> RequestRecorder:
        """Counts and logs."""
        ...

    @property
    def service(self) -> OcrService:
        """Recognises."""
        ...

    @property
    def readiness(self) -> Readiness[Any]:
        """Whether it can."""
        ...

    @property
    def settings(self) -> Settings:
        """The service's."""
        ...

    @property
    def slots(self) -> SlotPlan:
        """What is worked on at a time."""
        ...

    def state(self) -> ServiceState:
        """What the service can say of itself, now."""
        ...


class RpcServer:
    """Started once, after the process has forked what it forks: gRPC's threads do not survive a fork.

    http_status: see :class:`Entrance`.
    """

    def __init__(self, served: Served, http_status: Mapping[str, int]) -> None:
        self._served = served
        self._http_status = http_status
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._leaving, self._closing = asyncio.Event(), asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="rpc", daemon=True)

    def start(self) -> None:
        """Listen.

        Raises:
            ConfigurationError: The port cannot be had.
        """
        self._thread.start()
        self._started.result()

    @property
    def is_answering(self) -> bool:
        """Whether there are calls that are still answered, or may come."""
        return self._thread.is_alive()

    def drain(self) -> None:
        """Take no new calls, and end with those that there are; may be called by a signal's handler."""
        self._tell(self._leaving)

    def close(self) -> None:
        """End; what has not been drained by now is cut off."""
        self._tell(self._leaving, self._closing)
        if self._thread.is_alive():
            self._thread.join(_END_SECONDS)

    def _tell(self, *events: asyncio.Event) -> None:
        if self._started.done() and not self._started.exception():
            with contextlib.suppress(RuntimeError):  # the loop is at its end already
                for event in events:
                    self._started.result().call_soon_threadsafe(event.set)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - HTTP is served all the same; at the start it is raised there
            if self._started.done():
                _LOG.exception("the gRPC server failed")
            else:
                self._started.set_exception(error)

    async def _serve(self) -> None:
        settings, loop = self._served.settings, asyncio.get_running_loop()
        most = self._served.slots.answering_threads(settings)
        told = Health(self._served.readiness, (inference_service.NAME,))
        self._served.readiness.tell(partial(_tell_loop, loop, told.changed))
        connections = max(
            _FEWEST_CONNECTIONS, allowed_connections(2 * settings.max_connections) - settings.max_connections
        )
        server = grpc.aio.server(
            options=server_options(settings, connections), maximum_concurrent_rpcs=settings.max_connections
        )
        with ThreadPoolExecutor(most, thread_name_prefix="rpc") as pool:
            server.add_generic_rpc_handlers((self._handlers(pool, most, told),))
            _bind(server, settings)
            await server.start()
            self._started.set_result(loop)
            _LOG.info("gRPC", extra={"port": settings.grpc_port})
            await self._leaving.wait()
            ends = [server.stop(max(0.5, settings.graceful_timeout_seconds - 1.0)), self._closing.wait()]
            await asyncio.wait(map(asyncio.ensure_future, ends), return_when=asyncio.FIRST_COMPLETED)
            await server.stop(0)

    def _handlers(self, pool: ThreadPoolExecutor, most: int, told: Health) -> "_Handlers":
        served, settings = self._served, self._served.settings
        entrance = Entrance(
            served.access,
            served.recorder,
            served.service,
            Seats(most),
            pool,
            self._http_status,
            settings.deadline_seconds,
            settings.trusted_proxies,
        )
        streams = Streams(
            entrance,
            self._leaving,
            most=most,
            overlap=served.slots.active_requests,
            idle_seconds=max(settings.keepalive_seconds, settings.read_seconds),
        )
        inference = InferenceService(served.service, served.state)
        single = [*inference.methods(), told.check]
        many = [
            inference.stream_method(),
            *reflection.reflection_methods((inference_service.NAME, health.NAME, *reflection.NAMES)),
        ]
        handlers: dict[str, Handler] = {method.path: partial(entrance.serve, method) for method in single}
        handlers |= {method.path: partial(streams.serve, method) for method in many}
        handlers[told.watch.path] = partial(told.serve_watch, entrance)
        return _Handlers(handlers, entrance.turn_away)


class _Handlers(grpc.GenericRpcHandler):
    """All methods as streams of bytes, which is the same on the wire: so their messages are read within bounds."""

    def __init__(self, handlers: Mapping[str, Handler], otherwise: Handler) -> None:
        self._handlers = handlers
        self._otherwise = otherwise

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        """The handler of one call."""
        handler = self._handlers.get(handler_call_details.method, self._otherwise)

        async def serve(_: Any, context: Context) -> None:
            try:
                await handler(context)
            except grpc.aio.AbortError:
                raise
            except Exception:  # noqa: BLE001 - whatever it is, its client hears nothing of it
                _LOG.exception("unforeseen error")
                await context.abort(grpc.StatusCode.INTERNAL, "the service failed; its log says why")

        return grpc.stream_stream_rpc_method_handler(serve)


def _bind(server: Any, settings: Settings) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    try:
        server.add_insecure_port(f"{host}:{settings.grpc_port}")
    except RuntimeError:
        address = f"{settings.host} port {settings.grpc_port}"
        raise ConfigurationError(f"OCR_GRPC_PORT={settings.grpc_port}: cannot listen on {address}") from None


def _tell_loop(loop: asyncio.AbstractEventLoop, changed: Callable[[], None], _: object) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is at its end
        loop.call_soon_threadsafe(changed)
