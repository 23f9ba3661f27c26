"""``GET /``: the page on which people have their pictures read. It uses the native dialect and nothing else.

It is made of the files in ``page/``, without a build step and without a file of another host. They are read when it is
first asked for, and kept. Its modules import each other by name: so all of them lie under one address that changes
with the content of any.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from flask import Blueprint, Response, abort

from app.http.page_files import PageFile, page_file, page_file_response, read_page_file, versioned_response

_FOLDER = Path(__file__).with_name("page")
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class _Page:
    """document: the page itself. files: what it loads, by name. version: of all of them."""

    document: PageFile
    files: dict[str, PageFile]
    version: str


def page_blueprint() -> Blueprint:
    """The routes."""
    routes = Blueprint("page", __name__)

    @routes.get("/")
    def page() -> Response:
        return page_file_response(_page().document, "no-cache")

    @routes.get("/page/<version>/<name>")
    def file(version: str, name: str) -> Response:
        found = _page().files.get(name)
        if found is None:
            abort(404)
        return versioned_response(found, version, _page().version)

    return routes


@cache
def _page() -> _Page:
    paths = sorted(path for path in _FOLDER.iterdir() if path.suffix in _KINDS)
    files = {path.name: read_page_file(_FOLDER, path.name, _KINDS[path.suffix]) for path in paths}
    version = hashlib.sha256("".join(file.digest for file in files.values()).encode()).hexdigest()[:16]
    template = Template((_FOLDER / "page.html").read_text(encoding="utf-8"))
    # Relative, as all addresses here: a gateway may have put a prefix in front of the path.
    document = template.substitute(files=f"page/{version}")
    return _Page(page_file("page.html", "text/html", document.encode()), files, version)
