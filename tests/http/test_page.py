"""``/``: the page and its files as they are served. What a browser makes of them: test_page_browser.py and its like."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Service

FOLDER = ROOT / "app" / "http" / "page"
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
FILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in KINDS)
KEY = "first-key-first-key"


@pytest.fixture(scope="module")
def closed_service(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that asks for a key."""
    folder = tmp_path_factory.mktemp("closed")
    with running(folder, wait=True, engine="null", api_keys=KEY) as service:
        yield service


def files_at(service: Service) -> str:
    """Where the files of the page are."""
    (place,) = set(re.findall(r'="(page/[0-9a-f]{16})/', service.client.get("/").text))
    return f"/{place}"


def test_the_page_holds_no_script_and_names_no_host(closed_service: Service) -> None:
    """It is open, made of files alone, which it asks of whoever served it, below whatever prefix."""
    answer = closed_service.client.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "://" not in answer.text
    assert not re.search(r'(?:href|src)="/|<style|style=|\son[a-z]+=|<script>', answer.text)
    named = set(re.findall(r'="page/[0-9a-f]+/([^"]+)"', answer.text))
    assert named <= set(FILES)


def test_the_page_is_asked_for_again_and_sent_when_it_changed(closed_service: Service) -> None:
    """A new version is seen at once; who has the page is not sent it again."""
    answer = closed_service.client.get("/")
    assert answer.headers["cache-control"] == "no-cache"
    again = closed_service.client.get("/", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", FILES)
def test_files_may_be_kept_forever(closed_service: Service, name: str) -> None:
    """Each has its type, without a key, and an address that changes with the content of any."""
    answer = closed_service.client.get(f"{files_at(closed_service)}/{name}")
    assert (answer.status_code, answer.content) == (200, (FOLDER / name).read_bytes())
    assert answer.headers["content-type"] == KINDS[Path(name).suffix]
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-encoding"] == "gzip"
    again = closed_service.client.get(answer.url.path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_page_of_another_version_gets_its_files_and_keeps_them_not(closed_service: Service) -> None:
    """While one version takes the place of another, either's page works and no wrong file is kept."""
    answer = closed_service.client.get("/page/0123456789abcdef/start.js")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["page.html", "..%2Fpage_routes.py", "%2e%2e/page_routes.py", "%2Fetc%2Fpasswd", ""])
def test_there_are_no_other_files(null_service: Service, name: str) -> None:
    """Names come from a table: whatever else lies beside or above is not found."""
    answer = null_service.client.get(f"/page/0123456789abcdef/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_page_is_light() -> None:
    """All that a browser loads for it has less than 68 KiB, before it is packed."""
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 68 * 1024


def test_files_load_nothing_from_elsewhere() -> None:
    """No address of another host is in any file; what an SVG is called by is none that is loaded."""
    for name in FILES:
        text = (FOLDER / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"^\s*//.*|\s// .*$", "", text, flags=re.MULTILINE), name


def test_both_languages_say_everything() -> None:
    """What one has a text for the other has, too; and whatever the page wants to say has one."""
    text = (FOLDER / "strings.js").read_text(encoding="utf-8")
    english, chinese = (
        set(re.findall(r"[{,]\s+(\w+): [\"{\[]", re.search(rf"const {name} = (\{{.*?\n\}});", text, re.DOTALL)[1]))
        for name in ("ENGLISH", "CHINESE")
    )
    assert english == chinese
    wanted = set()
    for path in FOLDER.iterdir():
        source = path.read_text(encoding="utf-8")
        wanted |= set(re.findall(r'\bt\("(\w+)"', source)) | set(re.findall(r'data-(?:text|label)="(\w+)"', source))
    assert len(wanted) > 40
    assert wanted <= english
