"""Connections to checked addresses."""

from ipaddress import ip_address

import pytest

from app.errors import UrlNotAllowedError, UrlUnreachableError
from app.fetching.connection import connect
from app.scheduling.deadline import Deadline
from tests.fetching.origins import LOOPBACK, ok


def test_the_first_address_that_answers_is_taken(origin):
    """An address where nobody listens costs its own share of the time, not the fetch."""
    server = origin(ok(b""))
    with connect([ip_address("127.0.0.9"), LOOPBACK], server.port, lambda _: True, Deadline(20)) as connection:
        assert connection.getpeername() == ("127.0.0.1", server.port)


def test_nobody_listens(origin):
    """No address takes a connection: that is the error, without the system's words."""
    server = origin(ok(b""))
    with pytest.raises(UrlUnreachableError, match="takes no connection"):
        connect([ip_address("127.0.0.9")], server.port, lambda _: True, Deadline(20))


def test_the_peer_is_checked_once_more(origin):
    """A connection whose other end is not allowed is closed before a byte is sent."""
    server = origin(ok(b""))
    with pytest.raises(UrlNotAllowedError):
        connect([LOOPBACK], server.port, lambda _: False, Deadline(20))
    server.close()
    assert server.asked == []


def test_an_address_that_leads_elsewhere_is_refused(origin):
    """The unspecified address reaches the loopback: its connection does not end where it was asked to."""
    server = origin(ok(b""))
    with pytest.raises(UrlNotAllowedError):
        connect([ip_address("0.0.0.0")], server.port, lambda _: True, Deadline(20))
    server.close()
    assert server.asked == []


def test_no_time_is_no_connection(origin):
    """Once the clock has run out nobody is connected to any more."""
    server = origin(ok(b""))
    with pytest.raises(UrlUnreachableError):
        connect([LOOPBACK], server.port, lambda _: True, Deadline(0))
    assert server.connections == 0
