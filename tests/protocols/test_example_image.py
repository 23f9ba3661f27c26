"""The picture that the API's description is illustrated with."""

import base64
from io import BytesIO

import pytest
from PIL import Image

from app.protocols.example_image import EXAMPLE_IMAGE, EXAMPLE_TEXT


@pytest.mark.parametrize("model", ["pp-ocrv6-tiny", "pp-ocrv6-small"])
def test_the_example_is_read(start_service, model):
    """Whoever sends the example as it is shown gets the text that is said to stand on it, from the small models too."""
    answer = start_service(model=model).client.post("/ocr", json={"image": EXAMPLE_IMAGE})
    assert (answer.status_code, answer.json()["text"]) == (200, EXAMPLE_TEXT)


def test_the_example_is_small():
    """It can stand in a document that people read, and is the picture that its description says."""
    assert len(EXAMPLE_IMAGE) < 500
    with Image.open(BytesIO(base64.b64decode(EXAMPLE_IMAGE))) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "1", (163, 51))
