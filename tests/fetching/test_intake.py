"""The URLs of a request, before it is let in."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import (
    ConfigurationError,
    DeadlineExceededError,
    DrainingError,
    MalformedRequestError,
    QueueFullError,
    UrlNotAllowedError,
    UrlUnreachableError,
)
from app.fetching.intake import ImageIntake
from app.fetching.remote_image import RemoteImage
from app.scheduling.deadline import Deadline


class Fetcher:
    """Fetches the URL itself, or raises what it is told to; remembers how much was taken before."""

    def __init__(self, errors=None, meanwhile=lambda: None):
        self.errors, self.meanwhile, self.taken = errors or {}, meanwhile, []

    def fetch(self, url, taken, _deadline):
        """Fetch *url*."""
        self.taken.append(taken)
        self.meanwhile()
        if url in self.errors:
            raise self.errors[url]
        return url.encode()


def is_open():
    """Let everybody in."""


def closed():
    """Refuse everybody."""
    raise DrainingError("the service is shutting down")


def test_each_url_is_its_own_result():
    """Fetched in order, an error in its own place; bytes and errors of the dialect stay what they are."""
    error, broken = UrlUnreachableError("gone"), MalformedRequestError("no base64")
    fetcher = Fetcher({"bad": error})
    images = [RemoteImage("one"), b"bytes", RemoteImage("bad"), broken, RemoteImage("two")]
    found = ImageIntake(fetcher, 1).gather(images, Deadline(60), is_open)
    assert found == (b"one", b"bytes", error, broken, b"two")
    assert fetcher.taken == [0, 3, 3]


def test_without_a_list_every_url_is_refused():
    """Off: each URL is that image's error, and images that were sent are served."""
    intake = ImageIntake.for_hosts("", most=1, seconds=1, max_bytes=1, user_agent="x")
    sent, refused = intake.gather([b"bytes", RemoteImage("https://a.test/")], Deadline(60), closed)
    assert sent == b"bytes"
    assert isinstance(refused, UrlNotAllowedError)
    assert "fetches no images by URL" in str(refused)


def test_a_bad_list_is_said_at_the_start():
    """It is not found out by the first request."""
    with pytest.raises(ConfigurationError):
        ImageIntake.for_hosts("127.0.0.1", most=1, seconds=1, max_bytes=1, user_agent="x")


def test_a_request_that_would_be_refused_fetches_nothing():
    """Draining and full come before the first connection."""
    fetcher = Fetcher()
    with pytest.raises(DrainingError):
        ImageIntake(fetcher, 1).gather([RemoteImage("one")], Deadline(60), closed)
    assert fetcher.taken == []


def test_what_needs_no_fetching_is_not_bounded():
    """A request whose images were sent does not ask whether there is room to fetch."""
    assert ImageIntake(Fetcher(), 1).gather([b"bytes"], Deadline(60), closed) == (b"bytes",)


def test_as_many_requests_as_allowed_fetch_at_a_time():
    """One more is told at once to come back, and the place is free again afterwards, after failures too."""
    inside, go_on = threading.Semaphore(0), threading.Event()

    def wait():
        inside.release()
        go_on.wait(20)

    intake = ImageIntake(Fetcher({"bad": UrlUnreachableError("gone")}, wait), 2)
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(intake.gather, [RemoteImage(name)], Deadline(60), is_open) for name in ("a", "bad")]
        try:
            assert all(inside.acquire(timeout=20) for _ in waiting)
            with pytest.raises(QueueFullError, match="2 requests fetch images by URL, 2 allowed"):
                intake.gather([RemoteImage("b")], Deadline(60), is_open)
        finally:
            go_on.set()
        assert waiting[0].result(20) == (b"a",)
    assert intake.gather([RemoteImage("b")], Deadline(60), is_open) == (b"b",)
    assert intake.gather([RemoteImage("b")], Deadline(60), is_open) == (b"b",)


def test_the_requests_own_time_ends_the_request():
    """Once the deadline is over nothing more is fetched, and the request fails as a whole."""
    deadline = Deadline(60)
    fetcher = Fetcher({"one": UrlUnreachableError("late")}, deadline.abandon)
    with pytest.raises(DeadlineExceededError):
        ImageIntake(fetcher, 1).gather([RemoteImage("one"), RemoteImage("two")], deadline, is_open)
    assert len(fetcher.taken) == 1
    with pytest.raises(DeadlineExceededError):
        ImageIntake(fetcher, 1).gather([RemoteImage("one")], Deadline(0), is_open)


def test_a_remote_image_does_not_show_its_url():
    """URLs carry signatures: what is logged by accident shows none."""
    assert "secret" not in repr(RemoteImage("https://a.test/?signature=secret"))
