"""Fetches an image by its URL: the rules of docs/urls.md, step by step and redirect by redirect."""

import http.client
import ssl
from dataclasses import dataclass
from urllib.parse import urljoin

from app.errors import BodyTooLargeError, UrlNotAllowedError, UrlUnreachableError
from app.fetching.addresses import is_public
from app.fetching.allow_list import AllowList
from app.fetching.connection import Exchange, Policy, check_addresses, connect, wrap
from app.fetching.location import Location, parse_location
from app.fetching.resolver import Resolver
from app.scheduling.deadline import Deadline

_MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches from hosts on a list and from addresses that a policy lets through. Thread-safe.

    seconds: for all of one image. max_bytes: of all images of a request.
    """

    allowed: AllowList
    resolver: Resolver
    tls: ssl.SSLContext
    user_agent: str
    seconds: float
    max_bytes: int
    policy: Policy = is_public

    def fetch(self, url: str, taken: int, deadline: Deadline) -> bytes:
        """The bytes behind *url*, where the images before it had *taken* bytes.

        Raises:
            MalformedRequestError: It is no URL.
            UrlNotAllowedError: It, or one that it redirects to, is not to be fetched from.
            UrlUnreachableError: There is nothing to be had behind it within the time.
            BodyTooLargeError: It is too large.
        """
        clock = Deadline(min(self.seconds, deadline.remaining()))
        location = parse_location(url)
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                found = self._get(location, taken, clock)
                if isinstance(found, bytes):
                    return found
                location = _next(location, found)
        except (OSError, ValueError, http.client.HTTPException):
            late = f"no image within {self.seconds:g} s" if clock.remaining() <= 0 else "the connection broke"
            raise UrlUnreachableError(f"the URL's host answered amiss: {late}") from None
        raise UrlUnreachableError(f"the URL redirects more than {_MOST_REDIRECTS} times > {_MOST_REDIRECTS} allowed")

    def _get(self, location: Location, taken: int, clock: Deadline) -> bytes | str:
        """What *location* holds, or the URL that it redirects to."""
        if not self.allowed.covers(location):
            raise UrlNotAllowedError("the URL's scheme, host and port are none that this service fetches from")
        # Looked up once, and connected to what was checked: a name that means something else next time gains nothing.
        addresses = self.resolver.addresses(location.host, location.port, clock)
        check_addresses(addresses, self.policy)
        connection = connect(addresses, location.port, self.policy, clock)
        if location.scheme == "https":
            connection = wrap(connection, location.host, self.tls, clock)
        with connection:
            response = Exchange(connection, clock).get(location, self.user_agent)
            if response.status in _REDIRECTS:
                return response.headers.get("Location", "")
            return self._body(response, taken)

    def _body(self, response: http.client.HTTPResponse, taken: int) -> bytes:
        if response.status != 200:
            raise UrlUnreachableError(f"the URL's host answered with status {response.status}, not 200")
        _check_plain(response)
        declared = response.length  # None: chunks, or up to the end of the connection
        if declared is not None and taken + declared > self.max_bytes:
            raise BodyTooLargeError(f"images by URL of {taken + declared} bytes > {self.max_bytes} allowed")
        body = bytearray()
        while chunk := response.read(min(_CHUNK_BYTES, self.max_bytes + 1 - taken - len(body))):
            body += chunk
            if taken + len(body) > self.max_bytes:
                raise BodyTooLargeError(f"images by URL of more than {self.max_bytes} bytes > {self.max_bytes} allowed")
        if declared is not None and len(body) < declared:
            raise UrlUnreachableError(f"the image by URL ended after {len(body)} of {declared} bytes")
        return bytes(body)


def _check_plain(response: http.client.HTTPResponse) -> None:
    """Refuse what would have to be unpacked: no decompression bomb can go off where nothing is decompressed."""
    encodings = [value.strip().lower() for value in response.headers.get_all("Content-Encoding", [])]
    transfers = [value.strip().lower() for value in response.headers.get_all("Transfer-Encoding", [])]
    if any(encoding not in {"", "identity"} for encoding in encodings) or transfers not in ([], ["chunked"]):
        raise UrlUnreachableError("the URL's host sent an encoded body, which was not asked for")


def _next(location: Location, target: str) -> Location:
    """Where a redirect from *location* leads.

    Raises:
        MalformedRequestError, UrlNotAllowedError: As for the URL itself; or from https to http.
    """
    if not target:
        raise UrlUnreachableError("the URL redirects to nowhere")
    # http.client reads headers as Latin-1; a path that was not escaped is UTF-8.
    target = target.encode("latin-1").decode("utf-8", "replace")
    then = parse_location(urljoin(location.url, target))
    if location.scheme == "https" and then.scheme != "https":
        raise UrlNotAllowedError("the URL redirects from https to http")
    return then
