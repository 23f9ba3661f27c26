"""PaddleX serving's dialect: from the wire to the domain and back, without HTTP.

What whole answers look like is held by the goldens: see ``tests/http/test_paddlex.py``.
"""

import base64
import json
from dataclasses import replace

import msgspec
import pytest

from app.errors import BrokenImageError, InvalidMembersError, InvalidOptionError
from app.fetching.remote_image import RemoteImage
from app.pipeline.document_options import DocumentOptions
from app.pipeline.result import Drawing, DrawingOptions
from app.protocols.dialect import ServiceState
from app.protocols.paddlex import PADDLEX, caller_id, decode_request, encode_error, encode_health, speaks
from app.protocols.paddlex_types import PaddlexRequest
from app.protocols.request import RequestLimits
from app.protocols.wire import FilePart, Problem, WireRequest
from tests.options import detection, page_options

LIMITS = RequestLimits(max_images=3, default_options=page_options(1600, 0.25))
TURNING = replace(LIMITS, default_options=page_options(turn_page=True, turn_lines=True))
PICTURE = bytes(range(256))
FILE = base64.b64encode(PICTURE).decode()


def wire(members, media_type="application/json", **more):
    """Return a request with a JSON body."""
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    return WireRequest(media_type, {}, body, **more)


def options(limits=LIMITS, **members):
    """Return the options of a request for an image without pictures, with more members."""
    return decode_request(wire({"file": FILE, "fileType": 1, "visualize": False} | members), limits).options


class TestWhoSpeaks:
    """Which of the dialects that share a path a request is of."""

    @pytest.mark.parametrize(
        "members",
        [{"file": FILE}, {"file": 5}, {"file": FILE, "image": FILE}, {"fileType": 1}, {"logId": "a"}, {"visualize": 0}],
    )
    def test_a_member_of_paddlex_tells_it(self, members):
        """With ``file`` whatever else there is; without it, so that its client hears what is missing."""
        assert speaks(wire(members))
        assert speaks(wire(members, "application/x.y+json"))

    @pytest.mark.parametrize(
        "members", [{}, {"image": FILE}, {"images": []}, {"image": FILE, "visualize": True}, {"a": 1}]
    )
    def test_what_has_none_is_somebody_elses(self, members):
        """A native request with an option that is not its own stays native, so that the option is refused."""
        assert not speaks(wire(members))

    @pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"file"', b"null", b"\xff"])
    def test_what_is_no_object_is_somebody_elses(self, body):
        """Asking never raises."""
        assert not speaks(wire(body))

    def test_other_bodies_are_somebody_elses(self):
        """Forms and pictures, even where a field is called as a member."""
        assert not speaks(wire(b'\xff\xd8\xff{"file": "a"}', "application/json"))
        assert speaks(wire({"file": FILE}, "text/plain"))  # for a type is easily forgotten
        assert not speaks(WireRequest("multipart/form-data", {}, form={"file": FILE}, files=(FilePart("file", b"a"),)))


@pytest.mark.parametrize(
    ("name", "expected"), [("mine", "mine"), ("", ""), (5, ""), (None, ""), ([], ""), ("\ud800", "")]
)
def test_the_callers_name(name, expected):
    """``logId``, where it is text that can be sent back."""
    assert caller_id(wire({"file": FILE, "logId": name})) == expected
    assert caller_id(wire({"file": FILE})) == ""


class TestFile:
    """Where the file is, and what it is."""

    def test_base64_is_one_image(self):
        """The bytes are handed on as they came."""
        request = decode_request(wire({"file": FILE, "fileType": 1}), LIMITS)
        assert (request.images, request.form.is_pdf) == ((PICTURE,), False)

    def test_base64_may_be_wrapped(self):
        """What is not of the alphabet is passed over, as Python's own decoder does for PaddleX."""
        wrapped = base64.encodebytes(PICTURE).decode()
        assert "\n" in wrapped
        assert decode_request(wire({"file": wrapped, "fileType": 1}), LIMITS).images == (PICTURE,)

    def test_a_pdf(self):
        """It begins with its mark, or has it in the first kilobyte."""
        for data in (b"%PDF-1.7 ...", b"\n" * 1000 + b"%PDF-1.4"):
            request = decode_request(wire({"file": base64.b64encode(data).decode(), "fileType": 0}), LIMITS)
            assert (request.images, request.form.is_pdf) == ((data,), True)

    @pytest.mark.parametrize(("most", "read"), [(100, 10), (3, 3)])
    def test_pages_are_rendered_and_counted_as_paddlex_does(self, most, read):
        """At twice the size of a point and no more than ten; where the service reads fewer, no more than that."""
        limits = replace(LIMITS, default_documents=DocumentOptions(dpi=200, most=most))
        request = decode_request(wire({"file": base64.b64encode(b"%PDF-1.7").decode(), "fileType": 0}), limits)
        assert request.documents == DocumentOptions(dpi=144, most=read)

    @pytest.mark.parametrize(("data", "kind"), [(b"%PDF-1.7", 1), (PICTURE, 0), (b" " * 1024 + b"%PDF-1.7", 0)])
    def test_a_file_is_what_its_type_says(self, data, kind):
        """A PDF is no image, and an image no PDF."""
        with pytest.raises(BrokenImageError):
            decode_request(wire({"file": base64.b64encode(data).decode(), "fileType": kind}), LIMITS)

    @pytest.mark.parametrize("file", ["", "a", "=", "Gr\u00f6\u00dfe", "https:/a.png", "http://"])
    def test_what_is_no_base64_is_a_broken_file(self, file):
        """That is what PaddleX calls it."""
        with pytest.raises(BrokenImageError):
            decode_request(wire({"file": file, "fileType": 1}), LIMITS)

    @pytest.mark.parametrize(
        ("url", "kind", "is_pdf"),
        [
            ("https://a.test/b.png", None, False),
            ("http://a.test/b.JPG?c=d.pdf", None, False),
            ("https://a.test/b.pdf", None, True),
            ("https://a.test/b", 1, False),
            ("https://a.test/b.png", 0, True),
        ],
    )
    def test_a_url_is_where_the_file_lies(self, url, kind, is_pdf):
        """Its type is the given one, or the one that the ending of its path says. Nothing is fetched here."""
        request = decode_request(wire({"file": url, "fileType": kind}), LIMITS)
        assert (request.images, request.form.is_pdf) == ((RemoteImage(url),), is_pdf)

    @pytest.mark.parametrize(
        ("file", "text"),
        [
            (FILE, "File type cannot be determined"),
            ("https://a.test/b", "Unsupported file type"),
            ("https://a.test/b.mp4?c.png", "Unsupported file type"),
            ("https://[a/b.png", "File type cannot be determined"),
        ],
    )
    def test_a_type_that_nobody_says(self, file, text):
        """It is not guessed from the bytes: PaddleX does not either."""
        with pytest.raises(InvalidMembersError) as caught:
            decode_request(wire({"file": file}), LIMITS)
        assert str(caught.value) == text


class TestOptions:
    """What of a request's options becomes of the page's."""

    def test_what_is_not_said_is_as_the_service_is_set(self):
        """Missing or null."""
        assert options() == LIMITS.default_options
        fields = [name for name in PaddlexRequest.__struct_encode_fields__ if name not in {"file", "fileType"}]
        nulls = dict.fromkeys(fields) | {"visualize": False}
        assert options(**nulls) == LIMITS.default_options

    def test_text_detection(self):
        """Each of the numbers; the longest side is the service's own."""
        asked = {
            "textDetLimitSideLen": 960,
            "textDetLimitType": "max",
            "textDetThresh": 0.2,
            "textDetBoxThresh": 0.4,
            "textDetUnclipRatio": 2,
        }
        wanted = detection(limit_side=960, limit_type="max", threshold=0.2, box_threshold=0.4, unclip_ratio=2.0)
        assert options(**asked) == replace(LIMITS.default_options, detection=wanted)

    def test_a_number_that_is_nothing_is_the_services_own(self):
        """As in PaddleX; but a score of 0 is one."""
        names = ("textDetLimitSideLen", "textDetThresh", "textDetBoxThresh", "textDetUnclipRatio")
        assert options(**dict.fromkeys(names, 0)) == LIMITS.default_options
        assert options(textRecScoreThresh=0).min_score == 0

    def test_scores_and_words(self):
        """The least score, and whether words are told apart."""
        assert options(textRecScoreThresh=0.5, returnWordBox=True) == page_options(1600, 0.5, words=True)

    @pytest.mark.parametrize(
        ("orientation", "unwarping", "turns_by_default", "turns"),
        [
            (None, None, False, False),
            (None, None, True, True),
            (True, None, False, True),
            (True, False, False, True),
            (False, None, True, False),
            (False, False, True, False),
            (None, False, True, False),
        ],
    )
    def test_turning_pages(self, orientation, unwarping, turns_by_default, turns):
        """PaddleX leaves out its preprocessor where one of its two models is named and neither is wanted."""
        limits = TURNING if turns_by_default else LIMITS
        asked = options(limits, useDocOrientationClassify=orientation, useDocUnwarping=unwarping)
        assert asked.turn_page is turns

    def test_turning_lines(self):
        """As asked for, else as the service is set."""
        assert options(useTextlineOrientation=True).turn_lines
        assert options(TURNING).turn_lines
        assert not options(TURNING, useTextlineOrientation=False).turn_lines

    @pytest.mark.parametrize(
        ("asked", "can_turn"),
        [
            ({"useDocUnwarping": True}, True),
            ({"useDocUnwarping": True, "useDocOrientationClassify": True}, True),
            ({"useDocOrientationClassify": True}, False),
            ({"useTextlineOrientation": True}, False),
        ],
    )
    def test_what_there_is_no_model_for_is_refused(self, asked, can_turn):
        """In PaddleX's own words."""
        with pytest.raises(InvalidOptionError, match=r"^the input params for model settings are invalid!$"):
            options(replace(LIMITS, can_turn=can_turn), **asked)

    def test_pictures_come_unless_they_are_not_wanted(self):
        """Those of the page as it came and with its lines; where pages are turned, that too."""
        both = {Drawing.INPUT, Drawing.SIDE_BY_SIDE}
        for visualize in (None, True):
            assert options(visualize=visualize).drawing == DrawingOptions(frozenset(both))
            assert options(TURNING, visualize=visualize).drawing == DrawingOptions(frozenset({*both, Drawing.TURNED}))
        assert options(visualize=False).drawing is None


class TestErrors:
    """What is no result."""

    @pytest.mark.parametrize(
        ("code", "status", "told", "text"),
        [
            ("broken_image", 400, 422, "Invalid input file"),
            ("unsupported_media_type", 415, 422, "Invalid input file"),
            ("url_unreachable", 422, 422, "Invalid input file"),
            ("document_encrypted", 422, 422, "Invalid input file"),
            ("image_too_large", 413, 422, "why"),
            ("body_too_large", 413, 413, "why"),
            ("unauthorized", 401, 401, "why"),
            ("queue_full", 503, 503, "why"),
            ("deadline_exceeded", 504, 504, "why"),
        ],
    )
    def test_errors_have_their_own_shape(self, code, status, told, text):
        """What PaddleX knows, too, has its status and text; what it has not, ours: the body repeats the status."""
        reply = encode_error(Problem(status, "Title", code, "why", "abc", headers={"Retry-After": "2"}))
        assert json.loads(reply.body) == {"logId": "abc", "errorCode": told, "errorMsg": text}
        assert (reply.status, reply.media_type, reply.headers) == (told, "application/json", {"Retry-After": "2"})

    def test_an_error_has_the_callers_name(self):
        """And where there is none, the service's own."""
        problem = Problem(503, "Title", "queue_full", "why", "abc", caller_id="mine")
        assert json.loads(encode_error(problem).body)["logId"] == "mine"

    def test_an_error_may_quote_what_is_no_text(self):
        """Half of a surrogate pair, which a request can spell, does not break the answer."""
        body = encode_error(Problem(422, "Title", "invalid_option", "no \ud800", "abc")).body
        assert json.loads(body)["errorMsg"] == "no \ud800"


@pytest.mark.parametrize(
    ("is_live", "status", "code", "text"), [(True, 200, 0, "Healthy"), (False, 503, 503, "Unhealthy")]
)
def test_health(is_live, status, code, text):
    """A service that waits for its models is healthy; one whose engine hangs is not. Each answer has a name."""
    state = ServiceState(is_live=is_live, is_ready=False, model="a", version="b", limits=LIMITS)
    replies = [encode_health(state, {}) for _ in range(2)]
    answers = [json.loads(reply.body) for reply in replies]
    assert len({answer.pop("logId") for answer in answers}) == 2
    assert answers == [{"errorCode": code, "errorMsg": text}] * 2
    assert [reply.status for reply in replies] == [status] * 2


def test_the_example_is_a_request():
    """What the description shows can be read by the type that describes it, and by the dialect."""
    assert PADDLEX.description
    example = dict(PADDLEX.description.example)
    assert msgspec.convert(example, PaddlexRequest).file_type == 1
    assert decode_request(wire(example), LIMITS).images
