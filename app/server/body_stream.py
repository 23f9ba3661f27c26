"""A request's body in memory, for as long as it takes to read it."""

from io import BytesIO
from typing import Any


class BodyStream(BytesIO):
    """Filled by the event loop, then read once: at its end the memory is given back, while the request goes on."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to *size* bytes, as ``BytesIO`` does."""
        data = super().read(size)
        self._give_back_at_end()
        return data

    def readinto(self, buffer: Any, /) -> int:
        """Fill *buffer*, as ``BytesIO`` does: the way in which the framework reads."""
        count = super().readinto(buffer)
        self._give_back_at_end()
        return count

    def _give_back_at_end(self) -> None:
        if self.tell() == self.getbuffer().nbytes:
            self.seek(0)
            self.truncate()
