"""What clients may take of a worker's memory and time."""

from dataclasses import dataclass

from app.settings import Settings

_MAX_HEAD_BYTES = 65_536
_BODIES = 4
"""Of the largest bodies, as many may be arriving at a time where no memory is set for them."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bytes, seconds and bytes a second; see docs/settings.md."""

    max_bytes: int
    buffer_bytes: int
    read_seconds: float
    read_rate: int
    keepalive_seconds: float
    max_head_bytes: int = _MAX_HEAD_BYTES
    max_line_bytes: int = 4094

    @classmethod
    def of(cls, settings: Settings, max_line_bytes: int) -> "ServerLimits":
        """The limits that *settings* set, and the longest request line that gunicorn's parser takes (0: any)."""
        return cls(
            max_bytes=settings.max_bytes,
            buffer_bytes=settings.buffer_bytes or _BODIES * settings.max_bytes,
            read_seconds=settings.read_seconds,
            read_rate=settings.read_rate,
            keepalive_seconds=settings.keepalive_seconds,
            max_line_bytes=max_line_bytes or _MAX_HEAD_BYTES,
        )
