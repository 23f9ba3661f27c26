"""What is sent to a service to see it refuse it, with the answers that are right."""

from __future__ import annotations

from dataclasses import dataclass, field

OK = "ok"
CLOSED = "closed"
"""The connection was closed without an answer: right where what came was no HTTP."""

BROKEN = frozenset({"broken_image"})
TOO_LARGE = frozenset({"image_too_large"})
TOO_MANY_FRAMES = frozenset({"too_many_frames"})
UNSUPPORTED = frozenset({"unsupported_media_type"})
ENCRYPTED = frozenset({"document_encrypted"})
MALFORMED = frozenset({"malformed_request"})
READ = frozenset({OK})
ANY_IMAGE = frozenset({OK}) | BROKEN | TOO_LARGE | TOO_MANY_FRAMES | UNSUPPORTED | ENCRYPTED
"""Of a file that is damaged at random, or somebody else's."""


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file in an image's place. allowed: problem codes, or ``ok`` where a picture may be read in it."""

    name: str
    data: bytes = field(repr=False)
    allowed: frozenset[str] = ANY_IMAGE

    @property
    def kind(self) -> str:
        """The first word of its name, by which it is counted."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True)
class HostileRequest:
    """A request to the byte, after which the sender says no more. allowed: codes, ``ok``, ``closed``, or statuses.

    is_http: whether it is HTTP at all, so that it must be answered, and by a problem document if by an error.
    """

    name: str
    data: bytes = field(repr=False)
    allowed: frozenset[str]
    is_http: bool = True

    @property
    def kind(self) -> str:
        """The first word of its name, by which it is counted."""
        return self.name.partition("/")[0]

    @property
    def ends(self) -> bool:
        """Whether the sender closes its side behind it, because more would be waited for."""
        return not self.is_http or CLOSED in self.allowed
