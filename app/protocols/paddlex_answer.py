"""The answers of PaddleX serving's OCR pipeline."""

import base64
from copy import copy
from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from app.pipeline.result import Drawing, Drawings, Found, OcrResult, Page, PageOptions
from app.protocols.dialect import Answered
from app.protocols.paddlex_types import (
    DataInfo,
    ImageInfo,
    ModelSettings,
    PaddlexAnswer,
    PaddlexResult,
    PageResult,
    PageSize,
    PdfInfo,
    PreprocessorResult,
    PreprocessorSettings,
    PrunedResult,
    TextDetParams,
    TiffInfo,
)
from app.protocols.typed_json import answer_reply
from app.protocols.wire import Reply

_ON_ITS_SIDE = frozenset({90, 270})
_NOT_ASKED = -1


@dataclass(frozen=True, slots=True)
class PaddlexForm:
    """What an answer tells of its request. is_pdf: whether the file was said to be one."""

    options: PageOptions
    is_pdf: bool


def encode_response(result: OcrResult, form: PaddlexForm, answered: Answered) -> Reply:
    """*result*, which is that of one file, as JSON.

    Raises:
        RequestError: It, or a page of it, could not be read: there is no place for that in the answer.
    """
    (image,) = result.images
    errors = [image.error, *(page.error for page in image.failed)]
    for error in filter(None, errors):
        raise copy(error)  # its traceback must not hold itself, and the bodies with it
    drawings = image.drawings or ({},) * len(image.pages)
    pages = [_page(page, drawn, form.options) for page, drawn in zip(image.pages, drawings, strict=True)]
    answer = PaddlexAnswer(
        answered.caller_id or answered.request_id,
        PaddlexResult(pages, _data_info([_size(page) for page in image.pages], is_pdf=form.is_pdf)),
    )
    return answer_reply(answer)


def _page(page: Page, drawings: Drawings, options: PageOptions) -> PageResult:
    return PageResult(
        _pruned_result(page, options),
        ocr_image=_base64(drawings.get(Drawing.SIDE_BY_SIDE)),
        doc_preprocessing_image=_base64(drawings.get(Drawing.TURNED)),
        input_image=_base64(drawings.get(Drawing.INPUT)),
    )


def _base64(picture: bytes | None) -> str | UnsetType:
    return UNSET if picture is None else base64.b64encode(picture).decode()


def _pruned_result(page: Page, options: PageOptions) -> PrunedResult:
    kept = [found.line for found in page.found if found.line.score >= options.min_score]
    words = [line.words or () for line in kept]
    return PrunedResult(
        model_settings=ModelSettings(options.turn_page, options.turn_lines),
        doc_preprocessor_res=_preprocessor_result(page) if options.turn_page else UNSET,
        dt_polys=[found.polygon for found in page.found],
        text_det_params=_text_det_params(options),
        textline_orientation_angles=[_line_angle(found, options) for found in page.found] or UNSET,
        text_rec_score_thresh=options.min_score,
        return_word_box=options.words,
        rec_texts=[line.text for line in kept],
        rec_scores=[line.score for line in kept],
        rec_polys=[found.polygon for found in page.found if found.line.score >= options.min_score],
        rec_boxes=[line.box for line in kept],
        text_word_boxes=[[word.box for word in line] for line in words] if options.words else UNSET,
        text_word=[[word.text for word in line] for line in words] if options.words else UNSET,
    )


def _preprocessor_result(page: Page) -> PreprocessorResult:
    return PreprocessorResult(PreprocessorSettings(True, False), page.angle)


def _text_det_params(options: PageOptions) -> TextDetParams:
    detection = options.detection
    return TextDetParams(
        limit_side_len=detection.limit_side,
        limit_type=detection.limit_type,
        thresh=detection.threshold,
        max_side_limit=detection.max_side,
        box_thresh=detection.box_threshold,
        unclip_ratio=detection.unclip_ratio,
    )


def _line_angle(found: Found, options: PageOptions) -> int:
    return int(found.turned) if options.turn_lines else _NOT_ASKED


def _size(page: Page) -> PageSize:
    """That of the page as it came, before it was turned."""
    return PageSize(page.height, page.width) if page.angle in _ON_ITS_SIDE else PageSize(page.width, page.height)


def _data_info(sizes: list[PageSize], *, is_pdf: bool) -> DataInfo:
    if is_pdf:
        return PdfInfo(len(sizes), sizes)
    if len(sizes) > 1:
        return TiffInfo(len(sizes), sizes)
    return ImageInfo(sizes[0].width, sizes[0].height)
