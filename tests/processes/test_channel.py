"""Messages between two processes: whole, in order, with their files, and never more than is allowed."""

import os
import socket
import struct
import threading

import pytest

from app.processes.channel import Channel, ChannelClosedError, Message


@pytest.fixture
def ends():
    """Both ends of a channel."""
    near, far = Channel.pair()
    other = Channel(far)
    yield near, other
    near.close()
    other.close()


@pytest.fixture
def raw():
    """A channel, and the bare socket at its other end."""
    near, far = Channel.pair()
    yield near, far
    near.close()
    far.close()


def test_a_message_arrives_as_it_was_sent(ends):
    """Head, blob and the contents of a file; the sender keeps its own descriptor."""
    near, other = ends
    file = os.memfd_create("test")
    os.write(file, b"within")
    near.send(Message({"a": [1, "ä"]}, b"\0blob", (file,)))
    os.close(file)
    message = other.receive()
    assert (message.head, message.blob) == ({"a": [1, "ä"]}, b"\0blob")
    (received,) = message.files
    assert os.pread(received, 10, 0) == b"within"
    message.close()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(received)


def test_large_messages_from_many_threads_are_not_mixed(ends):
    """Each of several megabytes comes whole, whatever else is sent at the same time."""
    near, other = ends
    senders = [threading.Thread(target=near.send, args=(Message({"n": n}, bytes([n]) * (3 << 20)),)) for n in range(6)]
    for sender in senders:
        sender.start()
    got = {message.head["n"]: set(message.blob) for message in (other.receive() for _ in senders)}
    assert got == {n: {n} for n in range(6)}


def test_who_answers_and_leaves_at_once_got_the_message(raw):
    """A message without a blob is whole with its head: the other end may be gone before the sender knows that."""
    near, far = raw
    sending = near._socket

    class Leaving:
        """The other end leaves as soon as the head is there."""

        def __getattr__(self, name):
            return getattr(sending, name)

        def sendall(self, data):
            sending.sendall(data)
            far.close()

    near._socket = Leaving()
    near.send(Message({"question": 1}))
    with pytest.raises(ChannelClosedError):
        near.send(Message({"question": 2}))


def test_the_end_of_the_other_process_is_told(ends):
    """To whoever receives, waiting or not, and to whoever sends."""
    near, other = ends
    other.close()
    with pytest.raises(ChannelClosedError):
        near.receive()
    with pytest.raises(ChannelClosedError):
        near.send(Message({}))


def test_an_end_in_the_middle_of_a_message_is_an_end(raw):
    """Half a message is none."""
    near, far = raw
    far.sendall(struct.pack("=III", 10, 0, 0) + b"{}")
    far.close()
    with pytest.raises(ChannelClosedError):
        near.receive()


def test_waiting_has_a_limit(raw):
    """Who sends nothing in time is given up, also in the middle of a message."""
    near, far = raw
    with pytest.raises(TimeoutError):
        near.receive(0.01)
    far.sendall(struct.pack("=III", 10, 0, 0))
    with pytest.raises(TimeoutError):
        near.receive(0.01)


def test_who_takes_nothing_is_not_sent_to_for_ever(raw):
    """A process that stands still holds its asker up only as long as it was told."""
    near, _ = raw
    with pytest.raises(ChannelClosedError):
        near.send(Message({}, bytes(8 << 20)), 0.05)


@pytest.mark.parametrize("lengths", [(1 << 31, 0, 0), (2, 1 << 31, 0), (2, 0, 3)])
def test_what_claims_too_much_is_not_believed(raw, lengths):
    """A length beyond what is allowed allocates nothing, and files that did not come are an error."""
    near, far = raw
    far.sendall(struct.pack("=III", *lengths) + b"{}")
    with pytest.raises(ChannelClosedError):
        near.receive(5, 1 << 16)


def test_what_is_no_message_is_an_end(raw):
    """Bytes that are no JSON raise what a closed channel raises, and nothing else."""
    near, far = raw
    far.sendall(struct.pack("=III", 3, 0, 0) + b"{{{")
    with pytest.raises(ChannelClosedError):
        near.receive(5)


def test_files_that_are_received_are_not_inherited(ends):
    """A descriptor from another process is closed where this one starts a program."""
    near, other = ends
    near.send(Message({}, files=(0,)))
    message = other.receive()
    assert not os.get_inheritable(message.files[0])
    message.close()


def test_a_channel_can_be_waited_on(ends):
    """Its descriptor is the socket's."""
    near, _ = ends
    with socket.socket(fileno=os.dup(near.fileno())) as same:
        assert same.family == socket.AF_UNIX
