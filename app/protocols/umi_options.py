"""The options of Umi-OCR's HTTP interface that are honoured: their types, what they come to, and their description.

Names and meanings are those of Umi-OCR 2.1 with its PaddleOCR plugin (``docs/http/api_ocr.md`` there).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.errors import InvalidOptionError
from app.pipeline.result import Line, PageOptions
from app.protocols.request import RequestLimits, check_can_turn
from app.protocols.typed_json import typed

Language = Literal["models/config_chinese.txt", "models/config_en.txt"]
Parser = Literal["multi_para", "multi_line", "multi_none", "single_line", "single_none", "none"]
Format = Literal["dict", "text"]
Area = tuple[tuple[float, float], tuple[float, float]]

OPTIONS_PATH = "/api/ocr/get_options"

_LANGUAGES: list[tuple[str | int, str]] = [
    ("models/config_chinese.txt", "简体中文"),
    ("models/config_en.txt", "English"),
]
_PARSERS: list[tuple[str | int, str]] = [
    ("multi_para", "多栏-按自然段换行 / in columns, a line a paragraph"),
    ("multi_line", "多栏-每行换行 / in columns, one line below the other"),
    ("multi_none", "多栏-不换行 / in columns, all lines in one"),
    ("single_line", "单栏-每行换行 / one line below the other"),
    ("single_none", "单栏-不换行 / all lines in one"),
    ("none", "不排版 / as recognised"),
]
_FORMATS: list[tuple[str | int, str]] = [("dict", "文本与位置 / lines"), ("text", "纯文本 / plain text")]
_ONE_MODEL = "同一模型识别 / read by one and the same model"

_LEAST_SIDE = 32
_SIDES = (960, 2880, 4320)
_MOST_AREAS = 256


class UmiOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Options. Areas are given by their upper left and their lower right corner."""

    language: Language | UnsetType = msgspec.field(name="ocr.language", default=UNSET)
    cls: bool | UnsetType = msgspec.field(name="ocr.cls", default=UNSET)
    limit_side_len: Annotated[int, Meta(ge=_LEAST_SIDE)] | UnsetType = msgspec.field(
        name="ocr.limit_side_len", default=UNSET
    )
    parser: Parser = msgspec.field(name="tbpu.parser", default="multi_para")
    ignore_area: Annotated[list[Area], Meta(max_length=_MOST_AREAS)] = msgspec.field(name="tbpu.ignoreArea", default=[])
    format: Format = msgspec.field(name="data.format", default="dict")


class UmiOption(msgspec.Struct, frozen=True, omit_defaults=True):
    """An option as clients may show it. optionsList: each value that it may have, and its title."""

    title: str
    type: Literal["enum", "boolean", "var"]
    default: Any
    optionsList: list[tuple[str | int, str]] = []  # noqa: N815 - its name on the wire
    toolTip: str = ""  # noqa: N815 - likewise


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the answer is to look. areas: the upper left and the lower right corner of what is left out."""

    parser: Parser
    format: Format
    areas: tuple[Area, ...]

    def keeps(self, line: Line) -> bool:
        """Whether *line* lies in none of the areas as a whole."""
        left, top, right, bottom = line.box
        return not any(
            low_x <= left and low_y <= top and right <= high_x and bottom <= high_y
            for (low_x, low_y), (high_x, high_y) in self.areas
        )


def read_options(members: Mapping[str, Any], limits: RequestLimits) -> tuple[PageOptions, Wanted]:
    """What *members* come to.

    Raises:
        InvalidOptionError: One is not known, has a value that it may not have, or cannot be honoured.
    """
    try:
        options = typed(members, UmiOptions, InvalidOptionError)
    except InvalidOptionError as error:
        raise InvalidOptionError(f"{error}; {OPTIONS_PATH} says what may be asked for") from error
    page = limits.default_options
    if options.cls is not UNSET:
        if options.cls:
            check_can_turn(limits, "ocr.cls")
        page = replace(page, turn_lines=options.cls)
    if options.limit_side_len is not UNSET:  # no side is longer, whichever of the two limits is the smaller
        side = min(options.limit_side_len, page.detection.max_side)
        page = replace(page, detection=replace(page.detection, max_side=side))
    return page, Wanted(options.parser, options.format, tuple(options.ignore_area))


def described_options(limits: RequestLimits) -> dict[str, UmiOption]:
    """Every option that may be asked for, with its values and its default."""
    page = limits.default_options
    most = page.detection.max_side
    described = {"ocr.language": UmiOption("语言 / Language", "enum", _LANGUAGES[0][0], _LANGUAGES, _ONE_MODEL)}
    if limits.can_turn:
        title = "纠正倒置的行 / Turn lines that stand on their heads"
        described["ocr.cls"] = UmiOption(title, "boolean", page.turn_lines)
    sides: list[tuple[str | int, str]] = [(side, str(side)) for side in (*(s for s in _SIDES if s < most), most)]
    return described | {
        "ocr.limit_side_len": UmiOption("检测边长上限 / Longest side for the detector", "enum", most, sides),
        "tbpu.parser": UmiOption("排版 / Layout", "enum", _PARSERS[0][0], _PARSERS),
        "tbpu.ignoreArea": UmiOption("忽略区域 / Areas to leave out", "var", [], toolTip="[[[x1, y1], [x2, y2]], ...]"),
        "data.format": UmiOption("返回格式 / Format", "enum", _FORMATS[0][0], _FORMATS),
    }
