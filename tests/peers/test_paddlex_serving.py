"""The goldens of PaddleX serving, and requests beyond them, against a real ``paddlex --serve`` beside the service.

Where CI is set its environment is made (in a minute or two); elsewhere these tests want one that is there:
``python -c 'from bench.peers.paddlex_serving import ENVIRONMENT as e; e.ensure()'``.
"""

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
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


class Peers:
    """The real server, in each set-up once somebody asks for it."""

    def __init__(self, stack: ExitStack, weights: Path, folders: pytest.TempPathFactory) -> None:
        self._stack, self._weights, self._folders = stack, weights, folders
        self._urls: dict[str, str] = {}

    def post(self, name: str, body: dict[str, Any]) -> httpx2.Response:
        """Send a request. The real server closes the connection where it fails, so each has one of its own."""
        if name not in self._urls:
            server = paddlex_server(self._weights, self._folders.mktemp(name), turning=name == "turning")
            self._urls[name] = self._stack.enter_context(server)
        return httpx2.post(f"{self._urls[name]}/ocr", json=body, timeout=60)

    def get(self, path: str) -> httpx2.Response:
        """Ask the plain one."""
        self.post("plain", {})
        return httpx2.get(self._urls["plain"] + path, timeout=60)


@pytest.fixture(scope="module")
def peers(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    """The real server."""
    if not ENVIRONMENT.is_ready():
        if not os.environ.get("CI"):
            pytest.skip(f"no environment with PaddleX serving in {ENVIRONMENT.folder}")
        ENVIRONMENT.ensure()
    with ExitStack() as stack:
        yield Peers(stack, weights_dir, tmp_path_factory)


@pytest.fixture(scope="module")
def service(
    running: Callable[..., AbstractContextManager[Service]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The service, set as the real server is."""
    with running(tmp_path_factory.mktemp("ours"), wait=True, **OURS_AS_THEIRS) as service:
        yield service


@pytest.mark.parametrize("golden", goldens("valid", "invalid"))
def test_a_golden_is_what_the_real_server_answers(peers: Peers, golden: Golden) -> None:
    """No golden was made up: the real server gives its status and its answer today."""
    response = peers.post(golden["peer"], request_body(golden))
    assert response.status_code == golden["status"]
    found = differences(golden, golden["answer"], response.json())
    assert not found


@pytest.mark.parametrize("more", [{}, {"returnWordBox": True}], ids=["lines", "words"])
@pytest.mark.parametrize("name", PICTURES)
def test_both_read_the_same(peers: Peers, service: Service, name: str, more: dict[str, Any]) -> None:
    """The same request to both: the same keys, types, texts, boxes and words, and scores that are close."""
    file = base64.b64encode((IMAGES / name).read_bytes()).decode()
    body = {"file": file, "fileType": 1, "logId": "same"} | more
    theirs, ours = peers.post("plain", body), service.client.post("/ocr", json=body)
    assert (theirs.status_code, ours.status_code) == (200, 200)
    found = differences({}, theirs.json(), ours.json())
    assert not found


def test_both_are_healthy_in_the_same_words(peers: Peers, service: Service) -> None:
    """Each with a name for the answer."""
    theirs, ours = peers.get("/health"), service.client.get("/health")
    assert theirs.status_code == ours.status_code == 200
    found = differences({}, theirs.json() | {"logId": "*"}, ours.json())
    assert not found
