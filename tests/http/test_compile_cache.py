"""The compile cache as a user meets it: set a folder, start twice."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Image = Callable[[str], bytes]


def outcomes(service: Any) -> list[str]:
    """What the log says became of the cache."""
    return [line["outcome"] for line in service.log() if line["event"] == "compile cache"]


def pages(service: Any, data: bytes) -> str:
    """The answer without what differs from request to request."""
    answer = service.ocr(data).json()
    return json.dumps(answer["pages"])


def test_the_second_start_uses_what_the_first_left(start_service: Any, image: Image, tmp_path: Path) -> None:
    """With one processor or more, and with the same answers as without a cache, in every figure."""
    settings = {"det_max_side": 640, "cpus": 1}
    plain, first = start_service(**settings), start_service(**settings, cache_dir=tmp_path / "cache")
    (entry,) = (tmp_path / "cache").iterdir()
    entry.chmod(0o444)
    second = start_service(**settings, cache_dir=tmp_path / "cache")
    assert [outcomes(service) for service in (plain, first, second)] == [[], ["written"], ["hit"]]
    assert list((tmp_path / "cache").iterdir()) == [entry]
    for name in ("latin.png", "page.png"):
        answers = {pages(service, image(name)) for service in (plain, first, second)}
        assert len(answers) == 1, name


@pytest.mark.parametrize("content", [b"", b"no entry at all" * 1000])
def test_a_damaged_cache_does_not_keep_the_service_from_starting(
    start_service: Any, image: Image, tmp_path: Path, content: bytes
) -> None:
    """It compiles as without, says so in one line, and mends the entry."""
    settings = {"det_max_side": 320, "cache_dir": tmp_path / "cache"}
    start_service(**settings).stop()
    (entry,) = (tmp_path / "cache").iterdir()
    entry.write_bytes(content)
    service = start_service(**settings)
    assert service.ocr(image("latin.png")).status_code == 200
    assert outcomes(service) == ["written"]
    assert entry.stat().st_size > 1 << 20


def test_workers_that_start_together_share_a_cache(start_service: Any, image: Image, tmp_path: Path) -> None:
    """Both write it at once, and there is one entry in the end; both use it the next time."""
    settings = {"det_max_side": 320, "workers": 2, "cache_dir": tmp_path / "cache"}
    service = start_service(**settings)
    service.stop()
    assert len(list((tmp_path / "cache").iterdir())) == 1
    assert set(outcomes(service)) <= {"written", "hit"}
    again = start_service(**settings)
    assert again.ocr(image("latin.png")).status_code == 200
    again.stop()
    assert set(outcomes(again)) == {"hit"}
