"""Files of one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.errors import BenchError


def json_lines(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield ``(place, value)`` for each line that is not blank; ``place`` is ``file:line`` for error messages.

    Only a line feed ends a line: U+2028 and its like are ordinary characters inside a JSON string.
    Raises BenchError when the file is missing, is not UTF-8, or a line is not JSON.
    """
    try:
        with path.open(encoding="utf-8", newline="\n") as stream:
            for number, row in enumerate(stream, start=1):
                if row.strip():
                    yield f"{path}:{number}", _parse(row, f"{path}:{number}")
    except (OSError, UnicodeDecodeError) as error:
        raise BenchError(f"cannot read {path}: {error}") from error


def _parse(row: str, place: str) -> Any:
    """Return the JSON value of one line; raises BenchError naming the place."""
    try:
        return json.loads(row)
    except json.JSONDecodeError as error:
        raise BenchError(f"{place}: not JSON: {error}") from error
