"""The bodies of PaddleX serving's OCR pipeline, under the names that its clients know.

What these say reads the requests, writes the answers and describes both in the OpenAPI document.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

Quad: TypeAlias = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
Box: TypeAlias = tuple[int, int, int, int]
LimitType: TypeAlias = Literal["min", "max", "resize_long"]

_Side = Annotated[int, Meta(ge=0, le=100_000)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Ratio = Annotated[float, Meta(ge=0, le=5)]


class PaddlexRequest(Struct, rename="camel", frozen=True):
    """An image or a PDF, and how it is to be read; of what is null or missing, the service's own settings hold.

    Of the four numbers of text detection, 0 means that, too, as it does in PaddleX.
    """

    file: Annotated[str, Meta(description="Base64, or a URL where the service fetches from its host.")]
    file_type: Annotated[
        Literal[0, 1] | None,
        Meta(description="0: a PDF, 1: an image. Of a URL, null means by the ending of its path."),
    ] = None
    use_doc_orientation_classify: Annotated[
        bool | None, Meta(description="Whether a page that lies on its side or on its head is turned upright.")
    ] = None
    use_doc_unwarping: Annotated[
        bool | None, Meta(description="Whether a curved page is flattened: refused where true, there is no model.")
    ] = None
    use_textline_orientation: Annotated[
        bool | None, Meta(description="Whether lines that stand on their heads are turned.")
    ] = None
    text_det_limit_side_len: Annotated[
        _Side | None, Meta(description="Pixels; what they limit says the next. 0: the service's own.")
    ] = None
    text_det_limit_type: Annotated[
        LimitType | None,
        Meta(description="min: the short side has so many at least, max: the long side at most, resize_long: exactly."),
    ] = None
    text_det_thresh: Annotated[_Share | None, Meta(description="A pixel is text above this probability.")] = None
    text_det_box_thresh: Annotated[_Share | None, Meta(description="Least mean probability inside a box.")] = None
    text_det_unclip_ratio: Annotated[_Ratio | None, Meta(description="How far boxes grow.")] = None
    text_rec_score_thresh: Annotated[_Share | None, Meta(description="Lines read with less are left out.")] = None
    return_word_box: Annotated[bool | None, Meta(description="Whether words and their boxes are told apart.")] = None
    visualize: Annotated[bool | None, Meta(description="Whether pictures come back; null means true.")] = None
    log_id: Annotated[str | None, Meta(description="The client's own name for the request.")] = None


class ModelSettings(Struct, frozen=True):
    """What was done beside finding and reading lines."""

    use_doc_preprocessor: bool
    use_textline_orientation: bool


class PreprocessorSettings(Struct, frozen=True):
    """What was done to the page before anything was looked for on it."""

    use_doc_orientation_classify: bool
    use_doc_unwarping: bool


class PreprocessorResult(Struct, frozen=True):
    """How the page lay: 0, 90, 180 or 270 degrees, by which it was turned counterclockwise."""

    model_settings: PreprocessorSettings
    angle: int


class TextDetParams(Struct, frozen=True):
    """How lines were found; see the options of the request."""

    limit_side_len: int
    limit_type: LimitType
    thresh: float
    max_side_limit: int
    box_thresh: float
    unclip_ratio: float


class PrunedResult(Struct, frozen=True, kw_only=True):
    """The lines of a page, in columns. dt_*: of all that were found, rec_*: of those that were read well enough.

    textline_orientation_angles: 1 for a line that stood on its head, else 0; -1 where nobody asked; missing where no
    line was found. text_word*: by line. Coordinates are pixels of the page as it was turned.
    """

    model_settings: ModelSettings
    doc_preprocessor_res: PreprocessorResult | UnsetType = UNSET
    dt_polys: list[Quad]
    text_det_params: TextDetParams
    text_type: Literal["general"] = "general"
    textline_orientation_angles: list[int] | UnsetType = UNSET
    text_rec_score_thresh: float
    return_word_box: bool
    rec_texts: list[str]
    rec_scores: list[float]
    rec_polys: list[Quad]
    rec_boxes: list[Box]
    text_word_boxes: list[list[Box]] | UnsetType = UNSET
    text_word: list[list[str]] | UnsetType = UNSET


class PageResult(Struct, rename="camel", frozen=True):
    """A page and its pictures, JPEG files in base64, which are missing where nobody wants to see them.

    ocrImage: the lines over the page, and beside it their texts. docPreprocessingImage: the page as it came and as it
    was turned, where it might have been. inputImage: as it came.
    """

    pruned_result: PrunedResult
    ocr_image: str | UnsetType = UNSET
    doc_preprocessing_image: str | UnsetType = UNSET
    input_image: str | UnsetType = UNSET


class PageSize(Struct, frozen=True):
    """Pixels of a page as it came."""

    width: int
    height: int


class ImageInfo(Struct, frozen=True, tag_field="type", tag="image"):
    """A picture, and its size in pixels as it came."""

    width: int
    height: int


class PdfInfo(Struct, frozen=True, rename="camel", tag_field="type", tag="pdf"):
    """The pages that were read of a PDF."""

    num_pages: int
    pages: list[PageSize]


class TiffInfo(Struct, frozen=True, rename="camel", tag_field="type", tag="tiff"):
    """The pages that were read of a TIFF that has several."""

    num_pages: int
    pages: list[PageSize]


DataInfo: TypeAlias = ImageInfo | PdfInfo | TiffInfo


class PaddlexResult(Struct, rename="camel", frozen=True):
    """A result a page, and what the file is."""

    ocr_results: list[PageResult]
    data_info: DataInfo


class PaddlexAnswer(Struct, rename="camel", frozen=True):
    """A file that was read."""

    log_id: str
    result: PaddlexResult
    error_code: Literal[0] = 0
    error_msg: Literal["Success"] = "Success"


class PaddlexNotice(Struct, rename="camel", frozen=True):
    """Everything that is no result: an error, whose code is the HTTP status, or that the service is well."""

    log_id: str
    error_code: int
    error_msg: str
