"""The goldens of PaddleX serving, and requests beyond them, against a real ``paddlex --serve`` beside the service.

Where CI is set its environment is made (in a minute or two); elsewhere these tests want one that is there:
``python -c 'from bench.peers.paddlex_serving import ENVIRONMENT as e; e.ensure()'``.
"""

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from bench.peers.paddlex_serving import ENVIRONMENT
from tests.conftest import Service
from tests.paddlex_goldens import OURS_AS_THEIRS, Golden, differences, goldens, request_body
from tests.peers.paddlex_server import paddlex_server

IMAGES = Path(__file__).parents[1] / "images"
PICTURES = ["chinese.png", "japanese.png", "latin.png", "page.png", "photo.jpg"]


@pytest.fixture(scope="module")
def environment() -> None:
    """The packages of the real server."""
    if not ENVIRONMENT.is_ready():
        if not os.environ.get("CI"):
            pytest.skip(f"no environment with PaddleX serving in {ENVIRONMENT.folder}")
        ENVIRONMENT.ensure()


@pytest.fixture(scope="module")
def plain(environment: None, weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server with the models that find and read lines: its address."""
    with paddlex_server(weights_dir, tmp_path_factory.mktemp("plain"), turning=False) as url:
        yield url


@pytest.fixture(scope="module")
def turning(environment: None, weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The one that also has those that tell how pages and lines lie."""
    with paddlex_server(weights_dir, tmp_path_factory.mktemp("turning"), turning=True) as url:
        yield url


@pytest.fixture(scope="module")
def service(
    running: Callable[..., AbstractContextManager[Service]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service, set as the real server is."""
    with running(tmp_path_factory.mktemp("ours"), wait=True, **OURS_AS_THEIRS) as service:
        yield service


def ask(url: str, body: dict[str, Any]) -> httpx2.Response:
    """Send a request to a real server. That hangs up where it fails, so each request has a connection of its own."""
    return httpx2.post(f"{url}/ocr", json=body, timeout=60)


@pytest.mark.parametrize("golden", goldens("valid", "invalid"))
def test_a_golden_is_what_the_real_server_answers(request: pytest.FixtureRequest, golden: Golden) -> None:
    """No golden was made up: the real server gives its status and its answer today."""
    response = ask(request.getfixturevalue(golden["peer"]), request_body(golden))
    assert response.status_code == golden["status"]
    found = differences(golden, golden["answer"], response.json())
    assert not found


@pytest.mark.parametrize("more", [{}, {"returnWordBox": True}], ids=["lines", "words"])
@pytest.mark.parametrize("name", PICTURES)
def test_both_read_the_same(plain: str, service: Service, name: str, more: dict[str, Any]) -> None:
    """The same request to both: the same keys, types, texts, boxes and words, and scores that are close."""
    file = base64.b64encode((IMAGES / name).read_bytes()).decode()
    body = {"file": file, "fileType": 1, "logId": "same"} | more
    theirs, ours = ask(plain, body), service.client.post("/ocr", json=body)
    assert (theirs.status_code, ours.status_code) == (200, 200)
    found = differences({}, theirs.json(), ours.json())
    assert not found


def test_both_are_healthy_in_the_same_words(plain: str, service: Service) -> None:
    """Each with a name for the answer."""
    theirs, ours = httpx2.get(f"{plain}/health", timeout=60), service.client.get("/health")
    assert theirs.status_code == ours.status_code == 200
    found = differences({}, theirs.json() | {"logId": "*"}, ours.json())
    assert not found
