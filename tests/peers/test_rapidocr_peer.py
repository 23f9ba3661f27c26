"""The real RapidOCR API server beside this service: the same form, the same kind of answer, the same text.

Its wheel has PP-OCRv6 small in it, which is this service's tier here; but it shows pictures to the detector at another
size, so corners lie some pixels apart, and it does not turn photos as their EXIF data says. Every request says all of
its options: the server keeps those of the last one. Where its environment is not installed (``python -m bench compare``
does it) the tests are skipped, but not in CI.
"""

import base64
import io
import os
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from PIL import Image

from bench.peers.http_peer import HttpConnection
from bench.peers.rapidocr_server import ENVIRONMENT, RapidOcrServer
from tests.conftest import Service

_WHOLE = {"use_det": "true", "use_cls": "false", "use_rec": "true"}
_PIXELS = 12
"""How far a corner may lie from the peer's."""


@pytest.fixture(scope="module", name="peer")
def _peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    if not ENVIRONMENT.is_ready() and not os.environ.get("CI"):
        pytest.skip(f"{ENVIRONMENT.folder.name} is not installed; `python -m bench compare` does it")
    ENVIRONMENT.ensure()
    with RapidOcrServer().started(tmp_path_factory.mktemp("rapidocr"), "latency") as started:
        assert isinstance(started.connection, HttpConnection)
        fresh = httpx2.Limits(max_keepalive_connections=0)  # it closes idle connections after a few seconds
        with httpx2.Client(base_url=started.connection.url, timeout=60, limits=fresh) as client:
            yield client


@pytest.fixture(name="both")
def _both(peer: httpx2.Client, small_service: Service) -> tuple[httpx2.Client, httpx2.Client]:
    return peer, small_service.client


def _file(client: httpx2.Client, data: bytes, **options: str) -> httpx2.Response:
    return client.post("/ocr", files={"image_file": ("picture", data)}, data=_WHOLE | options)


@pytest.mark.parametrize("name", ["latin.png", "chinese.png", "japanese.png", "page.png"])
def test_a_file_is_answered_alike(both: Any, image: Any, labels: Any, name: str):
    """The same members of the same types in the same order, the same text, and corners at the same places."""
    theirs, ours = (_file(client, image(name)) for client in both)
    assert (theirs.status_code, theirs.headers["content-type"]) == (ours.status_code, ours.headers["content-type"])
    theirs, ours = theirs.json(), ours.json()
    assert list(ours) == list(theirs) == [str(number) for number in range(len(labels[name]))]
    for number, theirs_line in theirs.items():
        ours_line = ours[number]
        assert list(ours_line) == list(theirs_line)
        assert ours_line["rec_txt"] == theirs_line["rec_txt"]
        assert type(ours_line["score"]) is type(theirs_line["score"]) is float
        for one, other in zip(ours_line["dt_boxes"], theirs_line["dt_boxes"], strict=True):
            assert [type(value) for value in one] == [type(value) for value in other] == [float, float]
            assert one == pytest.approx(other, abs=_PIXELS)


def test_base64_is_read_alike_however_the_form_is_encoded(both: Any, image: Any):
    """As ``requests.post(data=...)`` sends it, and as a field of a multipart form."""
    fields = _WHOLE | {"image_data": base64.b64encode(image("latin.png")).decode()}
    for client in both:
        expected = _file(client, image("latin.png")).json()
        assert client.post("/ocr", data=fields).json() == expected
        assert client.post("/ocr", files={name: (None, value) for name, value in fields.items()}).json() == expected


def test_no_text_is_an_empty_object(both: Any):
    """Neither takes it for an error."""
    blank = io.BytesIO()
    Image.new("RGB", (320, 240), "white").save(blank, "PNG")
    for client in both:
        answer = _file(client, blank.getvalue())
        assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize("spelling", ["TRUE", "yes", "Off", "0"])
def test_switches_are_spelled_alike(both: Any, image: Any, spelling: str):
    """What one takes for a boolean the other does, too."""
    assert [_file(client, image("latin.png"), use_cls=spelling).status_code for client in both] == [200, 200]


@pytest.mark.parametrize("spelling", ["maybe", "2", " no"])
def test_what_is_no_boolean_is_refused_alike(both: Any, image: Any, spelling: str):
    """With the same status, and a list of what is wrong whose members clients know."""
    for client in both:
        answer = _file(client, image("latin.png"), use_cls=spelling)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/json")
        (wrong,) = answer.json()["detail"]
        assert wrong["loc"][0] == "body"
        assert {"type", "loc", "msg"} <= wrong.keys()


@pytest.mark.parametrize(("field", "status"), [("no image", 415), ("nothing", 400)])
def test_where_the_peer_breaks_the_client_hears_why(both: Any, field: str, status: int):
    """It answers 500 in plain text to what is the client's fault; here that has a status of its own, and a sentence."""
    theirs, ours = (
        _file(client, b"no image") if field == "no image" else client.post("/ocr", data=_WHOLE) for client in both
    )
    assert (theirs.status_code, theirs.text) == (500, "Internal Server Error")
    assert ours.status_code == status
    assert isinstance(ours.json()["detail"], str)


def test_half_of_the_way_works_where_the_peer_breaks(both: Any, image: Any):
    """It answers 500 to finding or reading alone; here that is what was asked for, and the next request is whole."""
    for switch, expected in (("use_rec", ["dt_boxes"]), ("use_det", ["rec_txt", "score"])):
        theirs, ours = (_file(client, image("photo.jpg"), **{switch: "false"}) for client in both)
        assert theirs.status_code == 500
        assert ours.status_code == 200
        assert all(list(line) == expected for line in ours.json().values())
        assert [len(_file(client, image("photo.jpg")).json()) for client in both] == [2, 2]
