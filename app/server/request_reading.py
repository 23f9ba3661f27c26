"""How a connection goes on: from a request's first byte to its thread, and from the answer to the next request."""

import contextlib
import math
import select
import socket
from collections.abc import Callable

from app.errors import MalformedRequestError, OcrError, QueueFullError, RequestTimeoutError
from app.server.client_presence import ClientPresence
from app.server.connection import Connection, State
from app.server.connection_table import ConnectionTable
from app.server.pace import Pace
from app.server.request_framing import RequestFraming, Stage
from app.server.request_head import RequestHead
from app.server.server_limits import ServerLimits

LINGER_SECONDS = 2.0
"""How long a client may go on sending after its last answer, and an idle one is waited for at the end."""

INPUT = select.EPOLLIN | select.EPOLLRDHUP
"""The events of a connection from which a client's bytes are wanted."""

_AHEAD_BYTES = 1 << 16
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class RequestReading:
    """The steps of every connection. Used by one thread."""

    def __init__(
        self,
        limits: ServerLimits,
        table: ConnectionTable,
        wants_body: Callable[[RequestHead], bool],
        submit: Callable[[Connection], None],
    ) -> None:
        """*submit* has a connection's request, which is complete or refused, answered by a thread."""
        self._limits = limits
        self._table = table
        self._wants_body = wants_body
        self._submit = submit
        self._is_draining = False

    def new_framing(self) -> RequestFraming:
        """What the next request is read with."""
        return RequestFraming(self._limits, self._wants_body)

    def drain(self, now: float) -> None:
        """Keep idle connections only for the request that may be on its way already."""
        self._is_draining = True
        for connection in self._table.connections.values():
            if connection.is_idle:
                connection.deadline = min(connection.deadline, now + LINGER_SECONDS)

    def await_request(self, connection: Connection, now: float) -> None:
        """Wait for the first byte of a request."""
        connection.state = State.READING
        connection.since = now
        connection.begun = None
        idle = self._limits.read_seconds if connection.is_first else self._limits.keepalive_seconds
        connection.deadline = now + (min(idle, LINGER_SECONDS) if self._is_draining else idle)
        self._table.watch(connection, INPUT)

    def feed(self, connection: Connection, data: bytes, now: float) -> None:
        """Bytes of a request have arrived."""
        framing = connection.framing
        if connection.begun is None:
            connection.begun = now
            connection.deadline = now + self._limits.read_seconds
        before, received = framing.stage, framing.received
        connection.ahead = framing.feed(data)
        grown = framing.received - received
        connection.held += grown
        self._table.budget.take(grown)
        if framing.stage is Stage.DONE:
            self._dispatch(connection)
        elif framing.stage is Stage.BODY:
            self._expect_body(connection, now, grown, is_new=before is Stage.HEAD)
            if self._table.budget.exceeded:
                self._make_memory(connection, now)

    def ended(self, connection: Connection, now: float) -> None:
        """The client sends no more (see ``ClientPresence`` for what that means)."""
        connection.has_ended = True
        if connection.state is State.WRITING:
            self._table.watch(connection, select.EPOLLOUT)
        elif connection.state is State.WORKING:
            self._watch_at_work(connection)
            self._hang_up(connection)
        elif connection.begun is None or connection.state is State.LINGERING or connection.framing.stage is Stage.HEAD:
            self._table.close(connection)  # there is no request yet, and nobody to tell
        else:
            self._table.watch(connection, 0)
            self._refuse(connection, MalformedRequestError(f"the request ended early: {_so_far(connection, now)}"))

    def broke(self, connection: Connection) -> None:
        """The connection is of no use any more."""
        if connection.state is State.WORKING:
            self._table.forget_events(connection)
            self._hang_up(connection)
        else:
            self._table.close(connection)

    def overdue(self, connection: Connection, now: float) -> None:
        """What should have happened on *connection* has not."""
        if connection.state is State.READING and connection.begun is not None:
            allowed = f"{self._limits.read_seconds:g} s allowed"
            if connection.framing.stage is Stage.BODY:
                allowed += f" and what the body takes at {self._limits.read_rate} bytes a second"
            self._refuse(connection, RequestTimeoutError(f"{_so_far(connection, now)} > {allowed}"))
        elif connection.state is State.WORKING:
            connection.is_broken = True  # it does not take what is streamed
            self.broke(connection)
        else:
            self._table.close(connection)

    def read_ahead(self, connection: Connection, data: bytes) -> None:
        """Bytes have arrived behind a request that a thread answers."""
        connection.ahead += data
        self._watch_at_work(connection)

    def streamed(self, connection: Connection, pieces: tuple[bytes, ...], now: float) -> None:
        """A thread that answers has *pieces* of the answer, and will have more.

        What the client does not take at once is kept, as that of any answer is: no thread waits for it, and no page.
        """
        if connection.state is State.WORKING and not connection.is_broken:
            with contextlib.suppress(OSError):  # not TCP
                connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.outgoing += tuple(memoryview(piece) for piece in pieces)
            self.write_on(connection, now)

    def answered(self, connection: Connection, rest: tuple[memoryview, ...], now: float, *, keep: bool) -> None:
        """A thread has answered the request; *rest* of the answer could not be sent at once."""
        connection.presence = None
        connection.refusal = None
        if connection.state is State.CLOSED:
            return
        if connection.is_broken:
            self._table.close(connection)
            return
        connection.framing = self.new_framing()  # and the request's bytes are gone
        connection.is_kept = keep
        connection.is_first = False
        connection.outgoing += rest
        if connection.outgoing:
            connection.state = State.WRITING
            connection.begun = now
            self._await_writing(connection, now)
        else:
            self._go_on(connection, now)

    def write_on(self, connection: Connection, now: float) -> None:
        """More of the answer can be sent."""
        length = sum(map(len, connection.outgoing))
        connection.outgoing = connection.send(*connection.outgoing)
        if connection.is_broken:
            self.broke(connection)
        elif connection.outgoing:
            self._await_writing(connection, now, length - sum(map(len, connection.outgoing)))
        elif connection.state is State.WRITING:
            self._go_on(connection, now)
        else:
            connection.pace = None
            connection.deadline = math.inf
            self._watch_at_work(connection)

    def _await_writing(self, connection: Connection, now: float, written: int = 0) -> None:
        """There is more to send than the client takes now; *written* bytes it has just taken."""
        if connection.pace is None:
            connection.pace = Pace(self._limits.read_rate, self._limits.read_seconds, now)
        connection.pace.progressed(written, now)
        connection.deadline = connection.pace.end
        if connection.state is State.WRITING:
            self._table.watch(connection, select.EPOLLOUT)
        else:
            self._watch_at_work(connection)

    def _watch_at_work(self, connection: Connection) -> None:
        """Hear of a hang-up, of bytes as long as there is room for them, and of room for what is to be sent."""
        has_room = len(connection.ahead) <= _AHEAD_BYTES
        heard = 0 if connection.has_ended else INPUT if has_room else select.EPOLLRDHUP
        self._table.watch(connection, heard | (select.EPOLLOUT if connection.outgoing else 0))

    def _go_on(self, connection: Connection, now: float) -> None:
        """The answer is sent: wait for the next request, or see the client off."""
        connection.outgoing = ()
        connection.pace = None
        if connection.is_kept and not connection.has_ended:
            self.await_request(connection, now)
            if connection.ahead:
                self.feed(connection, connection.ahead, now)
        elif connection.has_ended:
            self._table.close(connection)
        else:
            # Closed at once, with bytes of the client unread or on their way, it would be reset: RFC 9112 section 9.6.
            connection.ahead = b""
            connection.state = State.LINGERING
            connection.since = now
            connection.deadline = now + LINGER_SECONDS
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_WR)
            self._table.watch(connection, INPUT)

    def _expect_body(self, connection: Connection, now: float, grown: int, *, is_new: bool) -> None:
        head = connection.framing.head
        if is_new or connection.pace is None:
            connection.pace = Pace(self._limits.read_rate, self._limits.read_seconds, now)
            if head and head.expects_continue and not grown and connection.send(_CONTINUE):
                connection.deadline = now  # it takes not even this
                return
        connection.pace.progressed(grown, now)
        connection.deadline = connection.pace.end

    def _make_memory(self, connection: Connection, now: float) -> None:
        """Refuse the slowest body, if it is slow; else the one that grew last."""
        victim = self._table.slow_body(now - self._limits.read_seconds) or connection
        held, limit = self._table.budget.held, self._table.budget.limit
        self._refuse(victim, QueueFullError(f"{held} bytes of bodies arrive > {limit} allowed"))

    def _refuse(self, connection: Connection, error: OcrError) -> None:
        connection.framing.give_up()
        self._table.release(connection)
        connection.refusal = error
        connection.ahead = b""
        self._dispatch(connection)

    def _dispatch(self, connection: Connection) -> None:
        connection.state = State.WORKING
        connection.deadline = math.inf
        connection.pace = None
        connection.presence = ClientPresence()
        self._submit(connection)

    def _hang_up(self, connection: Connection) -> None:
        if connection.presence:
            connection.presence.hang_up()


def _so_far(connection: Connection, now: float) -> str:
    framing = connection.framing
    seconds = 0.0 if connection.begun is None else now - connection.begun
    what = f"{framing.received} bytes of the body" if framing.stage is Stage.BODY else "a part of the head"
    return f"{what} in {seconds:.1f} s"
