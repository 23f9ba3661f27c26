"""KServe v2 over HTTP, byte by byte: ``goldens/kserve/valid`` and ``goldens/kserve/invalid``.

A golden holds a request, its body a character a byte, and what must come of it: the images and the answer, or the
error. The image ``bad`` cannot be read; on every other stands the same line.
"""

import base64
import json
from pathlib import Path

import msgspec
import pytest

from app.errors import BrokenImageError, InvalidOptionError, MalformedRequestError, RequestError
from app.pipeline.result import ImageResult, Line, OcrResult, Page, StageTimings
from app.protocols.dialect import Answered
from app.protocols.kserve_http import KSERVE, KserveAnswer, KserveRequest
from app.protocols.request import RequestLimits
from app.protocols.wire import Problem, WireRequest
from tests.options import page_options

GOLDENS = Path(__file__).with_name("goldens") / "kserve"
LIMITS = RequestLimits(max_images=3, default_options=page_options(min_score=0.25))
LINE = Line("Σ 31,50", 0.98765, ((10, 4), (50, 14), (46, 30), (6, 20)))
READ = ImageResult((Page(0, 80, 60, 0, (LINE,)),))
BROKEN = ImageResult(error=BrokenImageError("the PNG data is damaged"))


def goldens(kind):
    """Every golden of a kind, by its name."""
    files = sorted((GOLDENS / kind).iterdir())
    assert files
    return [pytest.param(json.loads(file.read_text(encoding="utf-8")), id=file.stem) for file in files]


def wire(given):
    """The request of a golden."""
    body = given["body"].encode("latin-1")
    return WireRequest("", {}, body, headers=given["headers"], path_values=given["path"])


def answer(request):
    """What *request* is answered where its images are what this file's head says."""
    results = tuple(BROKEN if image == b"bad" else READ for image in request.images)
    result = OcrResult(results, StageTimings(decode=0.25), 0.5)
    return KSERVE.encode_response(result, request.form, Answered("abc", "tiny"))


@pytest.mark.parametrize("golden", goldens("valid"))
def test_good_requests(golden):
    """Each way to send images is understood, and answered byte for byte as its golden says."""
    request = KSERVE.decode_request(wire(golden["request"]), LIMITS)
    assert [image.decode("latin-1") for image in request.images] == golden["images"]
    reply = answer(request)
    assert reply.body.decode("latin-1") == golden["answer"]["body"]
    assert (reply.status, reply.media_type) == (200, golden["answer"]["type"])
    assert {name: value for name, value in reply.headers.items() if name != "Server-Timing"} == golden["answer"][
        "headers"
    ]
    assert "decode;dur=250.0" in reply.headers["Server-Timing"]


@pytest.mark.parametrize("golden", goldens("invalid"))
def test_bad_requests(golden):
    """Each kind of bad request has its error, and its hearer what Triton's clients look for."""
    with pytest.raises(RequestError) as caught:
        KSERVE.decode_request(wire(golden["request"]), LIMITS)
    assert {"code": caught.value.code, "detail": str(caught.value)} == golden["error"]
    reply = KSERVE.encode_error(Problem(400, "Bad Request", caught.value.code, str(caught.value), "abc"))
    assert json.loads(reply.body) == {"error": golden["error"]["detail"]}


def ask(body, *, headers=None, **path):
    """Decode a JSON body, with bytes behind it or not."""
    data = json.dumps(body).encode() if isinstance(body, dict) else body
    return KSERVE.decode_request(
        WireRequest("", {}, data, headers=headers or {}, path_values={"model": "ocr"} | path), LIMITS
    )


def tensor(*data, **more):
    """A tensor of ``image`` as JSON has it."""
    elements = [base64.b64encode(one).decode() for one in data]
    return {"name": "image", "datatype": "BYTES", "shape": [len(data)], "data": elements} | more


def test_an_element_that_is_no_base64_is_its_own_error():
    """It takes the place of its image, and the others are read."""
    one, bad, two = ask({"inputs": [tensor(b"one", b"x", b"two", data=["b25l", "b25l!", "dHdv"])]}).images
    assert (one, two) == (b"one", b"two")
    assert isinstance(bad, MalformedRequestError)


def test_options_come_with_the_request():
    """They are parameters, by their native names; how the answer is sent is none of them."""
    request = ask({"inputs": [tensor(b"x")], "parameters": {"words": True, "binary_data_output": True}})
    assert (request.options.words, request.form.binary) == (True, {"text", "result"})
    with pytest.raises(InvalidOptionError, match="binary_data_output is neither true nor false"):
        ask({"inputs": [tensor(b"x")], "parameters": {"binary_data_output": "yes"}})


def test_a_client_can_choose_for_each_output():
    """What a single output says goes before what is said for all."""
    outputs = [{"name": "text", "parameters": {"binary_data": False}}, {"name": "result"}]
    body = {"inputs": [tensor(b"x")], "outputs": outputs, "parameters": {"binary_data_output": True}}
    assert ask(body).form.binary == {"result"}


def test_bytes_of_images_are_handed_on_as_they_came():
    """Whatever a file holds: what Triton's clients put together comes out."""
    files = (bytes(range(256)), b'{"inputs"', b"\x00\x00\x00\x00")
    behind = b"".join(len(file).to_bytes(4, "little") + file for file in files)
    given = {"name": "image", "datatype": "BYTES", "shape": [3], "parameters": {"binary_data_size": len(behind)}}
    head = json.dumps({"inputs": [given]}).encode()
    request = ask(head + behind, headers={"inference-header-content-length": str(len(head))})
    assert request.images == files


def test_errors_are_as_their_status_says():
    """The status and the headers are HTTP's own; a quoted half of a surrogate pair does no harm."""
    headers = {"Retry-After": "2"}
    reply = KSERVE.encode_error(
        Problem(503, "Service Unavailable", "queue_full", "\ud800 wait", "abc", headers=headers)
    )
    assert (reply.status, reply.headers) == (503, headers)
    assert json.loads(reply.body) == {"error": "\ud800 wait"}


def test_an_id_that_could_not_be_sent_back_is_refused():
    """JSON can spell half of a surrogate pair, which is no text."""
    with pytest.raises(MalformedRequestError, match="no text that could be sent back"):
        ask({"id": "\ud800", "inputs": [tensor(b"x")]})


def test_the_description_is_of_what_is_read_and_written():
    """The example is a request that is read, and its answer is of the type that the description names."""
    assert KSERVE.description
    request = ask(dict(KSERVE.description.example))
    assert request.images[0].startswith(b"\x89PNG")
    assert (KSERVE.description.request, KSERVE.description.answer) == (KserveRequest, KserveAnswer)
    msgspec.json.decode(answer(request).body, type=KserveAnswer)
