"""What the tests of the page at ``/`` do in a browser again and again."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.browser import Page
from tests.conftest import ROOT, Service

PICTURES = ROOT / "build" / "page"
"""Where screenshots are left, to be looked at."""


def open_page(page: Page, service: Service) -> None:
    """Open the page, and wait until it knows the service's limits."""
    page.requested.clear()
    page.complaints.clear()
    page.open(service.url + "/")
    page.wait_for("document.getElementById('model')?.textContent")


def wait_until(page: Page, state: str) -> None:
    """Wait until what is shown is in this state."""
    page.wait_for(f"document.getElementById('work').dataset.state === {json.dumps(state)}")


def read(page: Page, *files: Path) -> None:
    """Choose *files* and wait until the first is read."""
    page.choose("#files" if page.evaluate("document.getElementById('work').hidden") else "#more-files", *files)
    wait_until(page, "done")


def rows(page: Page) -> list[str]:
    """The rows of text on the screen."""
    found = page.evaluate("[...document.querySelectorAll('.lines li')].map(row => row.innerText.trim())")
    return [" ".join(row.split()) for row in found]


def text_of(page: Page, selector: str) -> str:
    """What is to be read in the first element that *selector* finds."""
    return str(page.evaluate(f"document.querySelector({json.dumps(selector)}).innerText"))


def hand_over(page: Page, kind: str, file: Path, media_type: str) -> None:
    """Paste or drop *file*, as an event that a browser makes of it; the browser is told to do nothing itself."""
    data = base64.b64encode(file.read_bytes()).decode()
    was_taken = page.evaluate(
        f"""(() => {{
          const bytes = Uint8Array.from(atob("{data}"), c => c.charCodeAt(0));
          const carried = new DataTransfer();
          carried.items.add(new File([bytes], "{file.name}", {{type: "{media_type}"}}));
          const options = {{bubbles: true, cancelable: true, dataTransfer: carried, clipboardData: carried}};
          const event = name => new (name === "paste" ? ClipboardEvent : DragEvent)(name, options);
          const names = "{kind}" === "paste" ? ["paste"] : ["dragenter", "dragover", "drop"];
          return names.map(name => !document.body.dispatchEvent(event(name)));
        }})()"""
    )
    assert was_taken == ([True] if kind == "paste" else [False, True, True])


def keep_screenshot(page: Page, name: str) -> None:
    """Leave a picture of the screen in `PICTURES`."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.png").write_bytes(page.screenshot())


def statuses(page: Page) -> list[int]:
    """Those that the console complained of; there may be no other complaint."""
    told: list[dict[str, Any]] = [json.loads(one) for one in page.complaints]
    return [int(one["text"].split("status of ")[1][:3]) for one in told]


def asked(page: Page, path: str) -> list[str]:
    """The queries of the page's requests for *path*, in order."""
    parts = map(urlsplit, page.requested)
    return [part.query for part in parts if part.path == path]


def hosts(page: Page) -> set[str]:
    """Whom the page asked."""
    return {urlsplit(url).netloc for url in page.requested if not url.startswith(("data:", "blob:"))}
