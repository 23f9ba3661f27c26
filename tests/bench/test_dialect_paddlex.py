"""How PaddleX serving is spoken to, and what of its answers is believed."""

import base64
import json

import pytest

from bench.dialects import ServerTime, dialect_named
from bench.errors import BenchError
from bench.prediction import Line, MalformedPredictionError, Prediction

DIALECT = dialect_named("paddlex")
QUAD = [[1, 2], [9, 2], [9, 6], [1, 6]]
POLYGON = ((1.0, 2.0), (9.0, 2.0), (9.0, 6.0), (1.0, 6.0))


def reply(texts, scores=None, polys=None, **members):
    """Return an answer as the server of PaddleX 3.7 writes it, what nobody reads included."""
    page = {
        "model_settings": {"use_doc_preprocessor": False, "use_textline_orientation": False},
        "dt_polys": [QUAD for _ in texts],
        "text_type": "general",
        "rec_texts": texts,
        "rec_scores": [0.5 for _ in texts] if scores is None else scores,
        "rec_polys": [QUAD for _ in texts] if polys is None else polys,
    }
    result = {"ocrResults": [{"prunedResult": page}], "dataInfo": {"width": 40, "height": 30, "type": "image"}}
    answer = {"logId": "7", "result": result, "errorCode": 0, "errorMsg": "Success"}
    return json.dumps(answer | members).encode()


def test_a_request_is_the_image_in_base64_and_the_options_as_json_has_them():
    """Numbers, truth values and words each arrive as what the server's schema wants; no picture comes back."""
    options = {"textDetLimitSideLen": "960", "textDetLimitType": "max", "useDocUnwarping": "false"}
    wire = DIALECT.encode_request([b"\xffpicture"], options)
    assert (wire.path, wire.headers) == ("/ocr", {"Content-Type": "application/json"})
    document = json.loads(wire.body)
    assert base64.b64decode(document.pop("file")) == b"\xffpicture"
    assert document == {
        "fileType": 1,
        "visualize": False,
        "textDetLimitSideLen": 960,
        "textDetLimitType": "max",
        "useDocUnwarping": False,
    }


def test_an_option_may_ask_for_the_picture_after_all():
    """What the dialect says by itself is a default."""
    assert json.loads(DIALECT.encode_request([b""], {"visualize": "true"}).body)["visualize"] is True


@pytest.mark.parametrize("images", [[], [b"1", b"2"]])
def test_a_request_carries_one_image(images):
    """The protocol has one file a request: asking for another number is the user's mistake, and said so."""
    with pytest.raises(BenchError, match=f"not {len(images)}"):
        DIALECT.encode_request(images, {})


def test_an_answer_is_read():
    """Texts, scores, outlines and the picture's size are those of the answer; it says nothing of time."""
    body = reply(["ab", "合计"])
    lines = (Line("ab", 0.5, POLYGON), Line("合计", 0.5, POLYGON))
    assert DIALECT.read_predictions(body, 1.5) == (Prediction(lines, 40, 30, 1.5),)
    assert DIALECT.read_time(body, 1) == ServerTime()


def test_a_picture_without_text_is_a_good_answer():
    """Three empty columns are no lines, not a broken answer."""
    assert DIALECT.read_predictions(reply([]), 1.0) == (Prediction((), 40, 30, 1.0),)
    assert DIALECT.read_time(reply([]), 1) == ServerTime()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xff\xfe", id="not text"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(reply(["a"])[:-20], id="cut off"),
        pytest.param(reply(["a"], result=None), id="no result"),
        pytest.param(reply(["a"], errorCode=500), id="an error in a 200"),
        pytest.param(reply(["a"], result={"ocrResults": [], "dataInfo": {"width": 1, "height": 1}}), id="no page"),
        pytest.param(reply(["a", "b"], scores=[1.0]), id="fewer scores than texts"),
        pytest.param(reply(["a"], polys=[]), id="no outlines"),
        pytest.param(reply([None], scores=[1.0]), id="a text that is none"),
        pytest.param(reply(["a"], polys=[[["x", "y"]]]), id="corners that are words"),
    ],
)
def test_anything_else_is_malformed(body):
    """A 200 counts only when the lines of one page are in it, for the load test and for accuracy alike."""
    with pytest.raises(MalformedPredictionError):
        DIALECT.read_time(body, 1)
    with pytest.raises(MalformedPredictionError):
        DIALECT.read_predictions(body, 1.0)


def test_an_outline_of_two_corners_is_malformed():
    """An outline encloses something."""
    with pytest.raises(MalformedPredictionError, match="2 corners"):
        DIALECT.read_predictions(reply(["a"], polys=[[[0, 0], [1, 1]]]), 1.0)


def test_an_answer_to_several_images_does_not_exist():
    """Whoever sent two images and got one page has no good answer."""
    with pytest.raises(MalformedPredictionError, match="where 2"):
        DIALECT.read_time(reply(["a"]), 2)


@pytest.mark.parametrize(
    ("status", "body", "failure"),
    [
        (422, b'{"logId":"7","errorCode":422,"errorMsg":"Invalid input file"}', ("http 422", "Invalid input file")),
        (500, b'{"logId":"7","errorCode":31,"errorMsg":"busy"}', ("http 500 31", "busy")),
        (502, b"<html>", ("http 502", "")),
        (502, b"\xff", ("http 502", "")),
    ],
)
def test_a_failure_has_a_stable_cause(status, body, failure):
    """The cause is the status, and the server's own code where that says more; the sentence is for people."""
    assert DIALECT.failure(status, body) == failure
