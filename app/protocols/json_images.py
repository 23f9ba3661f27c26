"""The images of a JSON object: base64, data URLs, or the URLs of images that lie elsewhere."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from msgspec import Meta

from app.errors import MalformedRequestError, RequestError
from app.fetching.remote_image import ImageSource, RemoteImage
from app.protocols.request import check_count

Base64Text = Annotated[str, Meta(extra_json_schema={"contentEncoding": "base64", "minLength": 1})]
"""An image where a msgspec type tells the members: what is wrong with it is found out when it is decoded."""

_NO_WHITE_SPACE = str.maketrans("", "", " \t\r\n")


def json_images(members: Mapping[str, Any], most: int) -> tuple[list[ImageSource], bool]:
    """The images of a JSON object, and whether they came as a list.

    Raises:
        MalformedRequestError: There are several of the members that hold images, or one is no list that should be.
        TooManyImagesError: There are more images than *most*.
    """
    given = [name for name in IMAGE_MEMBERS if name in members]
    if len(given) > 1:
        raise MalformedRequestError(f"send one of {', '.join(IMAGE_MEMBERS)}, not {' and '.join(given)}")
    if not given:
        return [], False
    (name,) = given
    value, several, unpack = members[name], name.endswith("s"), _UNPACK[name]
    if not several:
        return [unpack(value)], False
    if not isinstance(value, list):
        raise MalformedRequestError(f"{name} is not a list")
    check_count(len(value), most)
    return [unpack(text) for text in value], True


def decode_base64(text: object) -> bytes | RequestError:
    """The bytes of base64 or of a data URL, or why there are none."""
    if not isinstance(text, str):
        return MalformedRequestError("the image is not a string of base64")
    if text.startswith("data:"):
        head, comma, text = text.partition(",")
        if not comma or not head.endswith(";base64"):
            return MalformedRequestError("the data URL holds no base64")
    if not text.isascii():  # of which there may be millions, and taking spaces out of such a text takes seconds
        return MalformedRequestError("the image is not valid base64")
    try:
        return base64.b64decode(text.translate(_NO_WHITE_SPACE), validate=True)
    except (binascii.Error, ValueError):
        return MalformedRequestError("the image is not valid base64")


def _locate(text: object) -> RemoteImage | RequestError:
    return RemoteImage(text) if isinstance(text, str) else MalformedRequestError("the URL is not a string")


_UNPACK: dict[str, Callable[[object], ImageSource]] = {
    "image": decode_base64,
    "images": decode_base64,
    "url": _locate,
    "urls": _locate,
}
IMAGE_MEMBERS = tuple(_UNPACK)
