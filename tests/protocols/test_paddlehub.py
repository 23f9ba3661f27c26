"""PaddleHub Serving's dialect: from the wire to the domain and back, without HTTP."""

import json
from dataclasses import replace

import pytest

from app.errors import (
    BrokenImageError,
    InvalidOptionError,
    MalformedRequestError,
    QueueFullError,
    TooManyFramesError,
    TooManyImagesError,
)
from app.pipeline.result import FailedPage
from app.protocols.dialect import Answered
from app.protocols.paddlehub import (
    LEAST_SCORE,
    decode_det,
    decode_rec,
    decode_system,
    encode_det,
    encode_error,
    encode_rec,
    encode_system,
)
from app.protocols.wire import Problem
from tests.protocols.peer_samples import B64, LIMITS, PICTURE, image_of, json_wire, line, result_of

DECODERS = [decode_system, decode_det, decode_rec]
ANSWERED = Answered("id", "model")
CORNERS = [[0, 0], [10, 0], [10, 5], [0, 5]]


def answer(encode, *images):
    """What is answered for *images*."""
    return json.loads(encode(result_of(*images), None, ANSWERED).body)


@pytest.mark.parametrize("decode", DECODERS)
def test_images_are_read_in_their_order(decode):
    """Each is base64; a data URL is taken too."""
    request = decode(json_wire({"images": [B64, "data:image/png;base64,QUJD"]}), LIMITS)
    assert request.images == (PICTURE, b"ABC")


def test_what_each_module_does():
    """``ocr_system`` leaves out what PaddleOCR leaves out, the others do one half of its work."""
    wire = json_wire({"images": [B64]})
    default = LIMITS.default_options
    assert decode_system(wire, LIMITS).options == replace(default, min_score=LEAST_SCORE)
    assert decode_det(wire, LIMITS).options == replace(default, read_lines=False)
    assert decode_rec(wire, LIMITS).options == replace(default, find_lines=False)
    strict = replace(LIMITS, default_options=replace(default, min_score=0.75))
    assert decode_system(wire, strict).options.min_score == 0.75


@pytest.mark.parametrize("decode", DECODERS)
@pytest.mark.parametrize(
    ("document", "error", "text"),
    [
        ({}, MalformedRequestError, "images"),
        ({"images": []}, MalformedRequestError, "no image"),
        ({"images": "QUJD"}, MalformedRequestError, "array"),
        ({"images": [B64, 1]}, MalformedRequestError, r"images\[1\]"),
        ({"images": [B64, "%%%"]}, MalformedRequestError, r"images\[1\]: .*base64"),
        ({"images": [B64, B64, ""]}, MalformedRequestError, r"images\[2\]: the image is empty"),
        ({"images": [B64] * 4}, TooManyImagesError, "4 images > 3 allowed"),
        ({"images": [B64], "paths": ["/etc/passwd"]}, InvalidOptionError, "paths"),
    ],
)
def test_what_is_refused(decode, document, error, text):
    """One image that cannot be unpacked is named, and none of the others is worked on."""
    with pytest.raises(error, match=text):
        decode(json_wire(document), LIMITS)


def test_the_answer_of_the_whole_way():
    """A list an image, of which one without text is empty."""
    assert answer(encode_system, image_of(line("a"), line("b", 1.0)), image_of()) == {
        "msg": "",
        "results": [
            [
                {"text": "a", "confidence": 0.98765, "text_region": CORNERS},
                {"text": "b", "confidence": 1.0, "text_region": CORNERS},
            ],
            [],
        ],
        "status": "000",
    }


def test_the_answer_of_detection():
    """Corners, and nothing beside them."""
    expected = {"msg": "", "results": [[{"text_region": CORNERS}], []], "status": "000"}
    assert answer(encode_det, image_of(line("")), image_of()) == expected


def test_the_answer_of_recognition():
    """One list, with a text for every image, so that the n-th is the n-th's: also where nothing was read."""
    low = image_of(line("low", 0.1))
    left_out = replace(low, pages=(replace(low.pages[0], lines=()),))
    assert answer(encode_rec, image_of(line("a")), left_out, image_of(line("", 0.0))) == {
        "msg": "",
        "results": [
            [
                {"text": "a", "confidence": 0.98765},
                {"text": "low", "confidence": 0.1},
                {"text": "", "confidence": 0.0},
            ]
        ],
        "status": "000",
    }


@pytest.mark.parametrize("encode", [encode_system, encode_det, encode_rec])
def test_one_bad_image_is_the_requests_error_and_is_named(encode):
    """An empty list in its place would be an image without text. The error is of the same class, and a copy."""
    error = BrokenImageError("cut off")
    with pytest.raises(BrokenImageError, match=r"^images\[1\]: cut off$"):
        encode(result_of(image_of(line("a")), error), None, ANSWERED)
    assert (str(error), error.__traceback__) == ("cut off", None)


def test_a_document_that_was_read_in_part_is_named_too():
    """As an image that could not be read: its place in the list is in the message."""
    whole = image_of(line("a"))
    torn = replace(whole, failed=(FailedPage(1, BrokenImageError("no such object")),))
    for encode in (encode_system, encode_det, encode_rec):
        with pytest.raises(BrokenImageError, match=r"^images\[1\]: no such object$"):
            encode(result_of(whole, torn), None, ANSWERED)


def test_a_document_of_several_pages_is_not_one_line():
    """``ocr_rec`` has one text for an image: the n-th is the n-th's, and none is passed over."""
    whole = image_of(line("a"))
    document = replace(whole, pages=whole.pages * 2)
    with pytest.raises(TooManyFramesError, match=r"^images\[1\]: a document of 2 pages > 1 allowed"):
        encode_rec(result_of(whole, document), None, ANSWERED)
    assert len(answer(encode_system, whole, document)["results"][1]) == 2


def test_when_to_come_again_is_kept():
    """An error that says so still says it under the image's name."""
    with pytest.raises(QueueFullError) as caught:
        encode_system(result_of(QueueFullError("64 wait", 7)), None, ANSWERED)
    assert (str(caught.value), caught.value.retry_after_seconds) == ("images[0]: 64 wait", 7)


def test_errors_have_the_status_of_failed_predictions():
    """With HTTP's own status beside it."""
    reply = encode_error(Problem(503, "", "queue_full", "64 wait", "id", headers={"Retry-After": "2"}))
    assert json.loads(reply.body) == {"msg": "64 wait", "results": "", "status": "101"}
    assert (reply.status, reply.headers) == (503, {"Retry-After": "2"})
