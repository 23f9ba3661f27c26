"""``/`` in a real browser where something goes wrong: it says what, and what can be done. On Debian and Ubuntu:
apt-get install chromium.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import pdf_files
from tests.browser import BROWSER, Page, browser_page
from tests.conftest import IMAGES, Service
from tests.faults import faults
from tests.http.page_driver import asked, keep_screenshot, open_page, rows, statuses, text_of, wait_until

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")
KEY = "first-key-first-key"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of a browser of these tests' own."""
    with browser_page(tmp_path_factory.mktemp("profile")) as page:
        page.screen(1280, 800)
        yield page


def card(page: Page) -> list[str]:
    """The lines of the card that tells of a problem."""
    return text_of(page, "#words .card").splitlines()


def test_a_damaged_picture(page: Page, small_service: Service, tmp_path: Path) -> None:
    """What is wrong in the reader's words, the service's own words and code, and the request to ask about."""
    file = tmp_path / "a name that is so long that no screen has room for it, not even one as wide as this one is.png"
    file.write_bytes((IMAGES / "page.png").read_bytes()[:9000])
    open_page(page, small_service)
    page.choose("#files", file)
    wait_until(page, "failed")
    title, detail, code = [line for line in card(page) if line][:3]
    assert (title, detail) == ("This file is damaged", "the PNG data is truncated or damaged")
    assert code.startswith("broken_image · Request ")
    assert small_service.log()[-1]["request_id"] in code
    assert text_of(page, "#state") == "This file is damaged"
    assert page.evaluate("document.querySelector('#words .card').getAttribute('role')") == "alert"
    assert page.evaluate("[...document.querySelectorAll('.chip')].every(one => one.disabled)")
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    assert statuses(page) == [400]
    keep_screenshot(page, "error")


def test_a_file_that_is_too_large_is_not_sent(page: Page, null_service: Service, tmp_path: Path) -> None:
    """It is held against the service's limit first."""
    file = tmp_path / "large.png"
    file.write_bytes((IMAGES / "page.png").read_bytes() + bytes(70_000))
    open_page(page, null_service)
    assert text_of(page, "#limits").endswith("up to 64 KB")
    page.choose("#files", file)
    wait_until(page, "failed")
    assert card(page)[0] == "This file is too large"
    assert "is more than the 64 KB that are allowed" in text_of(page, "#words .card")
    assert asked(page, "/ocr") == []
    assert page.complaints == []


def test_a_locked_document(page: Page, null_service: Service, tmp_path: Path) -> None:
    """A PDF with a password is told from one that is damaged."""
    (tmp_path / "locked.pdf").write_bytes(pdf_files.encrypted())
    open_page(page, null_service)
    page.choose("#files", tmp_path / "locked.pdf")
    wait_until(page, "failed")
    assert card(page)[0] == "This document is locked"


def test_a_page_that_cannot_be_read_has_its_place(page: Page, null_service: Service, tmp_path: Path) -> None:
    """The others are read; it says why it was not."""
    (tmp_path / "three.pdf").write_bytes(pdf_files.painted(1, 2, 3).replace(b"12 0 R", b"99 0 R"))
    open_page(page, null_service)
    page.choose("#files", tmp_path / "three.pdf")
    wait_until(page, "done")
    assert page.evaluate("[...document.querySelectorAll('.thumb')].map(one => one.classList.contains('failed'))") == [
        False,
        True,
        False,
    ]
    page.click("#pages li:nth-child(2) button")
    assert card(page)[0] == "This file is damaged"
    assert "page 2 cannot be opened" in text_of(page, "#words .card")
    assert page.complaints == []


def test_who_is_told_to_wait_waits_and_comes_back(page: Page, start_service: Callable[..., Service]) -> None:
    """The seconds are counted down, and what was refused is read without a hand being moved."""
    service = start_service(engine="null", rate_limit=0.5, rate_burst=1)
    open_page(page, service)
    page.choose("#files", IMAGES / "latin.png", IMAGES / "chinese.png")
    page.wait_for("document.querySelector('.file.pausing')")
    page.click("#queue li:nth-child(2) button")
    assert text_of(page, "#state").startswith("The service is busy. Trying again in ")
    wait_until(page, "done")
    assert statuses(page) == [429]
    assert len(asked(page, "/ocr")) == 3


def test_who_does_not_want_to_wait_stops(page: Page, start_service: Callable[..., Service]) -> None:
    """Nothing is asked any more; what was stopped can be tried again."""
    service = start_service(engine="null", rate_limit=0.05, rate_burst=1)
    open_page(page, service)
    page.choose("#files", IMAGES / "latin.png", IMAGES / "chinese.png")
    page.wait_for("document.querySelector('.file.pausing')")
    page.click("#queue li:nth-child(2) button")
    page.click("#stop")
    wait_until(page, "failed")
    assert text_of(page, "#state") == "Stopped"
    assert page.evaluate("document.getElementById('stop').hidden")
    assert len(asked(page, "/ocr")) == 2
    page.click("#words button")
    page.wait_for("document.querySelector('.file.pausing')")


def test_a_service_that_is_gone(page: Page, start_service: Callable[..., Service]) -> None:
    """No answer is told as such; the picture is still there, to be tried again."""
    service = start_service(engine="null")
    open_page(page, service)
    service.stop()
    page.choose("#files", IMAGES / "latin.png")
    wait_until(page, "failed")
    assert card(page)[0] == "The service cannot be reached"
    assert page.evaluate("document.querySelector('.alone img').naturalWidth") > 0
    assert "Try again" in text_of(page, "#words .card")


def test_a_key_is_asked_for_and_kept_for_the_tab(page: Page, start_service: Callable[..., Service]) -> None:
    """A wrong one is said to be wrong; the right one is sent with all that follows, and with the tab it is gone."""
    service = start_service(api_keys=KEY)
    open_page(page, service)
    page.choose("#files", IMAGES / "latin.png")
    page.wait_for("document.getElementById('key').open")
    assert page.evaluate("document.getElementById('key-trouble').hidden")
    assert page.evaluate("document.activeElement.id") == "key-value"
    keep_screenshot(page, "key")
    enter_key(page, "another-key-another-key")
    page.wait_for("document.getElementById('key').open")
    assert text_of(page, "#key-trouble") == "That key is not right."
    enter_key(page, KEY)
    wait_until(page, "done")
    assert rows(page)[0] == "Hello OCR 2026"
    assert statuses(page) == [401, 401]
    open_page(page, service)
    page.choose("#files", IMAGES / "latin.png")
    wait_until(page, "done")
    assert page.complaints == []
    assert page.evaluate("JSON.stringify(localStorage)") == "{}"


def enter_key(page: Page, key: str) -> None:
    """Type *key* and go on."""
    page.type("#key-value", key)
    page.click("#key [type=submit]")


def test_who_has_no_key_can_leave(page: Page, start_service: Callable[..., Service]) -> None:
    """The dialog closes, and what is wrong is told."""
    open_page(page, start_service(engine="null", api_keys=KEY))
    page.choose("#files", IMAGES / "latin.png")
    page.wait_for("document.getElementById('key').open")
    page.click("#key-cancel")
    wait_until(page, "failed")
    assert card(page)[0] == "A key is needed"
    assert not page.evaluate("document.getElementById('key').open")


def test_text_is_text(page: Page, start_service: Callable[..., Service], tmp_path: Path) -> None:
    """A file's name that looks like markup is shown as it is, and makes nothing."""
    name = "<img src=x onerror=alert(1)>.png"
    file = tmp_path / name
    file.write_bytes((IMAGES / "latin.png").read_bytes())
    open_page(page, start_service(engine="null"))
    page.choose("#files", file)
    wait_until(page, "done")
    assert text_of(page, "#file-name") == name
    assert page.evaluate("document.querySelector('[onerror]')") is None
    assert page.complaints == []


def kept_pages(page: Page) -> Any:
    """The numbers under the pages' pictures."""
    return page.evaluate("[...document.querySelectorAll('.thumb')].map(one => one.innerText)")


def test_of_too_many_pages_the_first_are_read(
    page: Page, start_service: Callable[..., Service], tmp_path: Path
) -> None:
    """As many as the service reads of one file; and that there were more is said."""
    (tmp_path / "many.pdf").write_bytes(pdf_files.painted(*range(1, 13)))
    open_page(page, start_service(engine="null", max_pages=10))
    page.choose("#files", tmp_path / "many.pdf")
    wait_until(page, "done")
    assert kept_pages(page) == [str(number) for number in range(1, 11)]
    assert text_of(page, "#state").endswith("The first 10 of 12 pages were read.")
    assert len(asked(page, "/ocr")) == 1


def eventually(seen: Callable[[], Any]) -> None:
    """Wait until something is seen."""
    end = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_pages_are_shown_while_others_are_read(
    page: Page, start_service: Callable[..., Service], tmp_path: Path
) -> None:
    """With how far it is. Who stops keeps what was read, and the service does not read the others."""
    (tmp_path / "many.pdf").write_bytes(pdf_files.painted(*range(1, 51)))
    service = start_service(engine="null", null_delay_seconds=0.5, cpus=1)
    open_page(page, service)
    page.choose("#files", tmp_path / "many.pdf")
    page.wait_for("document.querySelectorAll('.thumb img[src]').length > 2")
    assert re.fullmatch(r"Reading page \d+ of 50", text_of(page, "#state"))
    assert 0 < page.evaluate("document.getElementById('progress').value") < 1
    assert len(kept_pages(page)) == 50
    assert page.evaluate("(({scrollWidth: all, clientWidth: seen}) => all <= seen)(document.getElementById('pages'))")
    keep_screenshot(page, "many-pages")
    page.click("#stop")
    wait_until(page, "done")
    state = text_of(page, "#state")
    assert re.fullmatch(r"50 pages · \d+ lines? · The first \d+ of 50 pages were read\.", state)
    assert kept_pages(page)[:3] == ["1", "2", "3"]
    eventually(lambda: [entry for entry in service.log() if entry.get("code") == "client_gone"])
    assert service.metric("ocr_requests_in_flight") == 1  # the scrape itself
    assert page.complaints == []


TOO_LARGE = {"code": "answer_too_large", "detail": "2 > 1"}
ENDS = {
    "error": f"controller.enqueue(encode({json.dumps(json.dumps({'error': TOO_LARGE}))} + '\\n'))",
    "page": f"controller.enqueue(encode({json.dumps(json.dumps({'index': 3, 'error': TOO_LARGE}))} + '\\n'))",
    "no more": "controller.terminate()",
    "broken": "controller.error(new Error('the connection is gone'))",
}
"""What comes behind the third line of an answer."""

CUT = """(() => {
  const ask = window.fetch;
  const encode = text => new TextEncoder().encode(text);
  window.fetch = async (...request) => {
    const answer = await ask(...request);
    if (!String(request[0]).startsWith("ocr")) return answer;
    window.fetch = ask;
    let seen = "";
    const short = new TransformStream({
      transform(chunk, controller) {
        if (seen === null) return;
        seen += new TextDecoder().decode(chunk);
        const lines = seen.split("\\n");
        if (lines.length < 4) return;
        seen = null;
        controller.enqueue(encode(lines.slice(0, 3).join("\\n") + "\\n"));
        END;
      },
    });
    return new Response(answer.body.pipeThrough(short));
  };
})()"""


@pytest.mark.parametrize("end", ENDS)
def test_what_an_answer_left_out_is_asked_for(
    page: Page, start_service: Callable[..., Service], tmp_path: Path, end: str
) -> None:
    """Where one ends early, in whatever way, another begins with the page that it did not have."""
    (tmp_path / "ten.pdf").write_bytes(pdf_files.painted(*range(1, 11)))
    open_page(page, start_service(engine="null"))
    page.evaluate(CUT.replace("END", ENDS[end]))
    page.choose("#files", tmp_path / "ten.pdf")
    wait_until(page, "done")
    assert text_of(page, "#state").startswith("10 pages · 10 lines")
    assert asked(page, "/ocr") == ["format=ndjson&picture=true", "format=ndjson&picture=true&pages=4-10"]
    assert page.complaints == []


def test_where_nothing_more_comes_it_ends(page: Page, start_service: Callable[..., Service], tmp_path: Path) -> None:
    """What was read is kept, and it is said why there is no more."""
    scans = [b"0 0 64 40"] * 9 + [b"0 0 64 %d" % faults.BUG]
    document = pdf_files.pages_of([b""] * 10)
    for number, box in enumerate(scans):
        document = document.replace(b"/Contents %d 0 R" % (11 + 2 * number), b"/MediaBox [%s]" % box)
    (tmp_path / "ten.pdf").write_bytes(pdf_files.with_table(document))
    open_page(page, start_service(engine="null", cpus=1, pdf_dpi=72, app_module="tests.faults.wsgi_faulty:app"))
    page.choose("#files", tmp_path / "ten.pdf")
    wait_until(page, "failed")
    assert text_of(page, "#state") == "The service has a problem"
    again = [query.removeprefix("format=ndjson&picture=true&pages=") for query in asked(page, "/ocr")[1:]]
    begun = [int(pages.removesuffix("-10")) for pages in again]  # what was done behind a page that was not is lost
    assert begun[-2] == begun[-1] >= 9  # as it is told to come again; two pages are read at a time
    assert begun == sorted(begun)
    assert begun[0] > 1
    assert page.evaluate("document.querySelectorAll('.thumb img[src]').length") == begun[-1] - 1
