"""``/`` in a real browser as different people have it: phones, the dark, Chinese, a screen reader, little motion. On
Debian and Ubuntu: apt-get install chromium.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import pdf_files
from tests.axe import violations
from tests.browser import BROWSER, Page, browser_page
from tests.conftest import IMAGES, Service
from tests.http.page_driver import keep_screenshot, open_page, read, rows, text_of, wait_until

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")
WIDTHS = [320, 390, 760, 761, 1024, 1920]
COLOURS = pytest.mark.parametrize("colours", ["light", "dark"])


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A browser of these tests' own."""
    with browser_page(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(browser: Page, small_service: Service) -> Iterator[Page]:
    """The page on a desktop's screen, in a browser that remembers nothing; it complains of nothing."""
    browser.call("Storage.clearDataForOrigin", origin=small_service.url, storageTypes="all")
    browser.call("Emulation.setUserAgentOverride", userAgent="", acceptLanguage="en-GB")
    browser.prefer()
    browser.screen(1280, 800)
    open_page(browser, small_service)
    yield browser
    assert browser.complaints == []


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A PDF of three pages."""
    file = tmp_path / "three.pdf"
    file.write_bytes(pdf_files.scanned("page.png", "chinese.png", "latin.png"))
    return file


def test_a_phone_shows_all_of_it(page: Page, small_service: Service, document: Path) -> None:
    """In one column, nothing wider than the screen; the picture stays in sight while the text is read."""
    page.screen(390, 844, 2, phone=True)
    open_page(page, small_service)
    assert page.evaluate("getComputedStyle(document.querySelector('.camera')).display") != "none"
    keep_screenshot(page, "phone-empty")
    read(page, document)
    keep_screenshot(page, "phone")
    picture, text = (
        page.evaluate(f"(({{left, right}}) => [left, right])(document.querySelector('{part}').getBoundingClientRect())")
        for part in (".seen", ".read")
    )
    assert picture == text
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert page.evaluate("document.querySelector('.seen').getBoundingClientRect().top") >= 0


@pytest.mark.parametrize("width", WIDTHS)
def test_no_screen_is_too_narrow(page: Page, document: Path, width: int) -> None:
    """Neither the invitation nor what was read is wider than the screen, nor is a button cut off."""
    page.screen(width, 700)
    beyond = (
        "[...document.querySelectorAll('button, label, h1, a, .line')].filter(one => one.offsetWidth > 1 && "
        "!one.closest('.pages, .files') && one.getBoundingClientRect().right > innerWidth).map(one => one.outerHTML)"
    )
    assert page.evaluate(beyond) == []
    read(page, document)
    page.evaluate("document.getElementById('timings').open = true")
    assert page.evaluate(beyond) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def background(page: Page) -> int:
    """How bright the page is, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return int(colour.partition("(")[2].split(",")[0])


def test_dark_where_people_like_it_dark(page: Page, small_service: Service) -> None:
    """As the browser is set; who switches it here finds it so the next time."""
    assert background(page) > 200
    page.prefer(prefers_color_scheme="dark")
    assert background(page) < 50
    page.click("#example")
    wait_until(page, "done")
    keep_screenshot(page, "dark")
    page.click("#theme")
    assert background(page) > 200
    open_page(page, small_service)
    assert background(page) > 200


def test_chinese_where_people_speak_it(page: Page, small_service: Service) -> None:
    """As the browser is set; everything is, the example too; who switches it here finds it so the next time."""
    agent = page.evaluate("navigator.userAgent")
    page.call("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage="zh-CN")
    open_page(page, small_service)
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert text_of(page, "#invitation") == "识别图片中的文字"
    keep_screenshot(page, "chinese-empty")
    read(page, IMAGES / "chinese.png")
    assert text_of(page, "#state").startswith("4 行")
    keep_screenshot(page, "chinese")
    page.click("#language")
    assert text_of(page, "#state").startswith("4 lines")
    assert text_of(page, "#copy") == "Copy"
    open_page(page, small_service)
    assert page.evaluate("document.documentElement.lang") == "en"


def test_little_motion_where_people_want_little(page: Page) -> None:
    """Nothing moves by itself."""
    page.prefer(prefers_reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0


@COLOURS
def test_axe_finds_nothing_in_the_invitation(page: Page, colours: str) -> None:
    """Names, roles, contrast and landmarks, before anything was chosen."""
    page.prefer(prefers_color_scheme=colours, prefers_reduced_motion="reduce")
    assert violations(page) == []


@COLOURS
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_axe_finds_nothing_in_what_was_read(page: Page, document: Path, colours: str, *, phone: bool) -> None:
    """With several files, several pages, a line that is lit, and the timings."""
    page.prefer(prefers_color_scheme=colours, prefers_reduced_motion="reduce")
    if phone:
        page.screen(390, 844, phone=True)
    read(page, document, IMAGES / "latin.png")
    page.wait_for("document.querySelectorAll('.file.done').length === 2")
    page.evaluate("document.getElementById('timings').open = true")
    page.point_at("polygon")
    assert violations(page) == []


@COLOURS
def test_axe_finds_nothing_in_trouble(page: Page, tmp_path: Path, colours: str) -> None:
    """Of a damaged file, and while a key is asked for."""
    page.prefer(prefers_color_scheme=colours, prefers_reduced_motion="reduce")
    (tmp_path / "x.png").write_bytes((IMAGES / "page.png").read_bytes()[:9000])
    page.choose("#files", tmp_path / "x.png")
    wait_until(page, "failed")
    page.complaints.clear()
    assert violations(page) == []
    page.evaluate("document.getElementById('key').showModal()")
    assert violations(page) == []


def test_what_happens_is_said(page: Page) -> None:
    """To screen readers: that it is read and what came of it, politely; the list is busy meanwhile, and no longer."""
    page.evaluate(
        "(() => { const told = document.getElementById('told'); window.heard = [];"
        "new MutationObserver(() => heard.push(told.textContent)).observe(told, {childList: true}) })()"
    )
    read(page, IMAGES / "latin.png")
    heard = page.evaluate("heard")
    assert "Reading" in heard
    assert heard[-1].startswith("4 lines")
    assert page.evaluate("document.getElementById('told').getAttribute('role')") == "status"
    assert page.evaluate("document.getElementById('words').getAttribute('aria-busy')") == "false"
    assert len(rows(page)) == 4
