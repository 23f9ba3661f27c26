"""Documents over real HTTP: page by page, in order, and a clear answer where that cannot be."""

import base64
import io
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from tests import pdf_files

WANTED = ("latin.png", "chinese.png", "page.png")


def many_pages(count: int) -> bytes:
    """A small document of so many pages: all of them the same object."""
    data = pdf_files.painted(1)
    return data.replace(b"/Count 1 /Kids [10 0 R]", b"/Count %d /Kids [%s]" % (count, b"10 0 R " * count))


@pytest.fixture(scope="module")
def document() -> bytes:
    """A PDF of three scanned pages."""
    return pdf_files.scanned(*WANTED)


def texts(response: Any) -> list[str]:
    """The text of each page."""
    assert response.status_code == 200, response.text
    return [page["text"] for page in response.json()["pages"]]


@pytest.mark.parametrize("make", [pdf_files.scanned, pdf_files.scanned_tiff], ids=["pdf", "tiff"])
def test_a_document_gives_its_pages_in_order(small_service: Any, labels: dict[str, list[str]], make: Any) -> None:
    """Three pages, each with its own text, its index and its own size; the document's text is all."""
    response = small_service.ocr(make(*WANTED), dpi=144)
    expected = ["\n".join(labels[name]) for name in WANTED]
    assert texts(response) == expected
    answer = response.json()
    assert [page["index"] for page in answer["pages"]] == [0, 1, 2]
    assert answer["text"] == "\n\n".join(expected)
    assert answer["truncated"] is False
    assert len({(page["width"], page["height"]) for page in answer["pages"]}) == 3


def test_the_pages_that_are_asked_for_come_back(
    small_service: Any, labels: dict[str, list[str]], document: bytes
) -> None:
    """By query and by JSON, with the index that they have in the document."""
    response = small_service.ocr(document, pages="2-3", dpi=144)
    assert texts(response) == ["\n".join(labels[name]) for name in WANTED[1:]]
    assert [page["index"] for page in response.json()["pages"]] == [1, 2]
    body = {"image": base64.b64encode(document).decode(), "pages": 3, "dpi": 144}
    response = small_service.client.post("/ocr", json=body)
    assert texts(response) == ["\n".join(labels["page.png"])]


def test_pages_come_with_their_pictures(small_service: Any, document: bytes) -> None:
    """Each a JPEG of the page that its coordinates are of, and how many pages there are, whichever were asked for."""
    answer = small_service.ocr(document, pages="1,3", picture="true").json()
    assert answer["page_count"] == 3
    for page in answer["pages"]:
        kind, _, data = page["picture"].partition(",")
        picture = Image.open(io.BytesIO(base64.b64decode(data)))
        assert (kind, picture.format) == ("data:image/jpeg;base64", "JPEG")
        assert picture.size == (page["width"], page["height"])
        left, top, right, bottom = page["lines"][0]["box"]
        ink = np.asarray(picture.convert("L")) < 128
        assert ink[top:bottom, left:right].mean() > 0.05
        assert not ink[:, : left // 2].any()


def test_documents_and_pictures_go_together(
    small_service: Any, image: Any, labels: dict[str, list[str]], document: bytes
) -> None:
    """In one request, each in its place; which pages are wanted holds for every one."""
    files = [("file", document), ("file", image("photo.jpg")), ("file", document)]
    results = small_service.client.post("/ocr", files=files, params={"pages": "1", "dpi": 144}).json()["results"]
    assert [result["text"] for result in results] == [
        "\n".join(labels[name]) for name in ("latin.png", "photo.jpg", "latin.png")
    ]
    results = small_service.client.post("/ocr", files=files, params={"pages": "2-"}).json()["results"]
    assert [result.get("error", {}).get("detail") for result in results] == [None, "page 2 > 1 page", None]


def test_the_resolution_is_the_requests(small_service: Any, document: bytes) -> None:
    """A page has as many pixels as its size and the resolution make: 200 dpi where nothing is said."""
    usual, half = (
        small_service.ocr(document, pages="1", **options).json()["pages"][0] for options in ({}, {"dpi": 100})
    )
    assert (usual["width"], usual["height"]) == (778, 403)
    assert (half["width"], half["height"]) == (389, 202)


@pytest.mark.parametrize(
    ("data", "query", "status", "code", "detail"),
    [
        (pdf_files.encrypted(), {}, 422, "document_encrypted", "the document is encrypted, and wants a password"),
        (pdf_files.painted(1)[:300], {}, 400, "broken_image", "the PDF cannot be opened"),
        (pdf_files.painted(1, 2), {"pages": "1,7"}, 422, "invalid_option", "page 7 > 2 pages"),
        (pdf_files.painted(1, 2), {"pages": "3-"}, 422, "invalid_option", "page 3 > 2 pages"),
        (
            pdf_files.painted(1, box=b"0 0 9000000 9000000"),
            {},
            413,
            "image_too_large",
            "a page of 9e+06 x 9e+06 points > what is allowed at 7.2 dpi",
        ),
        (many_pages(1001), {}, 413, "too_many_frames", "more than 1000 frames > 1000 allowed"),
    ],
)
def test_what_cannot_be_read_is_told(  # noqa: PLR0917 - a table
    null_service: Any, data: bytes, query: dict[str, str], status: int, code: str, detail: str
) -> None:
    """Encrypted, broken, without the page that is wanted, beyond all measure: each has its code and says why."""
    response = null_service.ocr(data, **query)
    assert response.status_code == status
    assert (response.json()["code"], response.json()["detail"]) == (code, detail)


def test_a_broken_page_is_told_in_its_place(null_service: Any) -> None:
    """The other pages are read, and the error is counted."""
    before = null_service.metric("ocr_errors_total", code="broken_image")
    data = pdf_files.painted(1, 2, 3).replace(b"12 0 R", b"99 0 R")
    first, second, third = null_service.ocr(data).json()["pages"]
    assert (first["index"], third["index"]) == (0, 2)
    assert second == {"index": 1, "error": {"code": "broken_image", "detail": "page 2 cannot be opened"}}
    assert null_service.metric("ocr_errors_total", code="broken_image") == before + 1


def test_of_too_many_pages_the_first_are_read(start_service: Any) -> None:
    """As many as the service is set to, and it says that there were more; who wants others names them."""
    service = start_service(engine="null", max_pages=2, pdf_dpi=72)
    whole = service.ocr(pdf_files.painted(1, 2, 3, 4)).json()
    assert ([page["index"] for page in whole["pages"]], whole["truncated"]) == ([0, 1], True)
    assert whole["pages"][0]["width"] == 200
    rest = service.ocr(pdf_files.painted(1, 2, 3, 4), pages="3-").json()
    assert ([page["index"] for page in rest["pages"]], rest["truncated"]) == ([2, 3], False)
    assert service.client.get("/info").json()["limits"]["max_pages"] == 2


def test_no_start_pays_for_pdfs(start_service: Any, image: Any) -> None:
    """PDFium is loaded by the first PDF, in a decoder: neither the worker, nor the nursery, nor a picture needs it."""
    service = start_service(engine="null")

    def having_pdfium() -> set[str]:
        maps = {process.name(): process.memory_maps() for process in all_processes(service)}
        return {name for name, mapped in maps.items() if any("libpdfium" in one.path for one in mapped)}

    assert service.ocr(image("latin.png")).status_code == 200
    assert having_pdfium() == set()
    assert service.ocr(pdf_files.painted(1)).status_code == 200
    assert having_pdfium() == {"ocr-decoder"}


def all_processes(service: Any) -> list[psutil.Process]:
    """The service's processes."""
    return psutil.Process(service.process.pid).children(recursive=True)
