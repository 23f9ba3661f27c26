"""What the tests of the bench's commands share: a stand-in for the service, and a corpus of two images."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.stand_in import POLYGON, Service, running


@pytest.fixture
def service() -> Iterator[Service]:
    """Run a stand-in for the service."""
    with running(Service()) as server:
        yield server


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Two labelled images, ``one`` and ``two``, whose bytes and texts are their names."""
    folder = tmp_path / "corpus" / "set"
    (folder / "images").mkdir(parents=True)
    with (folder / "labels.jsonl").open("w") as labels:
        for name in ("one", "two"):
            (folder / "images" / name).write_text(name)
            lines = [{"text": name, "quad": POLYGON}]
            labels.write(json.dumps({"image": f"images/{name}", "lang": "en", "lines": lines}) + "\n")
    return folder.parent
