"""The connections of a worker and the events that concern them: one epoll, no thread, nothing that blocks."""

import errno
import logging
import select
import socket
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from app.server.connection import Connection, State
from app.server.connection_table import ConnectionTable
from app.server.request_framing import Stage
from app.server.request_reading import INPUT, RequestReading

_LOG = logging.getLogger(__name__)
_RECEIVE_BYTES = 1 << 16
_RECEIVE_BODY_BYTES = 1 << 18
_ACCEPTS_A_TURN = 64
_SWEEP_SECONDS = 0.25
_IDLE_SECONDS = 1.0
_BROKEN = select.EPOLLERR | select.EPOLLHUP
_GONE_BEFORE_ACCEPT = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED, errno.EPROTO, errno.EINTR}


class ConnectionEvents:
    """Waits for events and hands them to what reads, writes and closes. Used by one thread."""

    def __init__(self, table: ConnectionTable, reading: RequestReading) -> None:
        self._table = table
        self._reading = reading
        self._listeners: list[socket.socket] = []
        self._accepting = False
        self._calls: dict[int, Callable[[], None]] = {}
        self._swept = 0.0

    def listen(self, listeners: list[socket.socket]) -> None:
        """Accept connections on *listeners*."""
        for listener in listeners:
            listener.setblocking(False)
        self._listeners = listeners
        self._set_accepting(wanted=True)

    def stop_listening(self) -> None:
        """Accept those that stand in line, who may have sent their requests already, and no more."""
        self._set_accepting(wanted=False)
        for listener in self._listeners:
            while self._accept_one(listener):
                pass
            listener.close()  # at once: whoever comes now is refused, and not left to wait for a reset
        self._listeners = []

    def call_when_readable(self, descriptor: int, call: Callable[[], None]) -> None:
        """Another descriptor to wait for."""
        self._calls[descriptor] = call
        self._table.poller.register(descriptor, select.EPOLLIN)

    def turn(self) -> None:
        """Wait for events, at most a second, and see to them and to whatever is overdue."""
        timeout = _SWEEP_SECONDS if self._table.connections else _IDLE_SECONDS
        listening = []
        for descriptor, event in self._table.poller.poll(timeout):
            connection = self._table.connections.get(descriptor)
            if connection:
                self.guarded(connection, partial(self._handle, connection, event))
            elif descriptor in self._calls:
                self._calls[descriptor]()
            else:
                listening.append(descriptor)
        # Last, so that no event meant for a connection that was just closed meets a new one of the same number.
        for descriptor in listening:
            self._accept(descriptor)
        now = time.monotonic()
        if now - self._swept >= _SWEEP_SECONDS:
            self._swept = now
            for connection in [each for each in self._table.connections.values() if each.deadline <= now]:
                self.guarded(connection, partial(self._reading.overdue, connection, now))
            self._set_accepting(wanted=bool(self._listeners))

    def guarded(self, connection: Connection, step: Callable[[], None]) -> None:
        """Take *step*; whatever is wrong with one connection, the others are served."""
        try:
            step()
        except Exception:  # noqa: BLE001 - see above
            _LOG.exception("a connection failed")
            connection.is_broken = True
            self._reading.broke(connection)

    def _handle(self, connection: Connection, event: int) -> None:
        now = time.monotonic()
        if event & _BROKEN:
            connection.is_broken = True
            self._reading.broke(connection)
        elif event & select.EPOLLIN:
            self._receive(connection, now)
        elif event & select.EPOLLRDHUP:
            self._reading.ended(connection, now)
        elif event & select.EPOLLOUT:
            self._reading.write_on(connection, now)

    def _receive(self, connection: Connection, now: float) -> None:
        try:
            in_body = connection.framing.stage is Stage.BODY
            data = connection.sock.recv(_RECEIVE_BODY_BYTES if in_body else _RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            connection.is_broken = True
            self._reading.broke(connection)
            return
        if not data:
            self._reading.ended(connection, now)
        elif connection.state is State.READING:
            self._reading.feed(connection, data, now)
        elif connection.state is State.WORKING:
            self._reading.read_ahead(connection, data)

    def _accept(self, descriptor: int) -> None:
        for listener in self._listeners:
            if listener.fileno() == descriptor:
                for _ in range(_ACCEPTS_A_TURN):
                    if not self._accept_one(listener):
                        return

    def _accept_one(self, listener: socket.socket) -> bool:
        now = time.monotonic()
        if not self._table.has_room(now):
            self._set_accepting(wanted=False)
            return False
        try:
            sock, peer = listener.accept()
        except OSError as error:
            if error.errno in _GONE_BEFORE_ACCEPT:
                return False
            # No descriptor or memory is left: another must end first.
            _LOG.warning("no connection can be accepted", extra={"detail": str(error)})
            self._set_accepting(wanted=False)
            self._table.make_room(now)
            return False
        try:
            self._opened(sock, peer, listener.getsockname(), now)
        except OSError as error:
            _LOG.warning("a connection cannot be watched", extra={"detail": str(error)})
            sock.close()
        return True

    def _opened(self, sock: socket.socket, peer: Any, server: Any, now: float) -> None:
        sock.setblocking(False)
        connection = Connection(sock, peer, server, self._reading.new_framing(), now)
        self._table.add(connection, INPUT)
        self._reading.await_request(connection, now)

    def _set_accepting(self, *, wanted: bool) -> None:
        if wanted == self._accepting:
            return
        self._accepting = wanted
        for listener in self._listeners:
            if wanted:
                self._table.poller.register(listener.fileno(), select.EPOLLIN)
            else:
                self._table.poller.unregister(listener.fileno())
