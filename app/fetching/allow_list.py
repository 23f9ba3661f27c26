"""Which hosts images may be fetched from, as the operator wrote it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import ConfigurationError, RequestError
from app.fetching.location import DEFAULT_PORTS, Location, Scheme, parse_host

_ENTRY = re.compile(
    r"(?:(?P<scheme>https?)://)?(?P<below>\*\.)?(?P<host>\*|[^*/?#@:\[\]\s\\]+)(?::(?P<port>[0-9]{1,5}))?"
)
_ANY = "*"


@dataclass(frozen=True, slots=True)
class _Entry:
    """Of hosts: "*" is any; with below: those below it, not itself."""

    scheme: Scheme
    host: str
    port: int
    below: bool

    def covers(self, location: Location) -> bool:
        if (location.scheme, location.port) != (self.scheme, self.port):
            return False
        if self.below:
            return location.host.endswith(f".{self.host}")
        return self.host in {_ANY, location.host}


class AllowList:
    """Scheme, host and port must be those of an entry."""

    def __init__(self, entries: Iterable[_Entry]) -> None:
        self._entries = tuple(entries)

    @classmethod
    def parse(cls, text: str) -> "AllowList":
        """Entries with commas between them; see docs/urls.md.

        Raises:
            ConfigurationError: One of them is no entry.
        """
        return cls(_entry(part) for part in map(str.strip, text.split(",")) if part)

    def __bool__(self) -> bool:
        return bool(self._entries)

    def covers(self, location: Location) -> bool:
        """Whether *location* may be fetched from, as far as its name goes."""
        return any(entry.covers(location) for entry in self._entries)


def _entry(text: str) -> _Entry:
    match = _ENTRY.fullmatch(text.lower())
    if match is None or (match["below"] and match["host"] == _ANY):
        raise ConfigurationError(
            f"OCR_URL_HOSTS: {text!r} is no host, *.host or *, with http:// before or :port behind"
        )
    scheme: Scheme = "http" if match["scheme"] == "http" else "https"
    try:
        host = _ANY if match["host"] == _ANY else parse_host(match["host"])
    except RequestError:
        raise ConfigurationError(f"OCR_URL_HOSTS: {text!r} names no host; addresses are never fetched from") from None
    port = int(match["port"] or DEFAULT_PORTS[scheme])
    if not 1 <= port <= 65535:
        raise ConfigurationError(f"OCR_URL_HOSTS: {text!r} has no port between 1 and 65535")
    return _Entry(scheme, host, port, below=match["below"] is not None)
