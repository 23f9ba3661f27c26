"""Lookups within their time and their number."""

import socket
import threading
from ipaddress import ip_address

import pytest

from app.errors import UrlUnreachableError
from app.fetching.resolver import Resolver, look_up
from app.scheduling.deadline import Deadline


def test_every_address_of_a_name_is_given(monkeypatch):
    """All that the system's resolver knows, each once, in its order."""
    answers = [("93.184.216.34", 443), ("93.184.216.34", 443), ("2606:2800::1", 443, 0, 0)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", answer) for answer in answers])
    assert look_up("a.test", 443) == [ip_address("93.184.216.34"), ip_address("2606:2800::1")]


@pytest.mark.parametrize("error", [socket.gaierror(-2, "unknown"), UnicodeError("odd"), ValueError("odd")])
def test_a_failed_lookup_is_no_address(error):
    """Unknown, refused, broken: to the caller the name has no addresses."""

    def lookup(host, port):
        raise error

    assert Resolver(1, lookup).addresses("a.test", 443, Deadline(20)) == []


def test_a_lookup_that_hangs_is_left_behind_and_still_counts():
    """The caller goes on at its time; the thread keeps its place until it ends, so that there are never more."""
    go_on, running = threading.Event(), []

    def lookup(host, port):
        running.append(host)
        go_on.wait(20)
        return [ip_address("8.8.8.8")]

    resolver = Resolver(2, lookup)
    try:
        for _ in range(5):
            with pytest.raises(UrlUnreachableError, match="not looked up in time"):
                resolver.addresses("a.test", 443, Deadline(0.05))
        assert len(running) == 2
    finally:
        go_on.set()
    assert resolver.addresses("a.test", 443, Deadline(20)) == [ip_address("8.8.8.8")]
