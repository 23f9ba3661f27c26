"""Messages between two processes of the service, over a pair of Unix sockets; open files travel with them.

Neither shared memory by name nor semaphores are needed, which some platforms do not have.
"""

import contextlib
import json
import os
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from typing import Any

_LENGTHS = struct.Struct("=III")
"""Bytes of the head, bytes of the blob, number of files."""

_FILE = struct.Struct("=i")
_MOST_FILES = 4
_MOST_BYTES = (1 << 32) - 1


class ChannelClosedError(Exception):
    """The other end is gone, as its process is."""


@dataclass(frozen=True, slots=True)
class Message:
    """head: what JSON can hold. blob: bytes beside it. files: descriptors, which belong to whoever has the message."""

    head: dict[str, Any]
    blob: bytes = b""
    files: tuple[int, ...] = field(default=())

    def close(self) -> None:
        """Close its files."""
        for file in self.files:
            os.close(file)


class Channel:
    """One end. Any number of threads may send, one at a time receives.

    What goes wrong with the socket, a time-out included, means that the other end cannot be spoken to any more.
    """

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._sending = threading.Lock()

    @classmethod
    def pair(cls) -> tuple["Channel", socket.socket]:
        """A channel, and the socket of which another process makes its other end."""
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        return cls(near), far

    def limit_sending(self, seconds: float) -> None:
        """Let no send wait longer, whatever other threads receive: the other end is then taken for gone."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", int(seconds), 0))

    def fileno(self) -> int:
        """The socket's descriptor, to wait on."""
        return self._socket.fileno()

    def send(self, message: Message, seconds: float | None = None) -> None:
        """Send *message*; its files are sent as copies, and stay open here.

        *seconds*: how long the other end may leave it lying; None: for ever.

        Raises:
            ChannelClosedError: The other end is gone, or does not take it.
        """
        head = json.dumps(message.head).encode()
        lengths = _LENGTHS.pack(len(head), len(message.blob), len(message.files))
        with self._sending:
            try:
                self._socket.settimeout(seconds)
                self._socket.sendmsg([lengths], _ancillary(message.files))
                self._socket.sendall(head)
                if message.blob:  # even to send nothing fails where the other end has answered and is gone
                    self._socket.sendall(message.blob)
            except OSError as error:
                raise ChannelClosedError(str(error)) from error

    def receive(self, seconds: float | None = None, most_bytes: int = _MOST_BYTES) -> Message:
        """The next message. *seconds*: how long it may take to arrive; None: for ever. *most_bytes*: it may have.

        Raises:
            ChannelClosedError: The other end is gone, or sends more than it may.
            TimeoutError: The time ran out. The channel is of no more use then.
        """
        files: list[int] = []
        end = None if seconds is None else time.monotonic() + seconds
        try:
            self._socket.settimeout(seconds)
            return self._message(files, most_bytes, end)
        except BaseException as error:
            for file in files:
                os.close(file)
            if isinstance(error, OSError | ValueError | RecursionError) and not isinstance(error, TimeoutError):
                raise ChannelClosedError(str(error)) from error
            raise

    def close(self) -> None:
        """Close this end: the other one hears of it, and whoever receives here, too."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _message(self, files: list[int], most_bytes: int, end: float | None) -> Message:
        """The next message; *files* are added to as they come."""
        lengths, received = self._lengths_and_files()
        files += received
        if len(lengths) < _LENGTHS.size:
            raise ChannelClosedError("the other end is gone")
        head_bytes, blob_bytes, count = _LENGTHS.unpack(lengths)
        if count != len(files):
            raise ChannelClosedError(f"{len(files)} of {count} files came")
        if head_bytes + blob_bytes > most_bytes:
            raise ChannelClosedError(f"a message of {head_bytes + blob_bytes} bytes > {most_bytes} allowed")
        head = json.loads(self._exactly(head_bytes, end))
        if not isinstance(head, dict):
            raise ChannelClosedError("a message without a head")
        return Message(head, bytes(self._exactly(blob_bytes, end)), tuple(files))

    def _lengths_and_files(self) -> tuple[bytes, list[int]]:
        """What a message begins with. (``socket.recv_fds`` passes no flags on in Python 3.11.)"""
        room = socket.CMSG_SPACE(_MOST_FILES * _FILE.size)
        data, ancillary, _, _ = self._socket.recvmsg(_LENGTHS.size, room, socket.MSG_CMSG_CLOEXEC | socket.MSG_WAITALL)
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS)
        whole = [sent[: len(sent) - len(sent) % _FILE.size] for *kind, sent in ancillary if tuple(kind) == rights]
        return data, [file for sent in whole for (file,) in _FILE.iter_unpack(sent)]

    def _exactly(self, count: int, end: float | None) -> bytearray:
        data = bytearray(count)
        view, filled = memoryview(data), 0
        while filled < count:
            if end is not None:
                self._socket.settimeout(max(1e-3, end - time.monotonic()))
            received = self._socket.recv_into(view[filled:])
            if not received:
                raise ChannelClosedError("the other end is gone")
            filled += received
        return data


def _ancillary(files: tuple[int, ...]) -> list[tuple[int, int, bytes]]:
    if not files:
        return []
    return [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack(f"={len(files)}i", *files))]
