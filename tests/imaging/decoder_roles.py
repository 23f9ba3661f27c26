"""Decoders that were taken over, or are out of order."""

import os
import signal
import socket
import struct
import time

from app.processes.channel import Channel, Message


def hang(channel: Channel) -> None:
    """Never answer."""
    channel.receive()
    time.sleep(3600)


def crash(channel: Channel) -> None:
    """End in the place of an answer."""
    channel.receive()
    os.kill(os.getpid(), signal.SIGSEGV)


def no_file(channel: Channel) -> None:
    """Promise a picture and send none."""
    channel.receive()
    channel.send(Message({"height": 10, "width": 10, "truncated": False, "pages": 1}))


def no_size(channel: Channel) -> None:
    """Send one without its size."""
    channel.receive()
    channel.send(Message({"height": None, "width": 1, "truncated": False, "pages": 1}, files=(0,)))


def chatter(channel: Channel) -> None:
    """Send far more than an answer has."""
    channel.receive()
    channel.send(Message({"error": "broken_image", "detail": "x" * (1 << 20)}))


def nonsense(channel: Channel) -> None:
    """Name an error that there is not."""
    channel.receive()
    channel.send(Message({"error": ["no", "name"]}))


def depth(channel: Channel) -> None:
    """Answer with JSON that is deeper than any stack."""
    channel.receive()
    head = b"[" * 50_000
    socket.socket(fileno=os.dup(channel.fileno())).sendall(struct.pack("=III", len(head), 0, 0) + head)


def many_files(channel: Channel) -> None:
    """Send a file that the message does not count."""
    channel.receive()
    channel.send(Message({"height": 1, "width": 1, "truncated": False, "pages": 1}, files=(0, 0)))


def no_head(channel: Channel) -> None:
    """Answer with JSON that is no object."""
    channel.receive()
    socket.socket(fileno=os.dup(channel.fileno())).sendall(struct.pack("=III", 2, 0, 0) + b"[]")


def files_of_an_error(channel: Channel) -> None:
    """Send files with an error, for somebody else to close."""
    channel.receive()
    channel.send(Message({"error": "broken_image", "detail": ""}, files=(0, 0, 0)))


def no_memory(channel: Channel) -> None:
    """Send a file that is no memory."""
    channel.receive()
    channel.send(Message({"height": 1, "width": 1, "truncated": False, "pages": 1}, files=(0,)))


def too_large(channel: Channel) -> None:
    """Send a picture beyond the limit."""
    channel.receive()
    file = os.memfd_create("large", os.MFD_ALLOW_SEALING)
    os.ftruncate(file, 3 * 2_000 * 2_000)
    channel.send(Message({"height": 2_000, "width": 2_000, "truncated": False, "pages": 1}, files=(file,)))


def no_page(channel: Channel) -> None:
    """Send a picture that is no page of anything."""
    channel.receive()
    channel.send(Message({"height": 1, "width": 1, "truncated": False, "pages": "many"}, files=(0,)))


def pages_of_nothing(channel: Channel) -> None:
    """Send an error of one page of a document whose pages cannot be counted, and a file with it."""
    channel.receive()
    channel.send(Message({"error": "broken_image", "detail": "", "pages": "many"}, files=(0,)))


def cannot_share(channel: Channel) -> None:
    """Decode, on a platform that has no such memory."""
    channel.receive()
    channel.send(Message({"error": "unavailable", "detail": "no memory to share a picture in"}))


def dribble(channel: Channel) -> None:
    """Answer a byte at a time."""
    channel.receive()
    end = socket.socket(fileno=os.dup(channel.fileno()))
    end.sendall(struct.pack("=III", 1000, 0, 0))
    while True:
        end.sendall(b" ")
        time.sleep(0.1)


def cannot_draw(channel: Channel) -> None:
    """Draw, where there is no memory for it."""
    channel.receive().close()
    channel.send(Message({"error": "unavailable"}))


def too_few_drawings(channel: Channel) -> None:
    """Draw less than is wanted."""
    channel.receive().close()
    channel.send(Message({"sizes": [3]}, b"one"))


def sizes_of_others(channel: Channel) -> None:
    """Say sizes that are not those of the drawings."""
    channel.receive().close()
    channel.send(Message({"sizes": [-1, 7]}, b"drawing"))


def sizes_of_none(channel: Channel) -> None:
    """Say sizes that are no numbers."""
    channel.receive().close()
    channel.send(Message({"sizes": ["3", None]}, b"drawing"))


def too_much_drawn(channel: Channel) -> None:
    """Send far more than drawings have."""
    channel.receive().close()
    channel.send(Message({"sizes": [1 << 20, 1 << 20]}, bytes(2 << 20)))


def files_of_a_drawing(channel: Channel) -> None:
    """Send files with drawings, for somebody else to close."""
    channel.receive().close()
    channel.send(Message({"sizes": [1]}, b"x", files=(0, 0, 0)))


def lie_about_text(channel: Channel) -> None:
    """Say that there is text, and send something else."""
    channel.receive()
    channel.send(Message({"text": True}, b'{"width": 1, "height": 1, "pages": 1, "lines": [7]}'))
