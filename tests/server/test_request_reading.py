"""How a connection goes on, step by step, on a clock that the test moves and with threads that it plays itself."""

import socket

import pytest

from app.server.buffer_budget import BufferBudget
from app.server.connection import Connection, State
from app.server.connection_table import ConnectionTable
from app.server.request_reading import INPUT, RequestReading

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /ocr HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
NOTHING = ()


@pytest.fixture
def table(limits):
    """The open connections."""
    table = ConnectionTable(10, BufferBudget(150))
    yield table
    for connection in list(table.connections.values()):
        table.close(connection)
    table.poller.close()


@pytest.fixture
def dispatched():
    """The connections that were handed to threads, in order."""
    return []


@pytest.fixture
def reading(limits, table, dispatched):
    """What is tested: 10 seconds, then 10 bytes a second; kept-alive connections 60 seconds."""
    return RequestReading(limits, table, lambda _: True, dispatched.append)


@pytest.fixture
def connect(reading, table):
    """Open a connection at second 0; returns both ends, the client's with little room."""
    ends = []

    def start():
        ours, theirs = socket.socketpair()
        ends.append(theirs)
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        connection = Connection(ours, "", "", reading.new_framing(), 0)
        table.add(connection, INPUT)
        reading.await_request(connection, 0)
        return connection, theirs

    yield start
    for end in ends:
        end.close()


def test_a_head_has_its_time_from_its_first_byte(reading, connect):
    """More bytes give no more time: the whole head must come within it."""
    connection, _ = connect()
    for second in range(1, 9):
        reading.feed(connection, GET[second : second + 1], second)
        assert connection.deadline == 11


def test_a_body_has_its_time_from_its_head_and_must_keep_up(reading, connect, dispatched):
    """Ten seconds, and a second for each ten bytes, but never more than ten seconds ahead."""
    connection, _ = connect()
    reading.feed(connection, POST[:20], 1)
    reading.feed(connection, POST[20:], 5)
    assert connection.deadline == 15
    reading.feed(connection, b"x" * 20, 9)
    assert connection.deadline == 17
    reading.feed(connection, b"x" * 79, 10)
    assert connection.deadline == 20
    reading.overdue(connection, 20)
    assert dispatched == [connection]
    assert str(connection.refusal).startswith("99 bytes of the body in 19.0 s > 10 s allowed")


def test_a_kept_connection_is_idle_for_its_own_time(reading, connect, dispatched, table):
    """After an answer the next request may take as long to begin as the setting says; then it is closed in silence."""
    connection, client = connect()
    assert connection.deadline == 10
    reading.feed(connection, GET, 1)
    reading.answered(connection, NOTHING, 2, keep=True)
    assert (connection.state, connection.deadline) == (State.READING, 62)
    reading.overdue(connection, 62)
    assert (client.recv(1), table.connections, len(dispatched)) == (b"", {}, 1)


def test_the_next_request_waits_for_the_answer_before_it(reading, connect, dispatched):
    """Pipelined requests are worked on one at a time; what has come of the next is not lost."""
    connection, _ = connect()
    reading.feed(connection, GET + GET + GET[:5], 1)
    assert len(dispatched) == 1
    reading.answered(connection, NOTHING, 2, keep=True)
    assert len(dispatched) == 2
    reading.answered(connection, NOTHING, 3, keep=True)
    assert (len(dispatched), connection.deadline) == (2, 13)
    reading.feed(connection, GET[5:], 4)
    assert len(dispatched) == 3


def test_behind_the_last_answer_nothing_is_served(reading, connect, dispatched, table):
    """When the connection is to close, requests behind are dropped, and the client has its time to see the answer."""
    connection, client = connect()
    reading.feed(connection, GET + GET, 1)
    reading.answered(connection, NOTHING, 2, keep=False)
    assert (connection.state, connection.deadline, len(dispatched)) == (State.LINGERING, 4, 1)
    assert client.recv(1) == b""
    assert table.connections
    reading.ended(connection, 3)
    assert not table.connections


def test_who_reads_slowly_is_given_up(reading, connect, table):
    """What could not be sent is sent as the client reads; it must keep up the same pace as a sender."""
    connection, client = connect()
    answer = b"x" * 100_000
    reading.feed(connection, GET, 0)
    reading.answered(connection, connection.send(answer), 1, keep=True)
    assert (connection.state, connection.deadline) == (State.WRITING, 11)
    received = len(client.recv(1 << 20))
    reading.write_on(connection, 9)
    assert connection.deadline == 19
    while connection.outgoing:
        received += len(client.recv(1 << 20))
        reading.write_on(connection, 10)
    assert (connection.state, connection.deadline) == (State.READING, 70)
    received += len(client.recv(1 << 20))
    assert received == len(answer)
    reading.feed(connection, GET, 11)
    reading.answered(connection, connection.send(answer), 12, keep=True)
    reading.overdue(connection, 22)
    assert not table.connections


def test_pieces_of_an_answer_go_one_after_the_other(reading, connect):
    """They arrive as one answer, whatever goes at once, and what waits is no copy."""
    connection, client = connect()
    body = b"x" * 100_000
    reading.feed(connection, GET, 0)
    reading.answered(connection, connection.send(b"head", b"", body, b"tail"), 1, keep=True)
    assert connection.outgoing[0].obj is body
    received = b""
    while connection.outgoing:
        received += client.recv(1 << 20)
        reading.write_on(connection, 2)
    assert connection.state is State.READING
    received += client.recv(1 << 20)
    assert received == b"head" + body + b"tail"


def test_who_grows_past_the_bound_is_refused_unless_another_is_slow(reading, connect, dispatched, table):
    """The newest grower goes; but one that has been sending for longer than a head may take goes before it."""
    one, two = connect()[0], connect()[0]
    reading.feed(one, POST + b"x" * 80, 0)
    reading.feed(two, POST + b"x" * 80, 1)
    assert (dispatched, two.refusal.code, table.budget.held) == ([two], "queue_full", 80)
    three = connect()[0]
    reading.feed(one, b"x", 9)
    reading.feed(three, POST + b"x" * 80, 11)
    assert (dispatched, one.refusal.code, table.budget.held) == ([two, one], "queue_full", 80)


def test_a_body_counts_until_a_thread_has_it(reading, connect, table):
    """Complete bodies that wait for a thread are held, too."""
    connection, _ = connect()
    reading.feed(connection, POST + b"x" * 100, 0)
    assert table.budget.held == 100
    table.release(connection)
    assert table.budget.held == 0


@pytest.mark.parametrize("how", ["ended", "broke"])
def test_a_hang_up_is_told_while_the_request_is_at_work(reading, connect, table, how):
    """Whoever asked to know hears it; the connection stays until its thread is done with it, and is closed then."""
    connection, _ = connect()
    told = []
    reading.feed(connection, GET, 0)
    connection.presence.on_hang_up(lambda: told.append(how))
    if how == "ended":
        reading.ended(connection, 1)
    else:
        connection.is_broken = True
        reading.broke(connection)
    assert (told, connection.state) == ([how], State.WORKING)
    reading.answered(connection, NOTHING, 2, keep=True)
    assert not table.connections


def test_at_the_end_the_idle_are_waited_for_briefly(reading, connect):
    """Two seconds for a request that may be on its way; who has begun one keeps its time."""
    idle, busy = connect()[0], connect()[0]
    reading.feed(busy, GET[:5], 1)
    reading.drain(3)
    assert (idle.deadline, busy.deadline) == (5, 11)
    reading.feed(busy, GET[5:], 4)
    reading.answered(busy, NOTHING, 5, keep=True)
    assert busy.deadline == 7
