"""Files that the service's own pages are made of: kept in memory packed and plain, and by browsers forever."""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

from flask import Response, request

_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of a page. kind: its media type. digest: of its content."""

    name: str
    kind: str
    plain: bytes
    packed: bytes
    digest: str


def read_page_file(folder: Path, name: str, kind: str) -> PageFile:
    """The file *name* in *folder*."""
    return page_file(name, kind, (folder / name).read_bytes())


def page_file(name: str, kind: str, plain: bytes) -> PageFile:
    """A file of this content."""
    return PageFile(name, kind, plain, gzip.compress(plain, mtime=0), hashlib.sha256(plain).hexdigest()[:16])


def page_file_response(file: PageFile, cache_control: str) -> Response:
    """*file*, packed for those who can unpack it; nothing of it for those who have it already."""
    packs = request.accept_encodings.quality("gzip") > 0
    response = Response(file.packed if packs else file.plain, mimetype=file.kind)
    if packs:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{file.digest}-gzip" if packs else file.digest)
    response.headers["Cache-Control"] = cache_control
    response.make_conditional(request)
    return response


def versioned_response(file: PageFile, asked: str, version: str) -> Response:
    """*file*, from an address with the version *asked*, to be kept forever where that is its *version*.

    While one version of the service takes the place of another, a page of the one may ask the other.
    """
    return page_file_response(file, _FOREVER if asked == version else "no-cache")
