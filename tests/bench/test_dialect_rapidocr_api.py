"""How RapidOCR API is spoken to, and what of its answers is believed."""

import email
import email.policy
import json

import pytest

from bench.dialects import ServerTime, dialect_named
from bench.errors import BenchError
from bench.prediction import Line, MalformedPredictionError, Prediction

DIALECT = dialect_named("rapidocr-api")
QUAD = [[1.0, 2.0], [9.0, 2.0], [9.0, 6.0], [1.0, 6.0]]
POLYGON = ((1.0, 2.0), (9.0, 2.0), (9.0, 6.0), (1.0, 6.0))


def line(text):
    """Return a line as the server writes it."""
    return {"rec_txt": text, "dt_boxes": QUAD, "score": 0.75}


def reply(lines):
    """Return an answer."""
    return json.dumps(lines).encode()


def test_a_request_is_a_form_with_the_image_and_the_options():
    """The bytes of the image arrive as they are, as a file; options are fields beside it."""
    image = b"\xff\xd8\r\n--picture\r\n"
    wire = DIALECT.encode_request([image], {"use_cls": "false"})
    head = f"Content-Type: {wire.headers['Content-Type']}\r\n\r\n".encode()
    form = email.message_from_bytes(head + wire.body, policy=email.policy.HTTP)
    parts = {part.get_param("name", header="Content-Disposition"): part for part in form.iter_parts()}
    assert wire.path == "/ocr"
    assert parts["image_file"].get_payload(decode=True) == image
    assert parts["image_file"].get_filename()
    assert parts["use_cls"].get_payload(decode=True) == b"false"


@pytest.mark.parametrize("images", [[], [b"1", b"2"]])
def test_a_request_carries_one_image(images):
    """The protocol has one file a request: asking for another number is the user's mistake, and said so."""
    with pytest.raises(BenchError, match=f"not {len(images)}"):
        DIALECT.encode_request(images, {})


def test_an_answer_is_read_in_the_order_of_its_numbers():
    """Lines are in the order of their numbers, the tenth after the second; the size is 0, for it is not told."""
    body = reply({str(number): line(f"line {number}") for number in sorted(range(11), key=str)})
    (prediction,) = DIALECT.read_predictions(body, 1.5)
    assert prediction == Prediction(tuple(Line(f"line {n}", 0.75, POLYGON) for n in range(11)), 0, 0, 1.5)
    assert DIALECT.read_time(body, 1) == ServerTime()


def test_a_picture_without_text_is_a_good_answer():
    """An empty object is no lines, not a broken answer."""
    assert DIALECT.read_predictions(b"{}", 1.0) == (Prediction((), 0, 0, 1.0),)
    assert DIALECT.read_time(b"{}", 1) == ServerTime()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="not text"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="a list"),
        pytest.param(reply({"0": line("a")})[:-9], id="cut off"),
        pytest.param(reply({"1": line("a")}), id="no line 0"),
        pytest.param(reply({"detail": "Not Found"}), id="an error in a 200"),
        pytest.param(reply({"0": line(None)}), id="a text that is none"),
        pytest.param(reply({"0": line("a") | {"score": "high"}}), id="a score that is a word"),
        pytest.param(reply({"0": line("a") | {"dt_boxes": [[1]]}}), id="a corner of one number"),
    ],
)
def test_anything_else_is_malformed(body):
    """A 200 counts only when numbered lines are in it, for the load test and for accuracy alike."""
    with pytest.raises(MalformedPredictionError):
        DIALECT.read_time(body, 1)
    with pytest.raises(MalformedPredictionError):
        DIALECT.read_predictions(body, 1.0)


def test_an_answer_to_several_images_does_not_exist():
    """Whoever sent two images and got one page has no good answer."""
    with pytest.raises(MalformedPredictionError, match="where 2"):
        DIALECT.read_time(b"{}", 2)


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (500, b"Internal Server Error", ("http 500", "Internal Server Error")),
        (404, b'{"detail":"Not Found"}', ("http 404", "Not Found")),
        (422, b'{"detail":[{"type":"bool_parsing"}]}', ("http 422", '[{"type": "bool_parsing"}]')),
        (502, b"\xff", ("http 502", "\ufffd")),
    ],
)
def test_a_failure_has_a_stable_cause(status, body, failure):
    """The cause is the status alone; what the server says is for people."""
    assert DIALECT.failure(status, body) == failure
