"""Connections to addresses that were checked, and to no others, every step of them within one time limit."""

import http.client
import io
import socket
import ssl
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any, cast

from app.errors import UrlNotAllowedError, UrlUnreachableError
from app.fetching.location import Location
from app.fetching.resolver import Address
from app.scheduling.deadline import Deadline

Policy = Callable[[Address], bool]

_MOST_HEADER_BYTES = 1 << 16
NO_PUBLIC_ADDRESS = "the URL's host has no address, or not only public ones"
"""The one answer to every such host: which names exist inside a network is nobody's business outside."""


def check_addresses(addresses: Sequence[Address], policy: Policy) -> None:
    """Hold *addresses*, all that a name has, against *policy*.

    Raises:
        UrlNotAllowedError: There are none, or one of them is not allowed.
    """
    if not addresses or not all(map(policy, addresses)):
        raise UrlNotAllowedError(NO_PUBLIC_ADDRESS)


def connect(addresses: Sequence[Address], port: int, policy: Policy, clock: Deadline) -> socket.socket:
    """A connection to the first of *addresses* that takes one. The peer's address is checked once more.

    Raises:
        UrlUnreachableError: None of them does in time.
        UrlNotAllowedError: The connection ends elsewhere.
    """
    for number, address in enumerate(addresses):
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            # An address that swallows everything may not use up the others' time.
            connection.settimeout(_left(clock) / (len(addresses) - number))
            connection.connect((str(address), port))
            peer = ip_address(connection.getpeername()[0])
        except (OSError, ValueError):
            connection.close()
            continue
        if peer != address or not policy(peer):
            connection.close()
            raise UrlNotAllowedError(NO_PUBLIC_ADDRESS)
        return connection
    raise UrlUnreachableError("the URL's host takes no connection")


def wrap(connection: socket.socket, host: str, tls: ssl.SSLContext, clock: Deadline) -> ssl.SSLSocket:
    """TLS on *connection*, with a certificate for *host*. Closes *connection* where it fails.

    Raises:
        UrlUnreachableError: It cannot be had in time.
    """
    try:
        connection.settimeout(_left(clock))
        return tls.wrap_socket(connection, server_hostname=host)
    except (OSError, ValueError):
        connection.close()
        raise UrlUnreachableError("no TLS connection with a valid certificate for the URL's host") from None


class Exchange(io.RawIOBase):
    """One GET on a connection. The response's head is bounded, and every wait is cut to what the clock has left."""

    def __init__(self, connection: socket.socket, clock: Deadline) -> None:
        self._connection = connection
        self._clock = clock
        self._allowance: int | None = _MOST_HEADER_BYTES

    def get(self, location: Location, user_agent: str) -> http.client.HTTPResponse:
        """Ask for *location*; what comes back is read up to the end of its head.

        Raises:
            OSError, ValueError, http.client.HTTPException: The connection broke, time ran out or it was not HTTP.
        """
        lines = (
            f"GET {location.target} HTTP/1.1",
            f"Host: {location.authority}",
            f"User-Agent: {user_agent}",
            "Accept: */*",
            "Accept-Encoding: identity",
            "Connection: close",
        )
        self._connection.settimeout(_left(self._clock))
        self._connection.sendall("\r\n".join((*lines, "", "")).encode("ascii"))
        response = http.client.HTTPResponse(cast("socket.socket", self), method="GET")
        response.begin()
        self._allowance = None
        return response

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What ``http.client`` asks of a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come, or wait for it."""
        self._connection.settimeout(_left(self._clock))
        count = self._connection.recv_into(buffer)
        if self._allowance is not None:
            self._allowance -= count
            if self._allowance < 0:
                raise OSError("the response's head is too long")
        return count


def _left(clock: Deadline) -> float:
    """Seconds left, for a socket: to which 0 would mean not to wait at all."""
    remaining = clock.remaining()
    if remaining <= 0:
        raise TimeoutError
    return remaining
