"""gunicorn's worker class: an event loop that reads and writes for every client, in front of a pool of threads.

Reading a request costs no thread: one gets it when it is complete, answers it into memory and is free; what it streams
the loop sends meanwhile, so that a thread never waits for a client. The loop is the process's main thread and never
blocks. gunicorn's parser interprets every request; the loop only finds its end.
"""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from app.server.buffer_budget import BufferBudget
from app.server.connection import Connection
from app.server.connection_events import ConnectionEvents
from app.server.connection_table import ConnectionTable
from app.server.descriptors import allowed_connections
from app.server.request_answer import Answerer
from app.server.request_head import Framing, RequestHead
from app.server.request_reading import RequestReading
from app.server.server_limits import ServerLimits

_LOG = logging.getLogger(__name__)
_PROBES = frozenset({"/healthz", "/readyz", "/_/health", "/_/ready", "/v2/health/live", "/v2/health/ready"})
"""Answered by threads of their own: however many stand in line for the pool, a platform must not think us dead."""

_PROBE_THREADS = 2


class BufferedWorker(ThreadWorker):  # type: ignore[misc] # gunicorn has no types
    """The worker. Of gunicorn's it keeps the pool, the signals, the heartbeat and the queue that wakes the loop."""

    def init_process(self) -> None:
        """Let the process have as many descriptors as it may need; then start as gunicorn does."""
        self._most = allowed_connections(self.cfg.worker_connections)
        super().init_process()

    @classmethod
    def check_config(cls, cfg: Config, log: Logger) -> None:
        """Nothing to warn of: idle connections take no thread, however few there are."""

    def run(self) -> None:
        """Serve until the worker is to end; then answer what has begun, as long as the grace period lasts."""
        self._set_up()
        self._events.listen(self.sockets)
        while self.alive:
            self.notify()
            self._events.turn()
            if not self.is_parent_alive():
                break
        self._reading.drain(time.monotonic())
        self._events.stop_listening()
        end = time.monotonic() + self.cfg.graceful_timeout
        while (self._table.connections or self._is_answering_elsewhere()) and time.monotonic() < end:
            self.notify()
            self._events.turn()
        self.tpool.shutdown(wait=False)
        self._probes.shutdown(wait=False)

    def _set_up(self) -> None:
        runtime = self.wsgi.extensions["ocr"]
        limits = ServerLimits.of(runtime.settings, self.cfg.limit_request_line)
        self._ask = getattr(runtime, "wants_body", None)
        self._answerer = Answerer(self)
        self._probes = ThreadPoolExecutor(_PROBE_THREADS, thread_name_prefix="probe")
        self._table = ConnectionTable(self._most, BufferBudget(limits.buffer_bytes))
        self._reading = RequestReading(limits, self._table, self._wants_body, self._submit)
        self._events = ConnectionEvents(self._table, self._reading)
        self._events.call_when_readable(self.method_queue.fileno(), lambda: self.method_queue.run_callbacks(None))

    def _wants_body(self, head: RequestHead) -> bool:
        """Ask the application, if it says so, whether it will read this request's body."""
        if self._ask is None:
            return True
        try:
            length = head.length if head.framing is Framing.LENGTH else None
            return bool(self._ask(head.method, head.path, head.headers, length))
        except Exception:  # noqa: BLE001 - its body is read, then, and the route decides
            _LOG.exception("a request's head could not be judged")
            return True

    def _is_answering_elsewhere(self) -> bool:
        """Whether the application, if it says so, has clients that do not come through this server."""
        return bool(getattr(self.wsgi.extensions["ocr"], "is_answering_elsewhere", False))

    def _submit(self, connection: Connection) -> None:
        head = connection.framing.head
        is_probe = head is not None and head.path in _PROBES and connection.refusal is None
        (self._probes if is_probe else self.tpool).submit(self._serve, connection)

    def _serve(self, connection: Connection) -> None:
        """In a thread of the pool: answer, and send at once what can be; the rest is the loop's."""
        self._table.release(connection)
        rest: tuple[memoryview, ...] = ()
        keep = False
        try:
            answer, keep = self._answerer.answer(
                connection, partial(self.method_queue.defer, self._pass_on, connection)
            )
            rest = connection.send(*answer)
        finally:
            self.method_queue.defer(self._finish, connection, rest, keep)

    def _pass_on(self, connection: Connection, pieces: tuple[bytes, ...]) -> None:
        step = partial(self._reading.streamed, connection, pieces, time.monotonic())
        self._events.guarded(connection, step)

    def _finish(self, connection: Connection, rest: tuple[memoryview, ...], keep: bool) -> None:  # noqa: FBT001 - a queue calls
        try:
            self._reading.answered(connection, rest, time.monotonic(), keep=keep)
        except Exception:  # noqa: BLE001 - whatever is wrong with one connection, the others are served
            _LOG.exception("a connection failed")
            self._table.close(connection)
