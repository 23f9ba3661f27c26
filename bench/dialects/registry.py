"""The dialects by name."""

from __future__ import annotations

from bench.dialects.base import Dialect
from bench.dialects.native import NativeDialect
from bench.dialects.paddlex import PaddlexDialect
from bench.dialects.rapidocr_api import RapidOcrApiDialect
from bench.errors import BenchError

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect for dialect in (NativeDialect(), PaddlexDialect(), RapidOcrApiDialect())
}


def dialect_named(name: str) -> Dialect:
    """Return a dialect; raises BenchError for a name that is none."""
    if name not in DIALECTS:
        raise BenchError(f"no dialect {name!r} (there are: {', '.join(DIALECTS)})")
    return DIALECTS[name]
