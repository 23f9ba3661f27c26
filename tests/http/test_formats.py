"""The formats of answers over real HTTP: pinned byte by byte, chosen as they should be, true to what is on the page."""

import base64
import csv
import io
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pypdfium2 import PdfDocument

from app.version import VERSION
from tests import pdf_files

_GOLDENS = Path(__file__).with_name("goldens") / "formats"
_PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFUlEQVR4nGP8//8/AzbAhFV00EoAAFbUAw037MyjAAAAAElFTkSuQmCC"
)


@pytest.mark.parametrize("golden", sorted(_GOLDENS.iterdir()), ids=lambda file: file.suffix[1:])
def test_the_answer_is_the_golden(null_service: Any, golden: Path) -> None:
    """To the byte, but for the version: two pages of a document and an image, as pages of one file."""
    files = [("file", pdf_files.painted(1, 2)), ("file", _PICTURE)]
    form = {"format": {"txt": "text"}.get(golden.suffix[1:], golden.suffix[1:]), "dpi": "72"}
    response = null_service.client.post("/ocr", files=files, data=form)
    assert response.status_code == 200, response.text
    assert response.text.replace(f"{VERSION}", "VERSION") == golden.read_text(encoding="utf-8")


def test_curl_gets_json_and_browsers_a_page(null_service: Any) -> None:
    """By ``Accept`` where no format is named; what is named wins."""
    heard = {}
    for accept in ("*/*", "text/plain", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "video/mp4"):
        response = null_service.client.post("/ocr", content=_PICTURE, headers={"Accept": accept})
        heard[accept[:10]] = response.headers["content-type"]
    assert list(heard.values()) == [
        "application/json",
        "text/plain; charset=utf-8",
        "text/html; charset=utf-8",
        "application/json",
    ]
    named = null_service.client.post("/ocr?format=tsv", content=_PICTURE, headers={"Accept": "text/plain"})
    assert named.headers["content-type"].startswith("text/tab-separated-values")


def test_hocr_keeps_its_own_policy(null_service: Any) -> None:
    """Not that of the service's pages, which may run the service's scripts."""
    response = null_service.client.post("/ocr?format=hocr", content=_PICTURE)
    assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"


@pytest.mark.parametrize("name", ["text", "pdf", "png"])
def test_errors_are_problem_documents_in_every_format(null_service: Any, name: str) -> None:
    """With the status that they always have, and the place of what could not be read."""
    response = null_service.client.post("/ocr", params={"format": name}, content=b"no image")
    assert (response.status_code, response.headers["content-type"]) == (415, "application/problem+json")
    files = [("file", _PICTURE), ("file", b"no image")]
    response = null_service.client.post("/ocr", params={"format": name}, files=files)
    assert response.headers["content-type"] == "application/problem+json"
    expected = "png has one page for an answer" if name == "png" else "image 2: "
    assert response.json()["detail"].startswith(expected)


def test_an_error_is_counted_once(null_service: Any) -> None:
    """Though it befell one image, and is the request's."""
    before = null_service.metric("ocr_errors_total", code="unsupported_media_type")
    files = [("file", _PICTURE), ("file", b"no image")]
    null_service.client.post("/ocr", params={"format": "text"}, files=files)
    assert null_service.metric("ocr_errors_total", code="unsupported_media_type") == before + 1


def test_a_picture_of_a_document_is_its_first_page(null_service: Any) -> None:
    """That there are more stands in the head; the one that is wanted is shown."""
    data = pdf_files.painted(1, 2, 3)
    first = null_service.ocr(data, format="png", dpi=72)
    third = null_service.ocr(data, format="png", pages="3", dpi=72)
    assert (first.headers["x-truncated"], third.headers.get("x-truncated")) == ("true", None)
    shapes = [cv2.imdecode(np.frombuffer(each.content, np.uint8), 1).shape for each in (first, third)]
    assert shapes == [(100, 200, 3)] * 2
    assert first.content != third.content


@pytest.fixture(scope="module")
def scan() -> bytes:
    """A document of an English and a Chinese page."""
    return pdf_files.scanned("page.png", "chinese.png")


def test_every_format_holds_the_same_text(small_service: Any, labels: dict[str, list[str]], scan: bytes) -> None:
    """That which is on the pages, from first to last."""
    expected = [line for name in ("page.png", "chinese.png") for line in labels[name]]
    text = small_service.ocr(scan, format="text", dpi=144).text
    assert text.split("\f")[0].split() == " ".join(labels["page.png"]).split()
    rows = csv.DictReader(io.StringIO(small_service.ocr(scan, format="tsv", dpi=144).text), delimiter="\t", quoting=3)
    assert " ".join(row["text"] for row in rows if row["level"] == "5") == " ".join(expected)
    document = PdfDocument(small_service.ocr(scan, format="pdf", dpi=144).content)
    found = "".join(document[index].get_textpage().get_text_range() for index in range(2))
    assert "".join(found.split()) == "".join("".join(expected).split())


def test_a_searchable_pdf_is_as_large_as_the_pages_were(small_service: Any, scan: bytes) -> None:
    """Whatever the resolution at which they were rendered."""
    pages = [PdfDocument(scan)[index].get_size() for index in range(2)]
    for dpi in (100, 144):
        document = PdfDocument(small_service.ocr(scan, format="pdf", dpi=dpi).content)
        for index, (width, height) in enumerate(pages):
            assert document[index].get_size() == pytest.approx((width, height), abs=1)


def test_the_openapi_document_knows_every_format(null_service: Any) -> None:
    """The option's values, and a media type for each answer."""
    operation = null_service.client.get("/openapi.json").json()["paths"]["/ocr"]["post"]
    (option,) = [each for each in operation["parameters"] if each["name"] == "format"]
    answers = operation["responses"]["200"]["content"]
    for name in option["schema"]["enum"]:
        response = null_service.client.post("/ocr", params={"format": name}, content=_PICTURE)
        assert response.headers["content-type"].partition(";")[0] in answers
    assert json.dumps(answers["application/pdf"]) == '{"schema": {"type": "string", "format": "binary"}}'
