"""What a request holds in the place of an image's bytes when it names a URL."""

from dataclasses import dataclass, field

from app.errors import RequestError


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An image that lies elsewhere. url: as the client wrote it, unchecked; never shown, for URLs carry signatures."""

    url: str = field(repr=False)


ImageSource = bytes | RequestError | RemoteImage
"""An image as a dialect unpacked it, why it could not be, or where it lies."""
