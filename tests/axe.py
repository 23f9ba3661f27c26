"""axe-core, which finds what keeps people with disabilities from a page; npm fetches it when it is first wanted."""

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.browser import Page

_VERSION = "4.14.1"
_SHA256 = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745"
_FOLDER = Path(__file__).parents[1] / "build" / "tools" / "axe"
_PATIENCE_SECONDS = 120


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds on *page*, best practices included: the rule, and where it is broken."""
    page.evaluate(_script())
    found = page.evaluate("axe.run().then(({violations}) => JSON.stringify(violations))")
    return [
        {"rule": one["id"], "help": one["help"], "at": [node["html"] for node in one["nodes"]]}
        for one in json.loads(found)
    ]


@cache
def _script() -> str:
    archive = _FOLDER / f"axe-core-{_VERSION}.tgz"
    if not archive.exists():
        _fetch()
    data = archive.read_bytes()
    assert hashlib.sha256(data).hexdigest() == _SHA256, f"{archive} is another file"
    with tarfile.open(fileobj=io.BytesIO(data)) as files:
        member = files.extractfile("package/axe.min.js")
        assert member
        return member.read().decode()


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm to fetch axe-core with: apt-get install npm")
    _FOLDER.mkdir(parents=True, exist_ok=True)
    command = [npm, "pack", f"axe-core@{_VERSION}", "--silent", "--pack-destination", str(_FOLDER)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not fetch axe-core within {_PATIENCE_SECONDS} s")
    if ran.returncode:
        pytest.skip(f"npm could not fetch axe-core: {ran.stderr.strip()[-200:]}")
