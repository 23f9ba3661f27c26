"""Fetching from origins that are well, slow, lying and bombing."""

import gzip
import itertools
import time

import pytest

from app.errors import BodyTooLargeError, UrlUnreachableError
from app.scheduling.deadline import Deadline
from tests.fetching.origins import ok, redirect


class TestRequest:
    """What is sent, and what comes back."""

    def test_the_bytes_behind_a_url(self, origin, fetch):
        """An image is fetched by name, with a fixed set of headers and nothing that knows who asks."""
        server = origin(ok(b"picture", "Set-Cookie: a=b"))
        url = f"http://origin.test:{server.port}/a.png?signature=x#fragment"
        assert fetch(url, f"http://origin.test:{server.port}") == b"picture"
        head = (
            "GET /a.png?signature=x HTTP/1.1\r\n"
            f"Host: origin.test:{server.port}\r\n"
            "User-Agent: ppocr-service/1\r\n"
            "Accept: */*\r\n"
            "Accept-Encoding: identity\r\n"
            "Connection: close\r\n\r\n"
        )
        assert server.asked == [head]

    @pytest.mark.parametrize(
        "answer",
        [
            ok(b"picture", length=None),
            b"HTTP/1.0 200 OK\r\n\r\npicture",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\npic\r\n4\r\nture\r\n0\r\n\r\n",
            ok(b"picture", "Content-Encoding: identity"),
            ok(b"picture and more", length=7),
            b"HTTP/1.1 100 Continue\r\n\r\n" + ok(b"picture"),
        ],
    )
    def test_every_framing_of_http(self, origin, fetch, answer):
        """With a length, in chunks, up to the end of the connection: the body is the same."""
        server = origin(answer)
        assert fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}") == b"picture"

    def test_proxies_of_the_environment_are_not_used(self, origin, fetch, monkeypatch):
        """A proxy would connect to addresses that nobody checked."""
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        server = origin(ok(b"picture"))
        assert fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}") == b"picture"

    @pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 403, 404, 407, 500, 503])
    def test_any_other_status_is_an_error_without_the_body(self, origin, fetch, status):
        """The client learns the status and nothing of the body: error pages tell of the inside."""
        server = origin(f"HTTP/1.1 {status} Inner words\r\nContent-Length: 6\r\n\r\nsecret".encode())
        with pytest.raises(UrlUnreachableError, match=f"status {status}, not 200") as caught:
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}")
        assert "secret" not in str(caught.value)
        assert "Inner" not in str(caught.value)

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"SSH-2.0-OpenSSH_9.2\r\n",
            b"HTTP/1.1\r\n\r\n",
            b"HTTP/9.9 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200 + b"\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"".join(b"X%d: %s\r\n" % (n, b"a" * 5000) for n in range(90)) + b"\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\n" * 5000,
        ],
    )
    def test_what_is_no_http_or_has_too_long_a_head(self, origin, fetch, answer):
        """Other protocols, heads that end early or go beyond 64 KiB or a hundred lines: an error like others."""
        server = origin(answer)
        with pytest.raises(UrlUnreachableError):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}")


class TestSize:
    """How much is read."""

    def test_the_limit_itself_passes(self, origin, fetch):
        """As many bytes as are allowed, less what the request's other images had."""
        server = origin(ok(b"x" * 1000), ok(b"x" * 1000, length=None), ok(b"x" * 400))
        url, hosts = f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}"
        assert len(fetch(url, hosts)) == len(fetch(url, hosts)) == 1000
        assert len(fetch(url, hosts, taken=600)) == 400

    def test_a_declared_length_over_the_limit_is_refused_unread(self, origin, fetch):
        """Nothing of the body is waited for: the origin sends none; the error says actual > allowed."""
        server = origin(lambda connection: (connection.sendall(ok(b"", length=1001)), connection.recv(1)))
        url, hosts = f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}"
        with pytest.raises(BodyTooLargeError, match="images by URL of 1001 bytes > 1000 allowed"):
            fetch(url, hosts)
        with pytest.raises(BodyTooLargeError, match="images by URL of 1501 bytes > 1000 allowed"):
            fetch(url, hosts, taken=500)

    @pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: chunked\r\n"])
    def test_an_endless_body_is_cut(self, origin, fetch, head):
        """Without a length reading stops one byte beyond the limit, and the connection is closed."""
        sent = [0]

        def pour(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
            for _ in range(10_000):
                connection.sendall(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
                sent[0] += 0x1000

        server = origin(pour)
        with pytest.raises(BodyTooLargeError, match="more than 1000 bytes > 1000 allowed"):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}")
        server.close()
        assert sent[0] < 0x1000 * 10_000

    def test_a_body_shorter_than_declared_is_an_error(self, origin, fetch):
        """A lying length is not taken for a picture that is whole."""
        server = origin(ok(b"picture", length=8))
        with pytest.raises(UrlUnreachableError, match="ended after 7 of 8 bytes"):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}")

    @pytest.mark.parametrize(
        "head", ["Content-Encoding: gzip", "Content-Encoding: br", "Transfer-Encoding: gzip, chunked"]
    )
    def test_nothing_is_unpacked(self, origin, fetch, head):
        """A gzip bomb, sent although identity was asked for, is refused by its head."""
        server = origin(ok(gzip.compress(bytes(10_000_000)), head, length=None))
        with pytest.raises(UrlUnreachableError, match="encoded body"):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}", max_bytes=100_000)


class TestTime:
    """One clock over everything."""

    @pytest.mark.parametrize(
        "head", [b"", ok(b"", length=500), b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
    )
    def test_a_slow_drip_is_cut(self, origin, fetch, head):
        """An origin that sends a byte now and then, of its head or its body, never has more than the time in all."""

        def drip(connection):
            connection.sendall(head)
            for byte in itertools.cycle(b"HTTP/1.1 200 OK\r\nX: " + b"1" * 400):
                connection.sendall(bytes([byte]))
                time.sleep(0.02)

        server = origin(drip)
        began = time.monotonic()
        with pytest.raises(UrlUnreachableError):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}", seconds=0.5)
        assert time.monotonic() - began < 8  # the drip itself would take longer than that

    def test_a_silent_origin_is_left(self, origin, fetch):
        """Nothing comes: the error says within what time nothing came."""
        server = origin(lambda connection: connection.recv(1))
        with pytest.raises(UrlUnreachableError, match=r"no image within 0\.2 s"):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}", seconds=0.2)

    def test_redirects_share_the_time(self, origin, fetch):
        """Each hop that dawdles takes from the same clock."""

        def dawdle(connection):
            time.sleep(0.3)
            connection.sendall(redirect("/"))

        server = origin(dawdle)
        with pytest.raises(UrlUnreachableError, match=r"no image within 0\.5 s"):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}", seconds=0.5)
        assert server.connections <= 2

    def test_the_requests_deadline_cuts_too(self, origin, fetch):
        """What the request has left is less than the setting: that holds."""
        server = origin(lambda connection: connection.recv(1))
        with pytest.raises(UrlUnreachableError):
            fetch(f"http://origin.test:{server.port}/", f"http://origin.test:{server.port}", deadline=Deadline(0.2))

    def test_a_silent_tls_handshake_is_left(self, origin, fetch):
        """A peer that takes the connection and never speaks TLS costs the time and no more."""
        server = origin(lambda connection: connection.recv(1))
        with pytest.raises(UrlUnreachableError):
            fetch(f"https://origin.test:{server.port}/", f"origin.test:{server.port}", seconds=0.3)
