"""The open connections of a worker, and who gives way when there are too many."""

import contextlib
import heapq
import select

from app.server.buffer_budget import BufferBudget
from app.server.connection import Connection, State

_GRACE_SECONDS = 1.0
"""A client that has been sending its request for less than this is not closed for the sake of a newcomer."""


class ConnectionTable:
    """Connections by file descriptor, each watched by one poller. Used by one thread."""

    def __init__(self, most: int, budget: BufferBudget) -> None:
        self._most = most
        self.budget = budget
        self.poller = select.epoll()
        self.connections: dict[int, Connection] = {}

    def add(self, connection: Connection, mask: int) -> None:
        """Take a new connection in, and wait for the events of *mask*."""
        self.connections[connection.sock.fileno()] = connection
        connection.mask = mask
        self.poller.register(connection.sock.fileno(), mask)

    def watch(self, connection: Connection, mask: int) -> None:
        """Wait for the events of *mask* (besides those of a broken connection, which are always told)."""
        if connection.mask != mask and connection.state is not State.CLOSED and not connection.is_broken:
            connection.mask = mask
            self.poller.modify(connection.sock.fileno(), mask)

    def forget_events(self, connection: Connection) -> None:
        """No events of *connection* any more: it is broken, and would tell so without end."""
        with contextlib.suppress(OSError):
            self.poller.unregister(connection.sock.fileno())

    def close(self, connection: Connection) -> None:
        """Close *connection*, which no thread is working for."""
        if connection.state is State.CLOSED:
            return
        connection.state = State.CLOSED
        self.release(connection)
        self.connections.pop(connection.sock.fileno(), None)
        with contextlib.suppress(OSError):
            connection.sock.close()  # which takes it out of the poller, too

    def release(self, connection: Connection) -> None:
        """The connection's body is the budget's no more."""
        held, connection.held = connection.held, 0
        if held:
            self.budget.give_back(held)

    def has_room(self, now: float) -> bool:
        """Whether another connection may be opened, after making room for it if need be.

        First goes what is answered for good, then whoever has been idle longest, then whoever has been sending a
        request longest: a crowd of slow clients makes way for the newcomers, one by one.
        """
        return len(self.connections) < self._most or self.make_room(now)

    def make_room(self, now: float) -> bool:
        """Close a connection, if there is one that may be closed."""
        those = (each for each in self.connections.values() if _gives_way(each, now))
        victims = heapq.nsmallest(1 + len(self.connections) // 64, those, key=_order)
        for victim in victims:
            self.close(victim)
        return bool(victims)

    def slow_body(self, before: float) -> Connection | None:
        """Of the connections with bytes of a body that began *before* then, the oldest."""
        slow = (each for each in self.connections.values() if each.held and each.state is State.READING)
        return min((each for each in slow if _age(each) < before), key=_age, default=None)


def _gives_way(connection: Connection, now: float) -> bool:
    sending = connection.state is State.READING and connection.begun is not None
    if sending or connection.state is State.WRITING:
        return now - _age(connection) > _GRACE_SECONDS
    # One that is new may have its first request on the way.
    fresh = connection.is_first and now - connection.since < _GRACE_SECONDS
    return connection.state is not State.WORKING and not fresh


def _order(connection: Connection) -> tuple[int, float]:
    if connection.state is State.LINGERING:
        return 0, connection.since
    return (1, connection.since) if connection.is_idle else (2, _age(connection))


def _age(connection: Connection) -> float:
    return connection.begun if connection.begun is not None else connection.since
