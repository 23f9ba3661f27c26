"""A request's body in memory, for as long as it takes to read it."""

from io import BytesIO


class BodyStream(BytesIO):
    """Filled by the event loop, then read once: at its end the memory is given back, while the request goes on."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to *size* bytes, as ``BytesIO`` does."""
        data = super().read(size)
        if self.tell() == self.getbuffer().nbytes:
            self.seek(0)
            self.truncate()
        return data
