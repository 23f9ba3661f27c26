"""``/`` in a real browser: a picture or a document comes in, and its text stands beside it. On Debian and Ubuntu:
apt-get install chromium.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.protocols.formats import FORMATS
from tests import pdf_files
from tests.browser import BROWSER, Page, browser_page
from tests.conftest import IMAGES, Service
from tests.http.page_driver import asked, hand_over, hosts, keep_screenshot, open_page, read, rows, text_of, wait_until

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A browser of these tests' own."""
    with browser_page(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser: Page, small_service: Service) -> Iterator[Page]:
    """The page on a desktop's screen; it complains of nothing and asks nobody else, whatever is done with it."""
    browser.screen(1280, 800)
    open_page(browser, small_service)
    yield browser
    assert browser.complaints == []
    assert hosts(browser) == {small_service.url.partition("//")[2]}


def expected(labels: dict[str, list[str]], name: str) -> list[str]:
    """The rows of a picture of ``tests/images``."""
    return [" ".join(line.split()) for line in labels[name]]


def boxes(page: Page) -> list[list[float]]:
    """Left, top, right and bottom of each box as it is seen, in shares of the picture's width and height."""
    return page.evaluate(
        """(() => {
          const sheet = document.querySelector(".sheet img").getBoundingClientRect();
          return [...document.querySelectorAll("polygon")].map(one => {
            const box = one.getBoundingClientRect();
            return [(box.left - sheet.left) / sheet.width, (box.top - sheet.top) / sheet.height,
                    (box.right - sheet.left) / sheet.width, (box.bottom - sheet.top) / sheet.height];
          });
        })()"""
    )


def test_a_chosen_picture_is_read(page: Page, small_service: Service, labels: dict[str, list[str]]) -> None:
    """Its text stands beside it in order, with a box where the service found each line."""
    keep_screenshot(page, "empty")
    read(page, IMAGES / "page.png")
    assert rows(page) == expected(labels, "page.png")
    found = small_service.ocr((IMAGES / "page.png").read_bytes()).json()["pages"][0]
    scale = [found["width"], found["height"]] * 2
    for shown, line in zip(boxes(page), found["lines"], strict=True):
        assert np.abs(np.array(shown) - np.array(line["box"]) / scale).max() < 0.01
    assert page.evaluate("document.querySelector('.sheet img').alt") == "page.png, page 1"
    assert text_of(page, "#state").startswith("12 lines")
    page.point_at("polygon[data-line='2']")
    keep_screenshot(page, "desktop")


@pytest.mark.parametrize("kind", ["paste", "drop"])
def test_a_picture_comes_in_by(page: Page, labels: dict[str, list[str]], kind: str) -> None:
    """Paste and drop: it is read as if it had been chosen."""
    hand_over(page, kind, IMAGES / "latin.png", "image/png")
    wait_until(page, "done")
    assert rows(page) == expected(labels, "latin.png")
    assert page.evaluate("document.getElementById('veil').hidden")


def test_pasted_text_is_let_be(page: Page) -> None:
    """Only files are taken."""
    page.evaluate(
        "(() => { const carried = new DataTransfer(); carried.setData('text/plain', 'x');"
        "document.body.dispatchEvent(new ClipboardEvent('paste', {bubbles: true, clipboardData: carried})) })()"
    )
    assert page.evaluate("document.getElementById('work').hidden")


def test_the_example_is_read(page: Page) -> None:
    """Who has no picture at hand gets one; rows of several lines are rows, and each line has its own box."""
    page.click("#example")
    wait_until(page, "done")
    assert "Flat white 3.40" in rows(page)
    assert page.evaluate("document.querySelectorAll('polygon').length") == 9


def test_what_is_pointed_at_is_lit_in_both(page: Page) -> None:
    """A box lights its line, a line its box, and nothing else; away from both nothing is lit."""
    read(page, IMAGES / "page.png")
    lit = "[...document.querySelectorAll('.lit')].map(one => [one.tagName, one.dataset.line])"
    page.point_at("polygon[data-line='4']")
    assert page.evaluate(lit) == [["polygon", "4"], ["SPAN", "4"]]
    page.point_at("[role=button][data-line='7']")
    assert page.evaluate(lit) == [["polygon", "7"], ["SPAN", "7"]]
    page.point_at("h1#file-name")
    assert page.evaluate(lit) == []


def test_keys_go_from_line_to_line(page: Page) -> None:
    """All lines are one stop of the tab key; arrows, Home and End walk, light both sides, and Enter keeps one."""
    read(page, IMAGES / "page.png")
    assert page.evaluate("document.querySelectorAll('.line[tabindex=\"0\"]').length") == 1
    page.evaluate("document.getElementById('copy').focus()")
    at = "document.activeElement.dataset.line"
    lit = "document.querySelector('polygon.lit')?.dataset.line"
    for key, line in [
        ("Tab", "0"),
        ("ArrowDown", "1"),
        ("ArrowDown", "2"),
        ("ArrowUp", "1"),
        ("End", "11"),
        ("Home", "0"),
    ]:
        page.press(key)
        assert (page.evaluate(at), page.evaluate(lit)) == (line, line), key
    page.press("ArrowDown")
    page.press("Enter")
    assert page.evaluate("document.querySelector('polygon.picked').dataset.line") == "1"
    assert page.evaluate("document.querySelector('.line[aria-current]').dataset.line") == "1"
    page.press("Tab")
    assert page.evaluate("document.activeElement.dataset.format") == "txt"


def test_a_line_beyond_the_frame_is_brought_into_it(page: Page) -> None:
    """Zoomed in, the frame scrolls to the line that is walked to, and the page around it stays."""
    read(page, IMAGES / "page.png")
    page.click("#zoom")
    page.evaluate("document.getElementById('copy').focus()")
    page.press("Tab")
    page.press("End")
    page.wait_for(
        "(([line, desk]) => line.bottom <= desk.bottom + 1 && line.top >= desk.top - 1)"
        "(['polygon.lit', '#desk'].map(one => document.querySelector(one).getBoundingClientRect()))"
    )
    assert page.evaluate("document.getElementById('desk').scrollTop") > 0
    assert page.evaluate("scrollY") == 0


def test_text_is_copied(page: Page, small_service: Service) -> None:
    """The page's text as the service has it; and it is said."""
    origin = small_service.url
    page.call("Browser.grantPermissions", origin=origin, permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    read(page, IMAGES / "chinese.png")
    page.click("#copy")
    page.wait_for("document.getElementById('told').textContent === 'Copied'")
    text = small_service.ocr((IMAGES / "chinese.png").read_bytes()).json()["text"]
    assert page.evaluate("navigator.clipboard.readText()") == text


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"jpeg", "ndjson"}))  # one is like the PNG, one for programs
def test_every_format_is_downloaded(page: Page, small_service: Service, tmp_path: Path, name: str) -> None:
    """A file of the picture's name, with what the service answers in that format."""
    page.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    read(page, IMAGES / "latin.png")
    suffix = FORMATS[name].suffix.lstrip(".")
    page.click(f"[data-format='{suffix}']")
    file = tmp_path / f"latin.{suffix}"
    page.wait_for("!document.querySelector('.chip[aria-busy]')")
    for _ in range(200):
        if file.exists():
            break
        page.evaluate("new Promise(done => setTimeout(done, 50))")
    answer = small_service.ocr((IMAGES / "latin.png").read_bytes(), format=name)
    if name == "json":
        saved, said = json.loads(file.read_bytes()), answer.json()
        assert (saved["pages"], saved["text"], saved["model"]) == (said["pages"], said["text"], said["model"])
        assert saved.keys() == said.keys()
    else:
        assert len(file.read_bytes()) > 20
        assert file.read_bytes()[:20] == answer.content[:20]


@pytest.mark.parametrize("make", [pdf_files.scanned, pdf_files.scanned_tiff], ids=["pdf", "tiff"])
def test_a_document_is_read_page_by_page(page: Page, small_service: Service, tmp_path: Path, make: Any) -> None:
    """What browsers cannot show the service shows: each page with its text, as it comes; the file is sent once."""
    names = ("page.png", "chinese.png", "latin.png")
    file = tmp_path / f"three.{'pdf' if make is pdf_files.scanned else 'tiff'}"
    file.write_bytes(make(*names))
    read(page, file)
    assert asked(page, "/ocr") == ["format=ndjson&picture=true"]
    assert text_of(page, "#state").startswith("3 pages · 20 lines")
    found = small_service.ocr(file.read_bytes()).json()["pages"]
    for index, name in enumerate(names):
        page.click(f"#pages li:nth-child({index + 1}) button")
        assert rows(page) == [" ".join(row.split()) for row in found[index]["text"].split("\n")]
        page.wait_for("document.querySelector('.sheet img').naturalWidth")
        seen = page.evaluate("(({naturalWidth: w, naturalHeight: h}) => w / h)(document.querySelector('.sheet img'))")
        with Image.open(IMAGES / name) as picture:
            assert seen == pytest.approx(picture.width / picture.height, rel=0.01)
        assert page.evaluate("document.querySelectorAll('polygon').length") == len(found[index]["lines"])
        assert page.evaluate("document.querySelector('.thumb[aria-current=page]').innerText") == str(index + 1)
    page.click("#pages li:nth-child(2) button")
    keep_screenshot(page, f"three-pages-{file.suffix[1:]}")


def test_several_files_are_read_one_after_the_other(page: Page, labels: dict[str, list[str]]) -> None:
    """The first is shown; each can be gone to, and says how it stands."""
    read(page, IMAGES / "latin.png", IMAGES / "chinese.png")
    page.wait_for("document.querySelectorAll('.file.done').length === 2")
    assert rows(page) == expected(labels, "latin.png")
    page.click("#queue li:nth-child(2) button")
    assert (text_of(page, "#file-name"), rows(page)) == ("chinese.png", expected(labels, "chinese.png"))
    assert page.evaluate("document.querySelector('.file[aria-current]').textContent").startswith("chinese.png (4 lines")


def lying(name: str, angle: int, folder: Path, *, told: bool) -> Path:
    """A picture turned clockwise by *angle*: so that nobody can know, or with EXIF's word for it."""
    picture = Image.open(IMAGES / name).convert("RGB").rotate(-angle, expand=True)
    exif = Image.Exif()
    exif[0x0112] = {0: 1, 90: 8, 180: 3, 270: 6}[angle if told else 0]
    file = folder / "lying.jpg"
    picture.save(file, quality=95, exif=exif)
    return file


@pytest.mark.parametrize("told", [True, False], ids=["exif", "found out"])
@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_picture_that_lay_otherwise_is_shown_upright(
    page: Page, labels: dict[str, list[str]], tmp_path: Path, *, angle: int, told: bool
) -> None:
    """With its boxes in place, whether its file says how it lies or the service found that out."""
    if not told:
        page.click("#upright")
    read(page, lying("page.png", angle, tmp_path, told=told))
    assert rows(page)[0] == labels["page.png"][0]
    page.click("#boxes")
    page.point_at("#file-name")
    page.evaluate("document.querySelector('.sheet img').decode()")
    seen = small(Image.open(io.BytesIO(page.screenshot(".sheet"))))
    upright = Image.open(IMAGES / "page.png")
    assert np.abs(seen - small(upright)).mean() < 3
    assert np.abs(seen - small(upright.rotate(180))).mean() > 6


def small(picture: Image.Image) -> Any:
    """The greys of *picture*, so small that no more than where it is dark is left of it."""
    return np.asarray(picture.convert("L").resize((64, 48), Image.Resampling.BOX), float)
