"""PaddleX serving's dialect of ``POST /ocr``, as PaddleX and PaddleOCR 3.x serve their OCR pipeline.

The answers are in ``paddlex_answer``. Where the service has not what an option asks for, it says what PaddleX says of
a model that was not loaded; but with status 422, not 500: it is the request that asks for too much, and a 500 would
have gateways and alarms take a service for broken that is well.
"""

import base64
import binascii
import json
import mimetypes
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from app.errors import BrokenImageError, InvalidMembersError, InvalidOptionError, MalformedRequestError
from app.fetching.remote_image import ImageSource, RemoteImage
from app.pipeline.result import Drawing, DrawingOptions, PageOptions
from app.protocols.dialect import Description, Dialect, Document, ServiceState
from app.protocols.example_image import EXAMPLE_IMAGE
from app.protocols.json_images import IMAGE_MEMBERS
from app.protocols.lax_members import read_members
from app.protocols.paddlex_answer import PaddlexForm, encode_response
from app.protocols.paddlex_types import PaddlexAnswer, PaddlexNotice, PaddlexRequest
from app.protocols.request import OcrRequest, RequestLimits
from app.protocols.wire import Problem, Reply, WireRequest

_PDF: Literal[0] = 0
_IMAGE: Literal[1] = 1
_MEMBERS = frozenset(PaddlexRequest.__struct_encode_fields__)
_PDF_MARK = b"%PDF-"
_PDF_MARK_WITHIN = 1024
"""Bytes in which readers of PDFs look for it."""

_DPI = 144.0
_MOST_PAGES = 10
"""As PaddleX renders PDFs, and reads of them and of TIFFs, as it comes."""

_UNREADABLE = frozenset({"broken_image", "document_encrypted", "unsupported_media_type", "url_unreachable"})
"""Codes of what PaddleX has one text for."""

_UNPROCESSABLE = _UNREADABLE | {"image_too_large"}
"""Codes of what PaddleX answers with 422, too."""


def speaks(wire: WireRequest) -> bool:
    """Whether the body is an object with ``file``, or with another member of PaddleX's and no image of the native's."""
    if not wire.is_json:
        return False
    try:
        members = wire.members.keys()
    except MalformedRequestError:
        return False
    return "file" in members or (not _MEMBERS.isdisjoint(members) and members.isdisjoint(IMAGE_MEMBERS))


def caller_id(wire: WireRequest) -> str:
    """``logId``; nothing where it is no text that could be sent back."""
    name = wire.members.get("logId")
    return name if isinstance(name, str) and _is_writable(name) else ""


def decode_request(wire: WireRequest, limits: RequestLimits) -> OcrRequest[PaddlexForm]:
    """Read *wire*. Members that PaddleX does not know are passed over, as it does.

    Raises:
        InvalidMembersError: A member is missing, wrong or out of range, or it cannot be told what the file is.
        InvalidOptionError: What is asked for needs a model that the service has not.
        BrokenImageError: The file is not what ``fileType`` says.
    """
    asked = read_members(PaddlexRequest, wire.members)
    file_type = _file_type(asked)
    options = _page_options(asked, limits)
    documents = replace(limits.default_documents, dpi=_DPI, most=min(_MOST_PAGES, limits.default_documents.most))
    form = PaddlexForm(options, is_pdf=file_type == _PDF)
    return OcrRequest((_source(asked.file, file_type),), options, documents, form)


def encode_error(problem: Problem) -> Reply:
    """*problem* with the HTTP status for its code; what PaddleX knows, too, has its status and its text."""
    status = 422 if problem.code in _UNPROCESSABLE else problem.status
    text = "Invalid input file" if problem.code in _UNREADABLE else problem.detail
    notice = PaddlexNotice(problem.caller_id or problem.request_id, status, text)
    body = json.dumps(msgspec.to_builtins(notice)).encode()  # as ASCII: a detail may quote half of a surrogate pair
    return Reply(body + b"\n", status, headers=problem.headers)


def encode_health(state: ServiceState, _: Mapping[str, str]) -> Reply:
    """Whether the service lives; each answer has a name of its own, as PaddleX's have."""
    log_id = str(uuid.uuid4())
    notice = PaddlexNotice(log_id, 0, "Healthy") if state.is_live else PaddlexNotice(log_id, 503, "Unhealthy")
    return Reply(msgspec.json.encode(notice) + b"\n", 200 if state.is_live else 503)


def _file_type(asked: PaddlexRequest) -> Literal[0, 1]:
    if asked.file_type is not None:
        return asked.file_type
    if not _is_url(asked.file):
        raise InvalidMembersError("File type cannot be determined")
    name = urlsplit(asked.file).path.rpartition("/")[2]
    media_type = mimetypes.guess_type(name)[0] or ""
    if media_type == "application/pdf":
        return _PDF
    if media_type.startswith("image/"):
        return _IMAGE
    raise InvalidMembersError("Unsupported file type")


def _is_url(file: str) -> bool:
    try:
        return file.startswith(("http://", "https://")) and bool(urlsplit(file).netloc)
    except ValueError:  # brackets around what is no address
        return False


def _source(file: str, file_type: Literal[0, 1]) -> ImageSource:
    if _is_url(file):
        return RemoteImage(file)
    try:
        data = base64.b64decode(file)  # leniently, as PaddleX does: what is not of the alphabet is passed over
    except (binascii.Error, ValueError) as error:
        raise BrokenImageError("the file is not valid base64") from error
    if not data:
        raise BrokenImageError("the file is empty")
    if file_type == _PDF and _PDF_MARK not in data[:_PDF_MARK_WITHIN]:
        raise BrokenImageError("the file is no PDF")
    if file_type == _IMAGE and data.startswith(_PDF_MARK):
        raise BrokenImageError("the file is a PDF, no image")
    return data


def _page_options(asked: PaddlexRequest, limits: RequestLimits) -> PageOptions:
    default, found = limits.default_options, limits.default_options.detection
    turn_page = _turns_page(asked, default)
    turn_lines = default.turn_lines if asked.use_textline_orientation is None else asked.use_textline_orientation
    if asked.use_doc_unwarping or ((turn_page or turn_lines) and not limits.can_turn):
        raise InvalidOptionError("the input params for model settings are invalid!")
    detection = replace(
        found,
        limit_side=asked.text_det_limit_side_len or found.limit_side,
        limit_type=asked.text_det_limit_type or found.limit_type,
        threshold=asked.text_det_thresh or found.threshold,
        box_threshold=asked.text_det_box_thresh or found.box_threshold,
        unclip_ratio=asked.text_det_unclip_ratio or found.unclip_ratio,
    )
    score = asked.text_rec_score_thresh
    return replace(
        default,
        detection=detection,
        min_score=default.min_score if score is None else score,
        words=bool(asked.return_word_box),
        turn_page=turn_page,
        turn_lines=turn_lines,
        drawing=None if asked.visualize is False else _drawing(turn_page=turn_page),
    )


def _turns_page(asked: PaddlexRequest, default: PageOptions) -> bool:
    """PaddleX leaves the preprocessor out where a request names one of its two models and wants neither."""
    if asked.use_doc_orientation_classify is None:
        return default.turn_page and asked.use_doc_unwarping is None
    return asked.use_doc_orientation_classify


def _drawing(*, turn_page: bool) -> DrawingOptions:
    wanted = {Drawing.INPUT, Drawing.SIDE_BY_SIDE}
    return DrawingOptions(frozenset(wanted | {Drawing.TURNED} if turn_page else wanted))


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


PADDLEX = Dialect(
    "paddlex",
    ("/ocr",),
    decode_request,
    encode_response,
    encode_error,
    speaks=speaks,
    media_types=frozenset({"application/json"}),
    caller_id=caller_id,
    documents=(Document("/health", "Whether the service lives.", PaddlexNotice, PaddlexNotice, encode_health),),
    description=Description(
        summary="Recognise the text of an image or of a PDF, as PaddleX serving does.",
        request=PaddlexRequest,
        answer=PaddlexAnswer,
        failure=PaddlexNotice,
        example={"file": EXAMPLE_IMAGE, "fileType": 1, "visualize": False},
    ),
)
