"""Spaces between words that hard compression costs, and what brings them back."""

import io

import pytest
from PIL import Image

from tests.conftest import IMAGES, Service


@pytest.fixture
def pressed() -> list[bytes]:
    """The page as JPEGs that were compressed hard."""
    files = []
    for quality in (20, 12, 8, 6):
        stream = io.BytesIO()
        Image.open(IMAGES / "page.png").convert("RGB").save(stream, "JPEG", quality=quality)
        files.append(stream.getvalue())
    return files


def lines(service: Service, file: bytes, **options: str) -> list[str]:
    """What is read."""
    (page,) = service.ocr(file, **options).json()["pages"]
    return [line["text"] for line in page["lines"]]


def test_likely_spaces_are_those_that_were_lost(
    small_service: Service, pressed: list[bytes], labels: dict[str, list[str]]
) -> None:
    """Fewer words stick together; what is read is the same but for spaces, and by itself as it always was."""
    lost = {"sure": 0, "likely": 0}
    for file in pressed:
        read = {spaces: lines(small_service, file, spaces=spaces) for spaces in lost}
        assert read["sure"] == lines(small_service, file)
        assert ["".join(text.split()) for text in read["sure"]] == ["".join(text.split()) for text in read["likely"]]
        for spaces, texts in read.items():
            lost[spaces] += sum(map(len, map(str.split, labels["page.png"]))) - sum(map(len, map(str.split, texts)))
    assert abs(lost["likely"]) <= lost["sure"] / 2, lost


def test_words_and_formats_have_them_too(small_service: Service, pressed: list[bytes]) -> None:
    """The words of a line make up its text, and every format is of the same text."""
    (page,) = small_service.ocr(pressed[0], spaces="likely", words="true").json()["pages"]
    for line in page["lines"]:
        assert "".join(word["text"] for word in line["words"]) == line["text"]
    assert small_service.ocr(pressed[0], spaces="likely", format="text").text == page["text"] + "\n"
