"""Paddle Serving's dialect: from the wire to the domain and back, without HTTP."""

import ast
import json

import pytest

from app.errors import BrokenImageError, InvalidOptionError, MalformedRequestError
from app.protocols.dialect import Answered
from app.protocols.paddle_serving import decode_request, encode_error, encode_response
from app.protocols.wire import Problem
from tests.protocols.peer_samples import B64, LIMITS, PICTURE, image_of, json_wire, line, result_of

ANSWERED = Answered("id", "model")
CORNERS = [[0.0, 0.0], [10.0, 0.0], [10.0, 5.0], [0.0, 5.0]]


def answer(*lines):
    """What is answered for an image with these lines."""
    return json.loads(encode_response(result_of(image_of(*lines)), None, ANSWERED).body)


def test_the_documented_request():
    """One key, one value, and the service's own options."""
    request = decode_request(json_wire({"key": ["image"], "value": [B64]}, ""), LIMITS)
    assert (request.images, request.options) == ((PICTURE,), LIMITS.default_options)


def test_what_is_no_base64_is_the_images_error():
    """It stands in the image's place."""
    (image,) = decode_request(json_wire({"key": ["image"], "value": ["%%%"]}), LIMITS).images
    assert isinstance(image, MalformedRequestError)


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({"key": ["image"]}, MalformedRequestError),
        ({"key": [], "value": []}, MalformedRequestError),
        ({"key": ["picture"], "value": [B64]}, MalformedRequestError),
        ({"key": ["image", "image"], "value": [B64, B64]}, MalformedRequestError),
        ({"key": ["image"], "value": [B64, B64]}, MalformedRequestError),
        ({"key": "image", "value": B64}, MalformedRequestError),
        ({"key": ["image"], "value": [B64], "logid": 1}, InvalidOptionError),
    ],
)
def test_what_is_refused(document, error):
    """Several images, of which the pipeline would read the last, and whatever it would pass over."""
    with pytest.raises(error):
        decode_request(json_wire(document), LIMITS)


def test_the_answer():
    """The members of the pipeline's response, and in its one value what Python writes of lists and tuples."""
    assert answer(line("a"), line("b", 1.0)) == {
        "err_no": 0,
        "err_msg": "",
        "key": ["result"],
        "value": [f"[[('a', 0.98765), {CORNERS}], [('b', 1.0), {CORNERS}]]"],
        "tensors": [],
    }
    assert answer()["value"] == ["[]"]


@pytest.mark.parametrize(
    "text",
    [
        "it's",
        'say "it\'s"',
        "back\\slash",
        "line\nbreak",
        "文字",
        "\U0001f600",
        "__import__('os')",
        "'), print(1), ('",
        "{}%s",
    ],
)
def test_clients_who_evaluate_the_answer_get_the_text_and_nothing_else(text):
    """Whatever was read is a literal: it comes back as it is, and runs nothing."""
    (value,) = answer(line(text))["value"]
    assert ast.literal_eval(value) == [[(text, 0.98765), CORNERS]]


def test_an_image_that_could_not_be_read_is_the_requests_error():
    """There is no other image that could be answered for."""
    with pytest.raises(BrokenImageError):
        encode_response(result_of(BrokenImageError("cut off")), None, ANSWERED)


@pytest.mark.parametrize(
    ("status", "err_no"),
    [(400, 5000), (401, 5000), (408, 6000), (413, 5000), (429, 5000), (500, 10000), (503, 3002), (504, 6000)],
)
def test_errors_have_paddle_servings_numbers(status, err_no):
    """With HTTP's own status beside it, and without values."""
    reply = encode_error(Problem(status, "", "code", "why", "id", headers={"Retry-After": "2"}))
    expected = {"err_no": err_no, "err_msg": "why", "key": [], "value": [], "tensors": []}
    assert json.loads(reply.body) == expected
    assert (reply.status, reply.headers) == (status, {"Retry-After": "2"})
