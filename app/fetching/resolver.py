"""Host names to addresses, within a time limit that the system's resolver does not know."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from ipaddress import IPv4Address, IPv6Address, ip_address

from app.errors import UrlUnreachableError
from app.scheduling.deadline import Deadline

Address = IPv4Address | IPv6Address
Lookup = Callable[[str, int], list[Address]]


def look_up(host: str, port: int) -> list[Address]:
    """Every address that the system's resolver gives for *host*, without repetition.

    Raises:
        OSError, ValueError: There is none, or one that cannot be read.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


class Resolver:
    """Looks names up in threads of its own, a bounded number, since a lookup cannot be called off. Thread-safe."""

    def __init__(self, most: int, lookup: Lookup = look_up) -> None:
        """*most* lookups run at a time, those included that nobody waits for any more."""
        self._free = threading.BoundedSemaphore(most)
        self._lookup = lookup

    def addresses(self, host: str, port: int, clock: Deadline) -> list[Address]:
        """The addresses of *host*; empty where it has none, for whatever reason.

        Raises:
            UrlUnreachableError: The lookup did not end in time, or could not begin.
        """
        if not self._free.acquire(timeout=clock.remaining()):
            raise UrlUnreachableError("the URL's host was not looked up in time")
        answer: Future[list[Address]] = Future()
        # Daemons: one that hangs does not keep the process from ending.
        threading.Thread(target=self._answer, args=(host, port, answer), name="lookup", daemon=True).start()
        try:
            return answer.result(clock.remaining())
        except TimeoutError:
            raise UrlUnreachableError("the URL's host was not looked up in time") from None

    def _answer(self, host: str, port: int, answer: "Future[list[Address]]") -> None:
        try:
            answer.set_result(self._lookup(host, port))
        except Exception:  # noqa: BLE001 - a resolver's failures are many; to the client they are one
            answer.set_result([])
        finally:
            self._free.release()
