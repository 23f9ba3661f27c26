"""Turns the URLs of a request into images before the request takes a place among those that are worked on."""

import ssl
import threading
from collections.abc import Callable, Sequence

from app.errors import QueueFullError, RequestError, UrlNotAllowedError
from app.fetching.allow_list import AllowList
from app.fetching.fetcher import Fetcher
from app.fetching.remote_image import ImageSource, RemoteImage
from app.fetching.resolver import Resolver
from app.scheduling.deadline import Deadline


class ImageIntake:
    """Fetches, for a bounded number of requests at a time: a slow origin costs no inference slot. Thread-safe."""

    def __init__(self, fetcher: Fetcher | None, most: int) -> None:
        """*fetcher*: None where no URL is fetched. *most* requests fetch at a time."""
        self._fetcher = fetcher
        self._most = most
        self._free = threading.BoundedSemaphore(most)

    @classmethod
    def for_hosts(cls, hosts: str, *, most: int, seconds: float, max_bytes: int, user_agent: str) -> "ImageIntake":
        """For the setting ``url_hosts``; where it is empty nothing is fetched.

        Raises:
            ConfigurationError: *hosts* holds what is no host.
        """
        allowed = AllowList.parse(hosts)
        if not allowed:
            return cls(None, most)
        # A lookup may outlive its request: as many again may be left behind before others wait for them.
        resolver = Resolver(2 * most)
        tls = ssl.create_default_context()
        return cls(Fetcher(allowed, resolver, tls, user_agent, seconds, max_bytes), most)

    def gather(
        self, images: Sequence[ImageSource], deadline: Deadline, check_open: Callable[[], None]
    ) -> tuple[bytes | RequestError, ...]:
        """*images* with what their URLs hold in the place of those, or why it could not be had.

        *check_open* raises where the request would be refused anyway: then nothing is fetched for it.

        Raises:
            QueueFullError: As many requests fetch as may.
            DeadlineExceededError: The request's time ran out.
        """
        if self._fetcher is None or not any(isinstance(image, RemoteImage) for image in images):
            return tuple(_refused(image) for image in images)
        check_open()
        if not self._free.acquire(blocking=False):
            raise QueueFullError(f"{self._most} requests fetch images by URL, {self._most} allowed")
        try:
            return self._fetch_all(self._fetcher, images, deadline)
        finally:
            self._free.release()

    def _fetch_all(
        self, fetcher: Fetcher, images: Sequence[ImageSource], deadline: Deadline
    ) -> tuple[bytes | RequestError, ...]:
        found: list[bytes | RequestError] = []
        taken = 0
        for image in images:
            if not isinstance(image, RemoteImage):
                found.append(image)
                continue
            deadline.check("decode")
            try:
                data = fetcher.fetch(image.url, taken, deadline)
            except RequestError as error:
                found.append(error)
            else:
                found.append(data)
                taken += len(data)
        deadline.check("decode")  # rather than a host's failure, where it was the request's time that cut it short
        return tuple(found)


def _refused(image: ImageSource) -> bytes | RequestError:
    if isinstance(image, RemoteImage):
        return UrlNotAllowedError("this service fetches no images by URL; send the image itself")
    return image
