"""The clients against the real service."""

import concurrent.futures
import re
import shutil

import httpx
import pytest
from ppocr_client import (
    ImageError,
    OcrClient,
    OcrResult,
    RequestRefusedError,
    UnauthorizedError,
)

from tests import pdf_files
from tests.conftest import IMAGES, ROOT

README = (ROOT / "client" / "README.md").read_text(encoding="utf-8")
KEY = "first-key-first-key"


def test_a_result_has_types(connect, small_service, labels):
    """Text, lines with boxes and scores, words, page and timings of a real picture."""
    result = connect(small_service.url).recognise(IMAGES / "latin.png", words=True, request_id="mine")
    assert [line.text for line in result.lines] == labels["latin.png"]
    assert result.text == result.pages[0].text == "\n".join(labels["latin.png"])
    assert (result.model, result.request_id, result.truncated) == ("pp-ocrv6-small", "mine", False)
    (page,) = result.pages
    assert (page.index, page.angle) == (0, 0)
    for line in page.lines:
        left, top, right, bottom = line.box
        assert 0 <= left < right <= page.width
        assert 0 <= top < bottom <= page.height
        assert len(line.polygon) == 4
        assert 0.5 < line.score <= 1
        assert "".join(word.text for word in line.words) == line.text
    assert result.timings_ms["total"] > 0
    assert hash(result) == hash(result)


def test_a_document_has_pages_and_errors_of_pages(connect, null_service):
    """Those that were asked for; a page that cannot be read is told beside the others."""
    kids = [b"10 0 R", b"12 0 R", b"14 0 R"]
    document = pdf_files.painted(0, 51, 102, box=b"0 0 90 60")
    spoilt = document.replace(b" ".join(kids), b" ".join((kids[0], b"99 0 R", kids[2])))
    result = connect(null_service.url).recognise(spoilt, dpi=72, text_layer="auto")
    assert [(page.index, page.source) for page in result.pages] == [(0, "ocr"), (2, "ocr")]
    assert [(page.index, page.code) for page in result.failed_pages] == [(1, "broken_image")]
    assert [page.index for page in connect(null_service.url).recognise(document, pages="2-3").pages] == [1, 2]


@pytest.mark.parametrize("option", ["format", "picture"])
def test_what_the_client_could_not_read_is_not_asked_for(connect, null_service, image, option):
    """It says so itself, and sends nothing."""
    with pytest.raises(ValueError, match=f"{option} is for other clients"):
        connect(null_service.url).recognise(image("latin.png"), **{option: "text"})


def test_an_image_is_bytes_path_or_file(connect, null_service, image):
    """However it is given, the same bytes are sent; anything else is the caller's mistake."""
    client, data = connect(null_service.url), image("latin.png")
    with (IMAGES / "latin.png").open("rb") as stream:
        texts = {client.recognise(one).text for one in (data, IMAGES / "latin.png", stream)}
    assert len(texts) == 1
    with pytest.raises(TypeError, match="not a str"):
        client.recognise("latin.png")


def test_several_images_have_a_result_each(connect, null_service, image):
    """In their order; one that cannot be read is an error in its place; one alone is a list of one, none is none."""
    client, good = connect(null_service.url), image("latin.png")
    first, second, third = client.recognise_many([good, b"no image", good], words=True)
    assert second == ImageError("unsupported_media_type", second.detail)
    assert isinstance(first, OcrResult)
    assert first == third
    assert first.lines[0].words is not None
    (alone,) = client.recognise_many([good])
    assert alone.text == first.text
    assert client.recognise_many([]) == []


@pytest.mark.parametrize(
    ("images", "options", "status", "code"),
    [
        ([b"no image"], {}, 415, "unsupported_media_type"),
        ([b"no image"] * 2, {}, 415, "unsupported_media_type"),
        ([b"\x89PNG\r\n\x1a\n"], {}, 400, "broken_image"),
        ([b""], {}, 400, "malformed_request"),
        ([b"x" * 70_000], {}, 413, "body_too_large"),
        ([b"x"] * 4, {}, 413, "too_many_images"),
        ([b"x"], {"min_score": 2}, 422, "invalid_option"),
        ([b"x"], {"colour": "red"}, 422, "invalid_option"),
    ],
)
def test_refusals_say_why(connect, null_service, *, images, options, status, code):
    """Each has the service's code, status and words, and the id under which its log has it."""
    with pytest.raises(RequestRefusedError) as caught:
        connect(null_service.url).recognise_many(images, **options)
    error = caught.value
    assert (error.code, error.status) == (code, status)
    assert error.detail
    (logged,) = [line for line in null_service.log() if line.get("request_id") == error.request_id]
    assert (logged["code"], logged["status"]) == (code, status)


def test_keys_are_shown(connect, start_service, image):
    """A right key is let in; none and a wrong one are told so."""
    service = start_service(engine="null", api_keys=KEY)
    assert connect(service.url, KEY).recognise(image("latin.png")).text.startswith("null-")
    for key in (None, "wrong-wrong-wrong-wrong"):
        with pytest.raises(UnauthorizedError) as caught:
            connect(service.url, key).recognise(image("latin.png"))
        assert (caught.value.status, caught.value.code) == (401, "unauthorized")


def test_what_the_service_is_can_be_asked(connect, null_service, free_port):
    """Ready or not, what it runs and what it allows; who is not there is not ready."""
    client = connect(null_service.url)
    assert client.ready() is True
    about = client.info()
    assert (about.engine, about.state, about.limits["max_images"]) == ("null", "ready", 3)
    assert about.members["version"] == about.version
    assert connect(f"http://127.0.0.1:{free_port()}").ready() is False


def test_a_service_that_is_being_started_is_waited_for(start_service, image):
    """A call that comes before the port is there is answered once it is."""
    service = start_service(wait=False, engine="null")
    with OcrClient(service.url, retries=50) as client:
        assert client.recognise(image("latin.png")).text.startswith("null-")


@pytest.mark.parametrize("queue_size", [0, 1])
def test_an_overloaded_service_serves_everybody_in_the_end(start_service, image, queue_size):
    """Twenty threads where none or one may wait: most are refused at first, and each gets its picture's text."""
    service = start_service(engine="null", null_delay_seconds=0.1, slots=1, cpus=1, queue_size=queue_size)
    names = [path.name for path in sorted(IMAGES.glob("*.png"))]
    with OcrClient(service.url) as client, concurrent.futures.ThreadPoolExecutor(20) as pool:
        expected = {name: client.recognise(image(name)).text for name in names}
        wanted = [names[number % len(names)] for number in range(20)]
        found = list(pool.map(lambda name: client.recognise(image(name)).text, wanted))
    assert found == [expected[name] for name in wanted]
    assert service.metric("ocr_rejected_total", reason="queue_full") >= 5
    assert service.metric("ocr_requests_total", route="/ocr", code="200") == len(names) + 20


def test_a_client_of_ones_own_stays_open(small_service, image):
    """Who brings an httpx client, with its certificates and proxies, has it back."""
    with httpx.Client(headers={"X-Mine": "1"}) as http:
        with OcrClient(small_service.url, http=http) as client:
            assert client.ready()
        assert not http.is_closed
    with OcrClient(small_service.url) as client:
        pass
    assert client._http.is_closed


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_the_readme_runs(example, null_service, tmp_path, monkeypatch, capsys):
    """Each of its programs does what it says."""
    (tmp_path / "scans").mkdir()
    for name in ("receipt.jpg", "scans/a.png", "scans/b.png"):
        shutil.copy(IMAGES / "latin.png", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert "http://localhost:9000" in example
    exec(compile(example.replace("http://localhost:9000", null_service.url), "README.md", "exec"), {})  # noqa: S102
    said = capsys.readouterr().out
    assert ("unsupported_media_type 415 " if "no image" in example else "null-") in said
