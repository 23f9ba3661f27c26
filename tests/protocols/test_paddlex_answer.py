"""The answers of PaddleX serving: from the domain to the wire."""

import base64
import json
from dataclasses import replace

import msgspec
import pytest

from app.errors import BrokenImageError
from app.pipeline.result import Drawing, FailedPage, Found, ImageResult, Line, OcrResult, Page, StageTimings, Word
from app.protocols.dialect import Answered
from app.protocols.paddlex_answer import PaddlexForm, encode_response
from app.protocols.paddlex_types import PaddlexAnswer
from tests.options import detection, page_options

QUAD = ((1, 2), (9, 2), (9, 5), (1, 6))
TURNED = (QUAD[2], QUAD[3], QUAD[0], QUAD[1])
OPTIONS = page_options(1600, 0.25)
ANSWERED = Answered("abc", "a-model", "mine")


def found(text, score, *, turned=False, words=None):
    """A line at the same place as all."""
    return Found(QUAD, turned, Line(text, score, TURNED if turned else QUAD, words))


def page(*lines, **more):
    """A page of 40 x 30 pixels."""
    return replace(Page(0, 40, 30, 0, tuple(one.line for one in lines), lines), **more)


def answer(*pages, options=OPTIONS, is_pdf=False, answered=ANSWERED, drawings=()):
    """Return the answer for a file with these pages, read by the type that describes it as well."""
    result = OcrResult((ImageResult(pages, drawings=drawings),), StageTimings(), 0.0)
    reply = encode_response(result, PaddlexForm(options, is_pdf), answered)
    assert (reply.status, reply.media_type) == (200, "application/json")
    msgspec.json.decode(reply.body, type=PaddlexAnswer)
    return json.loads(reply.body)


def pruned(*lines, options=OPTIONS, **more):
    """Return what an answer says of a page."""
    (result,) = answer(page(*lines, **more), options=options)["result"]["ocrResults"]
    assert list(result) == ["prunedResult"]
    return result["prunedResult"]


def test_an_answer_has_what_paddlex_has():
    """All of it, in full precision, and nothing else."""
    assert answer(page(found("a", 0.123456789), found("\u6587", 0.5))) == {
        "logId": "mine",
        "result": {
            "ocrResults": [
                {
                    "prunedResult": {
                        "model_settings": {"use_doc_preprocessor": False, "use_textline_orientation": False},
                        "dt_polys": [[[1, 2], [9, 2], [9, 5], [1, 6]]] * 2,
                        "text_det_params": {
                            "limit_side_len": 64,
                            "limit_type": "min",
                            "thresh": 0.3,
                            "max_side_limit": 1600,
                            "box_thresh": 0.6,
                            "unclip_ratio": 1.5,
                        },
                        "text_type": "general",
                        "textline_orientation_angles": [-1, -1],
                        "text_rec_score_thresh": 0.25,
                        "return_word_box": False,
                        "rec_texts": ["\u6587"],
                        "rec_scores": [0.5],
                        "rec_polys": [[[1, 2], [9, 2], [9, 5], [1, 6]]],
                        "rec_boxes": [[1, 2, 9, 6]],
                    }
                }
            ],
            "dataInfo": {"width": 40, "height": 30, "type": "image"},
        },
        "errorCode": 0,
        "errorMsg": "Success",
    }


def test_a_request_without_a_name_gets_the_services():
    """It is the id that the log and the headers have."""
    assert answer(page(), answered=Answered("abc", "a-model"))["logId"] == "abc"


def test_a_line_without_text_is_there_where_no_score_is_asked_for():
    """It has a score of 0, which is not below 0: PaddleX has it among what was read."""
    lines = (found("", 0.0), found("a", 0.2))
    assert pruned(*lines, options=page_options(min_score=0.0))["rec_texts"] == ["", "a"]
    assert pruned(*lines, options=page_options(min_score=0.1))["rec_texts"] == ["a"]


def test_a_page_without_lines_has_no_angles_of_lines():
    """All other columns are empty lists."""
    columns = pruned(options=page_options(words=True))
    assert "textline_orientation_angles" not in columns
    empty = ["dt_polys", "rec_texts", "rec_scores", "rec_polys", "rec_boxes", "text_word_boxes", "text_word"]
    assert [name for name, value in columns.items() if value == []] == empty


def test_how_lines_lay():
    """1 for one that was turned, whose quad stays as it lies on the page."""
    columns = pruned(found("a", 0.9, turned=True), found("b", 0.9), options=page_options(turn_lines=True))
    assert columns["textline_orientation_angles"] == [1, 0]
    assert columns["model_settings"] == {"use_doc_preprocessor": False, "use_textline_orientation": True}
    assert columns["rec_polys"] == columns["dt_polys"] == [[[1, 2], [9, 2], [9, 5], [1, 6]]] * 2


@pytest.mark.parametrize(("angle", "size"), [(0, (40, 30)), (180, (40, 30)), (90, (30, 40)), (270, (30, 40))])
def test_how_a_page_lay(angle, size):
    """The angle is told; the size is that of the picture as it came."""
    result = answer(page(angle=angle), options=page_options(turn_page=True))["result"]
    assert result["ocrResults"][0]["prunedResult"]["doc_preprocessor_res"] == {
        "model_settings": {"use_doc_orientation_classify": True, "use_doc_unwarping": False},
        "angle": angle,
    }
    assert result["dataInfo"] == {"type": "image", "width": size[0], "height": size[1]}


def test_words():
    """Texts and boxes, a list a line, of the lines that were read well enough."""
    words = (Word("a", (1, 2, 3, 4)), Word("b", (5, 6, 7, 8)))
    lines = (
        found("a b", 0.9, words=words),
        found("c", 0.1, words=(Word("c", (0, 0, 1, 1)),)),
        found("", 0.9, words=()),
    )
    columns = pruned(*lines, options=page_options(min_score=0.5, words=True))
    assert (columns["text_word"], columns["return_word_box"]) == ([["a", "b"], []], True)
    assert columns["text_word_boxes"] == [[[1, 2, 3, 4], [5, 6, 7, 8]], []]


def test_the_answer_tells_how_lines_were_found():
    """What was asked for, and what held where nothing was."""
    asked = detection(640, limit_type="max", limit_side=96, threshold=0.1, box_threshold=0.2, unclip_ratio=2.5)
    assert pruned(options=replace(OPTIONS, detection=asked))["text_det_params"] == {
        "limit_side_len": 96,
        "limit_type": "max",
        "thresh": 0.1,
        "max_side_limit": 640,
        "box_thresh": 0.2,
        "unclip_ratio": 2.5,
    }


def test_pictures_are_base64_under_their_names():
    """Each page has its own; the one of a turned page is there where it was drawn."""
    drawn = {Drawing.INPUT: b"in", Drawing.SIDE_BY_SIDE: b"out"}
    drawings = (drawn, drawn | {Drawing.TURNED: b"turned"})
    first, second = answer(page(), page(), drawings=drawings)["result"]["ocrResults"]
    assert {name: base64.b64decode(first[name]) for name in first if name != "prunedResult"} == {
        "ocrImage": b"out",
        "inputImage": b"in",
    }
    assert base64.b64decode(second["docPreprocessingImage"]) == b"turned"


@pytest.mark.parametrize(("is_pdf", "pages", "kind"), [(True, 1, "pdf"), (True, 2, "pdf"), (False, 2, "tiff")])
def test_documents_tell_their_pages(is_pdf, pages, kind):
    """How many were read, and the size of each as it came; several pages that are no PDF are a TIFF's."""
    sizes = [page(index=index, angle=90 * index) for index in range(pages)]
    result = answer(*sizes, is_pdf=is_pdf)["result"]
    expected = [{"width": 40, "height": 30}, {"width": 30, "height": 40}][:pages]
    assert result["dataInfo"] == {"type": kind, "numPages": pages, "pages": expected}
    assert len(result["ocrResults"]) == pages


def test_a_file_that_cannot_be_read_is_the_requests_error():
    """There is no result to tell it in; the error is a fresh one, which holds no earlier traceback."""
    error = BrokenImageError("cut off")
    with pytest.raises(BrokenImageError, match="cut off") as caught:
        encode_response(
            OcrResult((ImageResult(error=error),), StageTimings(), 0.0), PaddlexForm(OPTIONS, False), ANSWERED
        )
    assert caught.value is not error


def test_a_document_with_a_page_that_cannot_be_read_is_an_error():
    """PaddleX has no place for it in its answer, and reads a document as a whole or not at all."""
    image = ImageResult((page(),), failed=(FailedPage(1, BrokenImageError("page 2")),))
    with pytest.raises(BrokenImageError, match="page 2"):
        encode_response(OcrResult((image,), StageTimings(), 0.0), PaddlexForm(OPTIONS, is_pdf=True), ANSWERED)
