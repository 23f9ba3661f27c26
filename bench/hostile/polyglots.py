"""Files that are two things at once, or another thing than they are taken for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench.hostile.file_parts import jpeg_segment, zip_file
from bench.hostile.item import BROKEN, READ, UNSUPPORTED, HostileFile

_PAGE = b"<!DOCTYPE html><html><body><script>alert(document.domain)</script></body></html>"
_TAILS = {
    "zip": zip_file(b"a.txt", b"hello"),
    "jar": zip_file(b"META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\nMain-Class: A\n"),
    "html": _PAGE,
    "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n",
    "php": b"<?php system($_GET['c']); ?>",
    "shell": b"\n#!/bin/sh\nrm -rf /\n",
}
_PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"
"""Which has no pages."""

_OTHERS = {
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "svg entities": b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg><text>&x;</text></svg>",
    "laughs": b"<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><l>&b;</l>",
    "html": _PAGE,
    "postscript": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n",
    "mvg": b"push graphic-context\nfill 'url(https://127.0.0.1/\"|id; \")'\npop graphic-context",
    "msl": b"<?xml version='1.0'?><image><read filename='/etc/passwd'/></image>",
    "icon": b"\0\0\1\0\1\0\0\0\0\0\1\0\x20\0\xff\xff\xff\x7f\x16\0\0\0",
    "photoshop": b"8BPS\0\1" + bytes(60),
    "avif": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + bytes(40),
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
    "fits": b"SIMPLE  =                    T" + b" " * 2850,
    "netpbm": b"P6\n99999 99999\n255\n",
    "quite ok": b"qoif\0\0\xff\xff\0\0\xff\xff\3\0",
    "zip": zip_file(b"a.png", b"\x89PNG\r\n\x1a\n"),
    "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\3" + bytes(20),
    "elf": b"\x7fELF\2\1\1" + bytes(60),
    "path": b"../../../../etc/passwd",
    "address": b"http://169.254.169.254/latest/meta-data/",
    "utf-16": "\ufeffhello".encode("utf-16-le"),
}


def files(seeds: Mapping[str, bytes]) -> Iterator[HostileFile]:
    """Yield files of two kinds, some made from *seeds*."""
    for name in ("jpeg", "png", "gif", "webp", "bmp", "tiff"):
        for tail, data in _TAILS.items():
            yield HostileFile(f"polyglot/{name} and {tail}", seeds[name] + data, READ)
        yield HostileFile(f"polyglot/html before {name}", _PAGE + seeds[name], UNSUPPORTED)
        yield HostileFile(f"polyglot/pdf before {name}", _PDF + seeds[name], BROKEN)
        yield HostileFile(f"polyglot/line before {name}", b"\r\n" + seeds[name], UNSUPPORTED)
        yield HostileFile(f"polyglot/nul before {name}", b"\0" + seeds[name], UNSUPPORTED)
    yield HostileFile("polyglot/jpeg and png", seeds["jpeg"] + seeds["png"], READ)
    yield HostileFile("polyglot/png and jpeg", seeds["png"] + seeds["jpeg"], READ)
    page = jpeg_segment(0xFE, b"*/=alert(1)/*" + _PAGE)
    yield HostileFile("polyglot/jpeg around html", seeds["jpeg"][:2] + page + seeds["jpeg"][2:], READ)
    inner = jpeg_segment(0xFE, seeds["gif"][:60_000])
    yield HostileFile("polyglot/jpeg around gif", seeds["jpeg"][:2] + inner + seeds["jpeg"][2:], READ)
    yield HostileFile("foreign/pdf", _PDF, BROKEN)
    for name, data in _OTHERS.items():
        yield HostileFile(f"foreign/{name}", data, UNSUPPORTED)
