"""Answers by pages over real HTTP: the first is out while the last is read, and none that is cut is taken for whole."""

import base64
import contextlib
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from tests import pdf_files
from tests.faults import faults

Service = Any
Line = dict[str, Any]
ACCEPT = {"Accept": "application/x-ndjson"}
GOOD = 40
"""The height of a page with which nothing is wrong."""


def painted(*heights: int) -> bytes:
    """A PDF of a page for each height, pixels at 72 dpi."""
    kids = b" ".join(b"%d 0 R" % (10 + number) for number in range(len(heights)))
    objects = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Count %d /Kids [%s] >>"}
    objects[2] %= len(heights), kids
    for number, height in enumerate(heights):
        objects[10 + number] = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 64 %d] >>" % height
    return pdf_files.pdf(objects)


def lines_of(response: httpx2.Response) -> list[Line]:
    """The objects of an answer, one a line."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    assert "content-length" not in response.headers
    assert response.text.endswith("\n")
    return [json.loads(line) for line in response.text.splitlines()]


@pytest.fixture(scope="module")
def service(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The small tier."""
    with running(tmp_path_factory.mktemp("ndjson"), wait=True) as service:
        yield service


@pytest.fixture
def start_faulty(start_service: Callable[..., Service]) -> Callable[..., Service]:
    """Start a service whose engine does what pictures tell it to."""
    common = {"engine": "null", "cpus": 2, "app_module": "tests.faults.wsgi_faulty:app"}
    return lambda **settings: start_service(**(common | settings))


def eventually(seen: Callable[[], Any]) -> None:
    """Wait until something is seen."""
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_pages_are_those_of_a_whole_answer(service: Service) -> None:
    """The same members in the same order, and behind them the totals under the request's id."""
    document = pdf_files.scanned("latin.png", "chinese.png", "page.png")
    whole = service.ocr(document).json()
    response = service.client.post("/ocr", content=document, headers=ACCEPT | {"X-Request-Id": "by-page"})
    *pages, totals = lines_of(response)
    assert pages == [{"page_count": 3} | page for page in whole["pages"]]
    assert (totals["id"], totals["model"], totals["pages"]) == ("by-page", whole["model"], 3)
    assert totals["page_count"] == 3
    assert totals["truncated"] is False
    assert totals["timings_ms"].keys() == whole["timings_ms"].keys()
    assert response.headers["x-request-id"] == "by-page"
    assert lines_of(service.ocr(document, format="ndjson"))[:-1] == pages


def test_pages_come_with_their_pictures(null_service: Service) -> None:
    """Each with its own, where that is asked for; and how many there are is known with the first, wanted or not."""
    document = pdf_files.painted(10, 20, 30)
    query = {"picture": "true", "pages": "2-3"}
    *pages, totals = lines_of(null_service.ocr(document, format="ndjson", **query))
    assert [page["picture"] for page in pages] == [
        page["picture"] for page in null_service.ocr(document, **query).json()["pages"]
    ]
    assert [line["page_count"] for line in (*pages, totals)] == [3, 3, 3]


def test_several_images_say_which_one_a_line_is_about(service: Service, image: Any) -> None:
    """In their order; one that cannot be read has its error, and the others are read."""
    pictures = [image("latin.png"), b"hello", pdf_files.scanned("latin.png", "latin.png")]
    body = {"images": [base64.b64encode(picture).decode() for picture in pictures]}
    *pages, totals = lines_of(service.client.post("/ocr", json=body, headers=ACCEPT))
    assert [(line["image"], line.get("index")) for line in pages] == [(0, 0), (1, None), (2, 0), (2, 1)]
    assert pages[1]["error"]["code"] == "unsupported_media_type"
    assert [result["pages"] for result in totals["results"]] == [1, 0, 2]


def test_more_pages_than_are_read_are_told(start_service: Any) -> None:
    """In the last line, as in a whole answer."""
    service = start_service(engine="null", max_pages=2)
    *pages, totals = lines_of(service.ocr(painted(GOOD, GOOD, GOOD), format="ndjson"))
    assert (len(pages), totals["pages"], totals["truncated"]) == (2, 2, True)


@pytest.mark.parametrize(
    ("data", "query", "status", "code"),
    [
        (b"hello", {}, 415, "unsupported_media_type"),
        (pdf_files.encrypted(), {}, 422, "document_encrypted"),
        (painted(GOOD), {"pages": "2"}, 422, "invalid_option"),
        (painted(GOOD), {"min_score": "much"}, 422, "invalid_option"),
    ],
)
def test_where_nothing_is_read_the_answer_is_a_problem(
    null_service: Service, data: bytes, query: dict[str, str], status: int, code: str
) -> None:
    """With its status, as if nobody had asked for lines."""
    response = null_service.client.post("/ocr", content=data, params=query, headers=ACCEPT)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"


def test_the_first_page_is_out_while_the_last_is_read(start_faulty: Callable[..., Service]) -> None:
    """The last one hangs for ever: whoever waited for it would see nothing. Then its error is the last line."""
    service = start_faulty(deadline_seconds=5)
    document = painted(*[GOOD] * 20, faults.HANG)
    query = {"format": "ndjson", "dpi": 72}
    with service.client.stream("POST", "/ocr", content=document, params=query) as response:
        lines = response.iter_lines()
        assert [json.loads(next(lines))["index"] for _ in range(15)] == list(range(15))  # more cannot be under way
        *others, last = map(json.loads, lines)
    assert [line["index"] for line in others] == list(range(15, 15 + len(others)))
    assert last.keys() == {"error"}
    assert last["error"]["code"] == "deadline_exceeded"


def test_a_cut_answer_is_counted_as_what_it_is(start_faulty: Callable[..., Service]) -> None:
    """The status was out, the error is in the log and in the metrics; in one line, at the end, as of any request."""
    service = start_faulty()
    document = painted(*[GOOD] * 20, faults.BUG)  # so that the first was read before the last is begun
    *pages, last = lines_of(service.ocr(document, format="ndjson", dpi=72))
    assert pages
    assert [page["index"] for page in pages] == list(range(len(pages)))
    assert last["error"]["code"] == "engine_error"
    (line,) = [entry for entry in service.log() if entry.get("route") == "/ocr"]
    assert (line["status"], line["code"]) == (200, "engine_error")
    assert service.metric("ocr_errors_total", code="engine_error") == 1
    assert service.metric("ocr_requests_total", route="/ocr by page", code="200") == 1
    assert service.metric("ocr_requests_in_flight") == 1  # the scrape itself


def test_a_streamed_answer_is_measured_like_any(start_service: Any) -> None:
    """Pages, lines, stages and the duration of all of it."""
    service = start_service(engine="null")
    lines_of(service.ocr(painted(GOOD, GOOD, GOOD), format="ndjson"))
    (line,) = [entry for entry in service.log() if entry.get("route") == "/ocr"]
    assert (line["images"], line["lines"], len(line["pixels"]), line["code"]) == (1, 3, 3, "ok")
    assert service.metric("ocr_lines_total") == 3
    assert service.metric("ocr_stage_duration_seconds_count", stage="decode") == 1
    assert service.metric("ocr_request_duration_seconds_count", route="/ocr by page") == 1
    assert service.metric("ocr_requests_in_flight") == 1


def test_who_hangs_up_midway_makes_room(start_service: Any) -> None:
    """The pages that were not begun are never read: the next request gets in, though only one may be."""
    service = start_service(engine="null", null_delay_seconds=0.5, queue_size=0, cpus=1)
    document = painted(*[GOOD] * 90)
    with (
        httpx2.Client(base_url=service.url) as client,
        client.stream("POST", "/ocr", content=document, headers=ACCEPT) as response,
    ):
        assert json.loads(next(response.iter_lines()))["index"] == 0
    eventually(lambda: [entry for entry in service.log() if entry.get("code") == "client_gone"])
    (line,) = [entry for entry in service.log() if entry.get("code") == "client_gone"]
    assert (line["route"], line["status"]) == ("/ocr", 200)
    assert service.ocr(painted(GOOD)).status_code == 200
    assert service.metric("ocr_requests_in_flight") == 1


def test_the_deadline_is_for_each_page(start_service: Any) -> None:
    """All pages come, though together they take longer than a request may; a whole answer is not to be had in time."""
    service = start_service(engine="null", null_delay_seconds=0.4, deadline_seconds=3, cpus=1)
    document = painted(*[GOOD] * 12)
    *pages, totals = lines_of(service.ocr(document, format="ndjson"))
    assert (len(pages), totals["pages"]) == (12, 12)
    assert totals["timings_ms"]["total"] > 3000
    response = service.ocr(document)
    assert (response.status_code, response.json()["code"]) == (504, "deadline_exceeded")


def test_long_answers_let_others_in_between(start_service: Any) -> None:
    """As many as may be worked on at a time are: whoever comes is answered long before they are."""
    service = start_service(engine="null", null_delay_seconds=0.2, cpus=1)
    active = service.client.get("/info").json()["threads"]["recognizer_slots"] + 1
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(httpx2.Client(base_url=service.url, timeout=60))
        query = {"format": "ndjson", "dpi": 72}
        streams = [
            stack.enter_context(client.stream("POST", "/ocr", content=painted(*[GOOD] * 30), params=query))
            for _ in range(active)
        ]
        lines = [stream.iter_lines() for stream in streams]
        for each in lines:
            next(each)
        for _ in range(3):
            assert service.ocr(painted(GOOD)).status_code == 200
        assert [entry["images"] for entry in service.log() if entry.get("route") == "/ocr"] == [1] * 3
        for each in lines:
            assert json.loads(list(each)[-1])["pages"] == 30


def test_other_dialects_answer_as_they_always_do(null_service: Service, image: Any) -> None:
    """Their clients know one form of answer, whatever they say that they accept."""
    body = {"file": base64.b64encode(image("latin.png")).decode(), "fileType": 1}
    response = null_service.client.post("/ocr", json=body, headers=ACCEPT)
    assert response.headers["content-type"] == "application/json"
    assert response.json()["errorCode"] == 0
