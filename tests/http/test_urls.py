"""Images by URL over real HTTP: off as it comes, and when on never a way into the network around the service."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """A listener on the loopback, where nobody may ever connect."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener
        with contextlib.suppress(BlockingIOError):
            listener.accept()
            pytest.fail("the service connected to the loopback")


def _ask(service: Any, *urls: str) -> list[tuple[int, str]]:
    answers = [service.client.post("/ocr", json={"url": url}) for url in urls]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    return [(answer.status_code, answer.json()["code"]) for answer in answers]


def test_urls_are_off_as_the_service_comes(
    null_service: Any, trap: socket.socket, image: Callable[[str], bytes]
) -> None:
    """Without a list no URL is fetched, whatever it is, and the answer says that it is the service's choice."""
    port = trap.getsockname()[1]
    urls = [f"http://127.0.0.1:{port}/", "https://example.com/a.png", "no URL at all"]
    assert _ask(null_service, *urls) == [(403, "url_not_allowed")] * 3
    assert "no images by URL" in null_service.client.post("/ocr", json={"urls": urls}).json()["detail"]
    assert null_service.ocr(image("latin.png")).status_code == 200


def test_nothing_inside_is_reached_with_every_host_allowed(
    start_service: Callable[..., Any], trap: socket.socket
) -> None:
    """With any host on the list, loopback, link-local and private ones are refused, by name and in every spelling.

    The answers for a name that lies inside and for one that does not exist are the same, and no URL is logged.
    """
    port = trap.getsockname()[1]
    service = start_service(engine="null", url_hosts=f"*,http://*,http://*:{port},*:{port}")
    hosts = ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
    hosts += [
        "localhost",
        "LOCALHOST.",
        "a@127.0.0.1",
        "169.254.169.254",
        "10.0.0.1",
        "[fd00:ec2::254]",
        "１２７.0.0.1",
    ]
    urls = [f"{scheme}://{host}:{port}/?signature=s3cret" for host in hosts for scheme in ("http", "https")]
    urls += ["http://169.254.169.254/latest/meta-data/", "https://localhost/", "file:///etc/passwd", "gopher://x.test/"]
    assert _ask(service, *urls) == [(403, "url_not_allowed")] * len(urls)
    inside, nowhere = (
        service.client.post("/ocr", json={"url": f"http://{host}/"}).json() for host in ("localhost", "nowhere.invalid")
    )
    assert inside | {"id": ""} == nowhere | {"id": ""}
    assert service.metric("ocr_errors_total", code="url_not_allowed") == len(urls) + 2
    assert "s3cret" not in service.log_file.read_text()
    assert "meta-data" not in service.log_file.read_text()


def test_a_host_that_is_not_listed_is_refused(start_service: Callable[..., Any], trap: socket.socket) -> None:
    """A list of one host allows that host, over https, and no other; a body with an image is served as before."""
    service = start_service(engine="null", url_hosts="images.example.com")
    port = trap.getsockname()[1]
    urls = ["https://example.com/", "http://images.example.com/", f"https://images.example.com:{port}/"]
    assert _ask(service, *urls, "https://images.example.com\\@localhost/") == [
        *[(403, "url_not_allowed")] * 3,
        (400, "malformed_request"),
    ]


def test_a_bad_list_stops_the_start(start_service: Callable[..., Any]) -> None:
    """An entry that is no host is said in one line that names the variable, and nothing is served."""
    service = start_service(wait=False, engine="null", url_hosts="images.example.com,10.0.0.0/8")
    assert service.process.wait(60) != 0
    lines = service.log_file.read_text().splitlines()
    (said,) = [line for line in lines if "OCR_URL_HOSTS" in line]
    assert said.startswith("configuration error: OCR_URL_HOSTS: '10.0.0.0/8' is no host")
    assert "Traceback" not in service.log_file.read_text()
