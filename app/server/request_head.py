"""What of a request's head decides where the request ends. Whether it is valid is for gunicorn's parser to say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

_LENGTH = re.compile(r"[0-9]{1,18}")


class Framing(Enum):
    """How the end of a body is found."""

    LENGTH = "length"
    CHUNKED = "chunked"
    UNCLEAR = "unclear"  # more than one way to read it, or none: nothing after the head is to be believed


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A head as far as the event loop needs it. headers: by lower-case name, repeated ones joined with commas."""

    method: str
    path: str
    headers: Mapping[str, str]
    framing: Framing
    length: int
    expects_continue: bool

    @property
    def has_body(self) -> bool:
        """Whether anything follows the head."""
        return self.framing is Framing.CHUNKED or self.length > 0


def parse_head(raw: bytes) -> RequestHead:
    """Read *raw*, from the request line to the empty line; one empty line may stand in front (RFC 9112 section 2.2)."""
    lines = raw.decode("latin-1").removeprefix("\r\n").removesuffix("\r\n\r\n").split("\r\n")
    words = lines[0].split(" ")
    method, target, version = words if len(words) == 3 else ("", "", "")
    fields = [(name.lower(), value.strip(" \t")) for name, _, value in (line.partition(":") for line in lines[1:])]
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    headers = {name: ", ".join(given) for name, given in values.items()}
    lengths = [value for name, value in fields if name == "content-length"]
    codings = [value for name, value in fields if name == "transfer-encoding"]
    framing, length = _framing(version, lengths, codings)
    expects = version == "HTTP/1.1" and headers.get("expect", "").lower() == "100-continue"
    return RequestHead(method, target.partition("?")[0], headers, framing, length, expects)


def _framing(version: str, lengths: list[str], codings: list[str]) -> tuple[Framing, int]:
    """RFC 9112 section 6.3, without its tolerance: two lengths, or a length and a coding, are how smuggling begins."""
    if codings:
        plain = version == "HTTP/1.1" and not lengths and len(codings) == 1 and codings[0].lower() == "chunked"
        return (Framing.CHUNKED if plain else Framing.UNCLEAR), 0
    if not lengths:
        return Framing.LENGTH, 0
    if len(lengths) == 1 and _LENGTH.fullmatch(lengths[0]):
        return Framing.LENGTH, int(lengths[0])
    return Framing.UNCLEAR, 0
