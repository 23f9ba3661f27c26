"""``GET /docs``: the contract as a page to read and to try out, which is Swagger UI over ``/openapi.json``.

Its files are those of the package ``flask-swagger-ui`` and two of ours; nothing comes from another host, and no script
or style stands in the page itself. They are read when the page is first asked for, and kept: every client that is being
sent one of them is sent the same bytes.
"""

import gzip
import hashlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template

from flask import Blueprint, Response, abort, request

_PACKAGE = "flask_swagger_ui"  # its code is never imported
_OWN = Path(__file__).with_name("docs_page")
_FILES = {
    "favicon": ("favicon-32x32.png", "image/png"),
    "layout": ("index.css", "text/css"),
    "style": ("swagger-ui.css", "text/css"),
    "bundle": ("swagger-ui-bundle.js", "text/javascript"),
}
"""By the name that the page calls them: the package's files and their media types."""

_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _Asset:
    """A file of the page. digest: of its content; it is a part of its address, which can therefore be kept forever."""

    name: str
    kind: str
    plain: bytes
    packed: bytes
    digest: str

    @property
    def address(self) -> str:
        return f"docs/{self.digest}/{self.name}"


def docs_blueprint() -> Blueprint:
    """The routes."""
    routes = Blueprint("docs", __name__)

    @routes.get("/docs")
    def page() -> Response:
        template = Template((_OWN / "page.html").read_text(encoding="utf-8"))
        body = template.substitute({called: asset.address for called, asset in _assets().items()})
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
        packs = request.accept_encodings.quality("gzip") > 0
        response = Response(found.packed if packs else found.plain, mimetype=found.kind)
        if packs:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        response.set_etag(f"{found.digest}-gzip" if packs else found.digest)
        # While one version takes the place of another, a page of the one may ask the other.
        response.headers["Cache-Control"] = _FOREVER if digest == found.digest else "no-cache"
        response.make_conditional(request)
        return response

    return routes


@cache
def _assets() -> dict[str, _Asset]:
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise FileNotFoundError(f"{_PACKAGE} is not installed")
    dist = Path(package.origin).parent / "dist"
    theirs = {called: _read(dist, *file) for called, file in _FILES.items()}
    return theirs | {"start": _read(_OWN, "start.js", "text/javascript")}


def _read(folder: Path, name: str, kind: str) -> _Asset:
    plain = (folder / name).read_bytes()
    return _Asset(name, kind, plain, gzip.compress(plain, mtime=0), hashlib.sha256(plain).hexdigest()[:16])
