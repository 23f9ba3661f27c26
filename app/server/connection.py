"""One client's connection: what the event loop, and a thread that answers for it, know of it."""

import math
import socket
from collections import deque
from enum import Enum
from typing import Any

from app.errors import OcrError
from app.server.client_presence import ClientPresence
from app.server.pace import Pace
from app.server.request_framing import RequestFraming


class State(Enum):
    """Who has the connection, and for what."""

    READING = "reading"  # the loop reads a request, or waits for one
    WORKING = "working"  # a thread answers; the loop reads ahead, listens for a hang-up and sends what is streamed
    WRITING = "writing"  # the loop writes what the thread could not write at once
    LINGERING = "lingering"  # answered for good; what still arrives is dropped
    CLOSED = "closed"


class Connection:
    """A connection and its request of the moment. Belongs to the loop; while WORKING, a thread may send on *sock*,
    unless it streams.

    begun: when the request's first byte came, ``None`` while there is none. deadline: when the state must have ended.
    ahead: bytes behind the request. held: bytes of its body that the budget counts. refusal: why it is not served.
    is_first: nothing was answered yet. is_kept: it stays open behind its answer. has_ended: the client sends no more.
    is_broken: nothing can be sent any more. peer, server: both ends' addresses. mask: the events asked for.
    """

    __slots__ = (
        "ahead",
        "begun",
        "deadline",
        "framing",
        "has_ended",
        "held",
        "is_broken",
        "is_first",
        "is_kept",
        "mask",
        "outgoing",
        "pace",
        "peer",
        "presence",
        "refusal",
        "server",
        "since",
        "sock",
        "state",
    )

    def __init__(self, sock: socket.socket, peer: Any, server: Any, framing: RequestFraming, now: float) -> None:
        self.sock = sock
        self.peer = peer
        self.server = server
        self.framing = framing
        self.state = State.READING
        self.since = now
        self.deadline = math.inf
        self.begun: float | None = None
        self.pace: Pace | None = None
        self.is_first = True
        self.is_kept = False
        self.ahead = b""
        self.held = 0
        self.outgoing: tuple[memoryview, ...] = ()
        self.presence: ClientPresence | None = None
        self.refusal: OcrError | None = None
        self.has_ended = False
        self.is_broken = False
        self.mask = 0

    @property
    def is_idle(self) -> bool:
        """Whether it is open without a request."""
        return self.state is State.READING and self.begun is None

    def send(self, *pieces: bytes | memoryview) -> tuple[memoryview, ...]:
        """Send of *pieces* what goes without waiting; returns the rest."""
        rest = deque(memoryview(piece) for piece in pieces if piece)
        try:
            while rest and not self.is_broken:
                if unsent := rest[0][self.sock.send(rest[0]) :]:
                    rest[0] = unsent
                else:
                    rest.popleft()
        except BlockingIOError:
            pass
        except OSError:  # the client is gone
            self.is_broken = True
        return tuple(rest)
