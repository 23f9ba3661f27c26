"""What an event asks for, whoever sent it, and what comes of it. Pure values: no framework, no platform."""

from dataclasses import dataclass

SECONDS = "ocr.seconds"
"""In the environment of a request that came inside an event: for how long its platform waits for the answer."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """An HTTP request that a gateway wrapped into an event.

    query: without the question mark, as it was on the wire. headers: in order; names as the gateway writes them.
    client: the address that the gateway says the request came from, or nothing.
    """

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    client: str = ""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """The service's answer to an :class:`HttpCall`. headers: in order, without those of the connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class ObjectCall:
    """An object in a bucket that an event says has come.

    store: the service that holds the bucket, by the scheme of its addresses: ``s3``, ``oss``, ``cos`` or ``obs``.
    key: as it is, not as URLs write it. size: bytes by the event, or None.
    """

    store: str
    region: str
    bucket: str
    key: str
    size: int | None = None
