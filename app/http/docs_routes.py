"""``GET /docs``: the contract as a page to read and to try out, which is Swagger UI over ``/openapi.json``.

Its files are those of the package ``flask-swagger-ui`` and two of ours; nothing comes from another host, and no script
or style stands in the page itself. They are read when the page is first asked for, and kept: every client that is being
sent one of them is sent the same bytes.
"""

import importlib.util
from functools import cache
from pathlib import Path
from string import Template

from flask import Blueprint, Response, abort

from app.http.page_files import PageFile, read_page_file, versioned_response

_PACKAGE = "flask_swagger_ui"  # its code is never imported
_OWN = Path(__file__).with_name("docs_page")
_FILES = {
    "favicon": ("favicon-32x32.png", "image/png"),
    "layout": ("index.css", "text/css"),
    "style": ("swagger-ui.css", "text/css"),
    "bundle": ("swagger-ui-bundle.js", "text/javascript"),
}
"""By the name that the page calls them: the package's files and their media types."""


def docs_blueprint() -> Blueprint:
    """The routes."""
    routes = Blueprint("docs", __name__)

    @routes.get("/docs")
    def page() -> Response:
        template = Template((_OWN / "page.html").read_text(encoding="utf-8"))
        body = template.substitute({called: _address(asset) for called, asset in _assets().items()})
        return Response(body, mimetype="text/html")

    @routes.get("/docs/")
    def page_below() -> Response:
        # Relative, as all addresses here: a gateway may have put a prefix in front of the path.
        return Response(status=308, headers={"Location": "../docs"}, mimetype="text/plain")

    @routes.get("/docs/<digest>/<name>")
    def asset(digest: str, name: str) -> Response:
        found = next((asset for asset in _assets().values() if asset.name == name), None)
        if found is None:
            abort(404)
        return versioned_response(found, digest, found.digest)

    return routes


def _address(file: PageFile) -> str:
    """With its digest in it, so that it can be kept forever."""
    return f"docs/{file.digest}/{file.name}"


@cache
def _assets() -> dict[str, PageFile]:
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise FileNotFoundError(f"{_PACKAGE} is not installed")
    dist = Path(package.origin).parent / "dist"
    theirs = {called: read_page_file(dist, *file) for called, file in _FILES.items()}
    return theirs | {"start": read_page_file(_OWN, "start.js", "text/javascript")}
