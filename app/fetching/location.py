"""A URL taken apart: strictly, so that nobody downstream can read it in another way."""

import re
import string
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import quote, urlsplit

from app.errors import MalformedRequestError, UrlNotAllowedError

MOST_CHARACTERS = 8192

Scheme = Literal["https", "http"]
DEFAULT_PORTS: dict[str, int] = {"https": 443, "http": 80}

# White space and control characters, which parsers skip here and there, and the backslash, which some take for a slash.
_MISREAD = re.compile(r"[\x00-\x20\x7f\\]")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# By the URL Standard a host whose last label is such a number is an IPv4 address, in one of its many spellings.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_AS_THEY_ARE = string.punctuation + string.digits


@dataclass(frozen=True, slots=True)
class Location:
    """Where to fetch from. host: in ASCII and lower case, never an address; target: path and query for the request."""

    scheme: Scheme
    host: str
    port: int
    target: str = field(default="/", repr=False)

    @property
    def authority(self) -> str:
        """The value of the Host header: without the port where it is the scheme's own."""
        return self.host if self.port == DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_location(url: str) -> Location:
    """Take *url* apart. Its fragment is dropped, which is never sent.

    Raises:
        MalformedRequestError: It is no URL, or too long a one.
        UrlNotAllowedError: It is one that is fetched for nobody: its scheme is another, it holds a user name, or an
            address in the place of a host name.
    """
    if len(url) > MOST_CHARACTERS:
        raise MalformedRequestError(f"a URL of {len(url)} characters > {MOST_CHARACTERS} allowed")
    if _MISREAD.search(url):
        raise MalformedRequestError("the URL holds white space, a control character or a backslash")
    try:
        parts = urlsplit(url)
        port = parts.port
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_AS_THEY_ARE)
    except ValueError:  # a surrogate that stands alone among them
        raise MalformedRequestError("the URL is malformed") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise UrlNotAllowedError("only https URLs are fetched, and http ones where the service's list says so")
    if "@" in parts.netloc:
        raise UrlNotAllowedError("a URL with a user name in it is not fetched")
    host = parse_host(parts.hostname or "")
    if port == 0:
        raise MalformedRequestError("the URL is malformed")
    scheme: Scheme = "https" if parts.scheme == "https" else "http"
    return Location(scheme, host, port or DEFAULT_PORTS[scheme], target)


def parse_host(host: str) -> str:
    """*host* in ASCII (IDNA 2003, as the standard library has it) and lower case, without the root's dot.

    Raises:
        MalformedRequestError: It is no host name.
        UrlNotAllowedError: It is an address, in whatever spelling.
    """
    if ":" in host or "[" in host:
        raise UrlNotAllowedError("a URL with an address in the place of a host name is not fetched")
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise MalformedRequestError("the URL's host is no host name") from None
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        raise UrlNotAllowedError("a URL with an address in the place of a host name is not fetched")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise MalformedRequestError("the URL's host is no host name")
    return name
