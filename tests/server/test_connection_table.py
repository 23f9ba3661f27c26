"""Who gives way when there are too many connections, or too many bytes."""

import socket

import pytest

from app.server.buffer_budget import BufferBudget
from app.server.connection import Connection, State
from app.server.connection_table import ConnectionTable

NOW = 1000.0


@pytest.fixture
def table():
    """A table for two, which is closed at the end."""
    table = ConnectionTable(2, BufferBudget(100))
    yield table
    for connection in list(table.connections.values()):
        table.close(connection)
    table.poller.close()


@pytest.fixture
def add(table):
    """Add a connection of a state."""
    ends = []

    def make(state, since, begun=None, is_first=None):
        ours, theirs = socket.socketpair()
        ends.append(theirs)
        connection = Connection(ours, "", "", None, since)
        connection.state, connection.begun, connection.is_first = state, begun, bool(is_first)
        table.add(connection, 0)
        return connection

    yield make
    for end in ends:
        end.close()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((State.LINGERING, NOW - 1), (State.READING, NOW - 100)),
        ((State.READING, NOW - 100), (State.READING, NOW - 50)),
        ((State.READING, NOW - 5), (State.READING, NOW - 100, NOW - 90)),
        ((State.READING, NOW - 100, NOW - 9), (State.READING, NOW - 200, NOW - 8)),
        ((State.WRITING, NOW - 100, NOW - 9), (State.WORKING, NOW - 100, NOW - 99)),
        ((State.READING, NOW - 100), (State.READING, NOW - 0.5, None, True)),
    ],
    ids=["answered", "idle longest", "idle before slow", "slowest", "work goes on", "new ones are not idle"],
)
def test_the_first_of_two_gives_way(table, add, first, second):
    """What is answered for good before what is idle, the longest idle first, before who has been sending longest."""
    for order in ((first, second), (second, first)):
        connections = {values: add(*values) for values in order}
        assert table.has_room(NOW)
        assert connections[first].state is State.CLOSED
        assert connections[second].state is second[0]
        table.close(connections[second])


@pytest.mark.parametrize("who", [(State.WORKING, NOW - 100), (State.READING, NOW - 1, NOW - 0.1)])
def test_work_and_quick_senders_are_not_closed_for_newcomers(table, add, who):
    """Where nobody may be closed the newcomer waits."""
    held = [add(*who), add(*who)]
    assert not table.has_room(NOW)
    assert [each.state for each in held] == [who[0]] * 2


def test_the_budget_gets_back_what_a_connection_held_once(table, add):
    """Whoever takes a body over, or closes its connection, gives its bytes back, and nobody does so twice."""
    connection = add(State.READING, NOW)
    connection.held = 101
    table.budget.take(101)
    assert table.budget.exceeded
    table.release(connection)
    table.close(connection)
    assert (table.budget.held, table.budget.exceeded) == (0, False)


def test_the_slow_body_is_the_oldest_that_holds_bytes(table, add):
    """Among those that began before the moment given; none where all are newer."""
    newer, older = add(State.READING, NOW, NOW - 30), add(State.READING, NOW, NOW - 40)
    add(State.READING, NOW, NOW - 50)
    newer.held = older.held = 10
    assert table.slow_body(NOW - 20) is older
    assert table.slow_body(NOW - 40) is None


def test_room_is_made_for_many_at_once(table, add):
    """A look through all connections closes a share of them: else each newcomer of a crowd would cost such a look."""
    crowd = [add(State.READING, NOW - 1000 - number) for number in range(200)]
    assert table.make_room(NOW)
    left = set(table.connections.values())
    assert len(left) == 200 - (1 + 200 // 64)
    assert crowd[-1] not in left  # the longest idle
    assert crowd[0] in left
