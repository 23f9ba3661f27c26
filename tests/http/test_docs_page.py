"""``/docs``: the page, its files and who may have them; and the page as a real browser shows it."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.http import docs_routes
from tests.browser import BROWSER, Page, browser_page
from tests.conftest import IMAGES, ROOT, Service

KEY = "first-key-first-key"
KINDS = {
    "favicon-32x32.png": "image/png",
    "index.css": "text/css; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "start.js": "text/javascript; charset=utf-8",
}

needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def closed_service(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that asks for a key."""
    with running(tmp_path_factory.mktemp("closed"), wait=True, engine="null", api_keys=KEY) as service:
        yield service


def addresses(service: Service) -> dict[str, str]:
    """What the page loads: addresses by the names of the files."""
    page = service.client.get("/docs").text
    return {found.rpartition("/")[2]: "/" + found for found in re.findall(r'(?:href|src)="(docs/[^"]+)"', page)}


def test_the_page_holds_no_script_and_names_no_host(closed_service: Service) -> None:
    """It is open, made of files alone, which it asks of whoever served it, below whatever prefix; it is not kept."""
    answer = closed_service.client.get("/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "://" not in answer.text
    assert not re.search(r'(?:href|src)="/|<style|style=|\son[a-z]+=|<script>', answer.text)
    assert addresses(closed_service).keys() == KINDS.keys()


def test_the_page_is_found_with_a_slash_too(closed_service: Service) -> None:
    """The way there is relative, so that a prefix that a gateway has put before it stays."""
    answer = closed_service.client.get("/docs/")
    assert (answer.status_code, answer.headers["location"], answer.content) == (308, "../docs", b"")


@pytest.mark.parametrize("name", KINDS)
def test_files_may_be_kept_forever(closed_service: Service, name: str) -> None:
    """Each has its type, and an address that changes with its content; who has it is not sent it again."""
    address = addresses(closed_service)[name]
    answer = closed_service.client.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, KINDS[name])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert address.split("/")[2] in answer.headers["etag"]
    again = closed_service.client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = closed_service.client.head(address)
    assert (head.status_code, head.headers["content-length"]) == (200, answer.headers["content-length"])


def test_files_are_packed_for_those_who_can_unpack(closed_service: Service) -> None:
    """The script is a quarter of its size then, the same after unpacking, and has another entity tag."""
    address = addresses(closed_service)["swagger-ui-bundle.js"]
    packed, plain = (
        closed_service.client.get(address, headers={"Accept-Encoding": coding}) for coding in ("gzip", "gzip;q=0, br")
    )
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < 0.3 * len(plain.content)
    assert packed.headers["etag"] != plain.headers["etag"]


def test_a_page_of_another_version_gets_its_files_and_keeps_them_not(closed_service: Service) -> None:
    """While one version takes the place of another, either's page works and no wrong file is kept."""
    answer = closed_service.client.get("/docs/0123456789abcdef/start.js")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize(
    "path",
    [
        "/docs/0/swagger-ui.js",
        "/docs/0/page.html",
        "/docs/0/..%2Fdocs_routes.py",
        "/docs/0/%2e%2e/docs_routes.py",
        "/docs/..%2F..%2F..%2Fwsgi.py",
        "/docs/0/%2Fetc%2Fpasswd",
        "/docs/0/start.js%00",
        "/docs/0/",
        "/docs/0",
    ],
)
def test_there_are_no_other_files(null_service: Service, path: str) -> None:
    """Names come from a table: whatever else lies in the package, beside it or above it is not found."""
    answer = null_service.client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_addresses_are_one_route_in_the_metrics(null_service: Service) -> None:
    """However many a client makes up, they are counted under the rule."""
    before = null_service.metric("ocr_requests_total", route="/docs/<digest>/<name>", code="404")
    for number in range(5):
        null_service.client.get(f"/docs/{number}/{number}.js")
    assert null_service.metric("ocr_requests_total", route="/docs/<digest>/<name>", code="404") == before + 5


def test_clients_are_sent_the_same_bytes() -> None:
    """However many are being sent a file, packed or not, it is in memory once."""
    app = Flask(__name__)
    app.register_blueprint(docs_routes.docs_blueprint())
    path = "/" + re.findall(r"docs/[^\"]+bundle.js", app.test_client().get("/docs").text)[0]
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        one, two = (app.test_client().get(path, headers=headers, buffered=False) for _ in range(2))
        assert next(iter(one.response)) is next(iter(two.response))


def test_the_package_is_read_and_not_imported() -> None:
    """Nothing is read before the page is asked for, and nothing of the package is run then."""
    code = (
        "import sys\nfrom flask import Flask\nfrom app.http import docs_routes\n"
        "app = Flask('x')\napp.register_blueprint(docs_routes.docs_blueprint())\n"
        "print(docs_routes._assets.cache_info().currsize, app.test_client().get('/docs').status_code)\n"
        "print('flask_swagger_ui' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "200", "False"]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A page of a browser, empty."""
    with browser_page(tmp_path / "profile") as page:
        yield page


@needs_browser
def test_a_browser_shows_every_operation(page: Page, closed_service: Service) -> None:
    """Every operation of the document is on the page, in colours, without a complaint and without another host."""
    page.open(closed_service.url + "/docs")
    page.wait_for("document.querySelector('.opblock')")
    paths = closed_service.client.get("/openapi.json").json()["paths"]
    shown = page.evaluate("[...document.querySelectorAll('.opblock-summary-path')].map(e => e.dataset.path)")
    assert sorted(shown) == sorted(paths)  # it puts them by their tags
    assert "/ocr" in shown
    # The style sheet has been let in.
    assert page.evaluate("getComputedStyle(document.querySelector('.opblock-post')).borderRadius") == "4px"
    assert page.complaints == []
    hosts = {urlsplit(url).netloc for url in page.requested if not url.startswith("data:")}
    assert hosts == {urlsplit(closed_service.url).netloc}


@needs_browser
@pytest.mark.parametrize("field", ["auth-bearer-value", "api_key_value"])
def test_a_browser_tries_out_with_a_key(page: Page, closed_service: Service, field: str) -> None:
    """Without a key trying out shows 401; with one, given either way, a chosen picture's text."""
    page.open(closed_service.url + "/docs")
    page.click("#operations-default-recognise .opblock-summary-control")
    page.click("#operations-default-recognise .try-out__btn")
    page.choose("#operations-default-recognise input[type=file]", IMAGES / "latin.png")
    page.click("#operations-default-recognise .execute")
    page.wait_for("document.querySelector('.live-responses-table .response-col_status')")
    assert "401" in page.evaluate("document.querySelector('.live-responses-table').innerText")
    assert [json.loads(one)["text"] for one in page.complaints] == [
        "Failed to load resource: the server responded with a status of 401 (UNAUTHORIZED)"
    ]
    page.complaints.clear()

    page.click("button.authorize")
    page.type(f"#{field}", KEY)
    page.evaluate(f"document.querySelector('#{field}').closest('form').querySelector('[type=submit]').click()")
    page.click(".close-modal")
    page.click("#operations-default-recognise .execute")
    page.wait_for("document.querySelector('.live-responses-table').innerText.includes('null-')")
    assert page.complaints == []
    assert {urlsplit(url).netloc for url in page.requested if not url.startswith("data:")} == {
        urlsplit(closed_service.url).netloc
    }


@needs_browser
def test_a_link_cannot_put_another_document_into_the_page(page: Page, closed_service: Service) -> None:
    """What stands in the page's address is no setting: not the document, and so not where keys are sent."""
    page.open(closed_service.url + "/docs?url=https://evil.example/openapi.json&configUrl=https://evil.example/c.json")
    page.wait_for("document.querySelector('.opblock')")
    assert [url for url in page.requested[1:] if "evil.example" in url] == []
