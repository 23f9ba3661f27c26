"""The documents of the contract as JSON Schema (2020-12), which is what OpenAPI 3.1 has."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.pipeline.text_layer import Source, TextLayer
from app.protocols.formats import FORMATS
from app.protocols.native import LEAST_DPI, MOST_DPI
from app.protocols.page_ranges import LONGEST

Schema = dict[str, Any]

SWITCH = ["true", "false", "1", "0", "on", "off"]
TURNS = [*SWITCH, "page", "lines"]
_PAGES_TEXT = r"^\s*[0-9]+\s*(-\s*[0-9]*\s*)?(,\s*[0-9]+\s*(-\s*[0-9]*\s*)?)*$"
_NUMBER_TEXT = r"^[\s0-9._eE+-]+$"


def reference(name: str) -> Schema:
    """A schema of :func:`schemas` by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def exactly(members: Mapping[str, Schema], optional: Sequence[str] = (), about: str = "") -> Schema:
    """An object of these members and no others, all but *optional* always there."""
    required = [name for name in members if name not in optional]
    head: Schema = {"description": about} if about else {}
    return head | {"type": "object", "properties": dict(members), "required": required, "additionalProperties": False}


def options(det_max_side: int) -> dict[str, Schema]:
    """What may be asked for, as query parameters and form fields have it."""
    return {
        "min_score": {
            "description": "Lines recognised with a lower score are left out.",
            "type": "number",
            "minimum": 0,
            "maximum": 1,
        },
        "det_max_side": {
            "description": "Longest side in pixels that the detector sees.",
            "type": "integer",
            "minimum": 32,
            "maximum": det_max_side,
        },
        "words": {"description": "Whether each line has its words.", "type": "string", "enum": SWITCH},
        "spaces": {
            "description": "Where spaces stand: where they were read, or where one was nearly read, too.",
            "type": "string",
            "enum": ["sure", "likely"],
        },
        "autorotate": {
            "description": "Turn what does not lie upright: pages, lines or both.",
            "type": "string",
            "enum": TURNS,
        },
        "picture": {
            "description": "Whether each page has its picture beside it, as a JPEG of at most 2000 pixels a side.",
            "type": "string",
            "enum": SWITCH,
        },
        "pages": {
            "description": "Pages to read of each document, counted from 1, such as 1-3,7 or 3-; each is read once.",
            "type": "string",
            "pattern": _PAGES_TEXT,
            "maxLength": LONGEST,
        },
        "dpi": {
            "description": "Pixels an inch at which pages of PDFs are rendered; fewer for a page too large for that.",
            "type": "number",
            "minimum": LEAST_DPI,
            "maximum": MOST_DPI,
        },
        "format": {
            "description": "What the answer is written in; without it what Accept likes best, or else JSON.",
            "type": "string",
            "enum": list(FORMATS),
        },
        "text_layer": {
            "description": "Whether the text that a PDF's page holds is taken in the place of what is seen on it.",
            "type": "string",
            "enum": [layer.value for layer in TextLayer],
        },
    }


def json_options(det_max_side: int) -> dict[str, Schema]:
    """The same as members of a JSON object: numbers may be written as text, switches as JSON's own."""
    plain = options(det_max_side)
    text = {"type": "string", "pattern": _NUMBER_TEXT}
    numbers = {name: {"anyOf": [plain[name], text]} for name in ("min_score", "det_max_side", "dpi")}
    page: Schema = {"type": "integer", "minimum": 1}
    own: list[Schema] = [{"type": "boolean"}, {"type": "integer", "enum": [0, 1]}]
    texts = {name: plain[name] for name in ("format", "text_layer", "spaces")}
    pages = {"pages": {"anyOf": [plain["pages"], page]}}
    switches = {name: {"anyOf": [plain[name], *own]} for name in ("words", "autorotate", "picture")}
    return numbers | pages | texts | switches


def request_schemas(det_max_side: int, max_images: int) -> dict[str, Schema]:
    """Bodies of ``POST /ocr``."""
    image = {
        "description": "Base64, or a data URL with base64.",
        "type": "string",
        "contentEncoding": "base64",
        "minLength": 1,
    }
    most = f"At most {max_images}."  # more is 413 and no violation of the schema
    images = {"type": "array", "items": image, "minItems": 1, "description": most}
    more = json_options(det_max_side)
    file = {"type": "string", "format": "binary"}
    files = {"type": "array", "items": file, "minItems": 1, "description": most}
    form = exactly({"file": files, "image": files} | options(det_max_side), ("file", "image", *more))
    return {
        "JsonRequest": {
            "oneOf": [exactly({"image": image} | more, tuple(more)), exactly({"images": images} | more, tuple(more))]
        },
        "FormRequest": form | {"anyOf": [{"required": ["file"]}, {"required": ["image"]}]},
    }


def answer_schemas(codes: Sequence[str]) -> dict[str, Schema]:
    """Answers of every route; *codes* are those that problems may have."""
    text: Schema = {"type": "string"}
    count: Schema = {"type": "integer", "minimum": 0}
    pixel = {"type": "integer"}
    box: Schema = {
        "description": "Left, top, right, bottom.",
        "type": "array",
        "items": pixel,
        "minItems": 4,
        "maxItems": 4,
    }
    point = {"type": "array", "items": pixel, "minItems": 2, "maxItems": 2}
    polygon: Schema = {"description": "Clockwise from the top left corner.", "type": "array", "items": point}
    score: Schema = {"description": "Mean probability of the characters.", "type": "number", "minimum": 0, "maximum": 1}
    words: Schema = {"type": "array", "items": exactly({"text": text, "box": box})}
    line: dict[str, Schema] = {
        "text": text,
        "score": score,
        "polygon": polygon | {"minItems": 4, "maxItems": 4},
        "box": box,
    }
    either = {"oneOf": [reference("Page"), reference("PageError")]}
    pages: Schema = {"type": "array", "items": either, "minItems": 1}
    more: Schema = {
        "description": "Whether there are more frames, or more of the wanted pages, than were read.",
        "type": "boolean",
    }
    several: Schema = {"description": "Pages of the file, where it has several.", "type": "integer", "minimum": 2}
    image: dict[str, Schema] = {"text": text, "pages": pages, "truncated": more, "page_count": several}
    one = exactly(image, ("page_count",))
    head: dict[str, Schema] = {"id": text, "model": text}
    tail = {"timings_ms": reference("Timings")}
    code: Schema = {"description": "Stable; what programs should look at.", "type": "string", "enum": sorted(codes)}
    stages = ("queue", "decode", "detect", "crop", "orient", "recognise", "assemble", "total")
    milliseconds = {"type": "number", "minimum": 0}
    error: dict[str, Schema] = {"error": exactly({"code": code, "detail": text})}
    failed = {"index": count} | error
    page: dict[str, Schema] = {
        "index": count,
        "width": count,
        "height": count,
        "angle": {"type": "integer", "enum": [0, 90, 180, 270]},
        "text": text | {"description": "Rows, an empty line between paragraphs, a tab between cells."},
        "lines": {"description": "In reading order.", "type": "array", "items": reference("Line")},
        "source": {
            "description": "Where the lines come from; where text_layer was asked for.",
            "type": "string",
            "enum": [source.value for source in Source],
        },
        "picture": {"description": "A data URL; where it was asked for.", "type": "string"},
    }
    problem: dict[str, Schema] = {
        "type": text,
        "title": text,
        "status": {"type": "integer"},
        "code": code,
        "detail": text,
        "id": text,
    }
    return {
        "Line": exactly(line | {"words": words}, ("words",), "A line of text; pixels of the page as shown."),
        "Page": exactly(
            page,
            ("picture", "source"),
            "A picture, or a page of a document, upright; index: of the page in it, from 0.",
        ),
        "Timings": exactly(dict.fromkeys(stages, milliseconds), about="Milliseconds by stage."),
        "Result": exactly(head | image | tail, ("page_count",), "What one image holds."),
        "Results": exactly(
            head | {"results": {"type": "array", "items": {"oneOf": [one, reference("ImageError")]}}} | tail,
            about="What several images hold, in their order.",
        ),
        "PageError": exactly(failed, about="A page of a document that cannot be read; others can."),
        "ImageError": exactly(error),
        "StreamLine": _stream_line(page, failed, error, {**head, "pages": count, "truncated": more, **tail}, several),
        "Problem": exactly(
            problem, about="RFC 9457; with the members of other dialects where its hearer may speak one."
        )
        | {"additionalProperties": True},
        "Status": exactly({"status": {"type": "string", "enum": ["ok", "ready"]}}),
        "Info": {
            "description": "Model, engine, limits and memory; more members may come.",
            "type": "object",
            "required": ["version", "state", "model", "engine", "precision", "limits"],
            "properties": {
                **dict.fromkeys(("version", "platform", "model", "engine", "precision", "parity", "autorotate"), text),
                "state": {"type": "string", "enum": ["starting", "ready", "draining", "failed"]},
                "limits": {"type": "object", "additionalProperties": {"type": "number"}},
            },
        },
    }


def _stream_line(
    page: Mapping[str, Schema],
    failed: Mapping[str, Schema],
    error: Mapping[str, Schema],
    totals: dict[str, Schema],
    page_count: Schema,
) -> Schema:
    """A line of an answer by pages; of several images each says which one it is about."""
    image: dict[str, Schema] = {"image": {"type": "integer", "minimum": 0}}
    of_file: dict[str, Schema] = {"page_count": page_count}
    each = exactly({"pages": totals["pages"], "truncated": totals["truncated"], **of_file}, ("page_count",))
    results: dict[str, Schema] = {"results": {"type": "array", "items": each}}
    return {
        "description": "Pages in their order, then the totals, or the error that cut the answer short.",
        "oneOf": [
            exactly(image | of_file | dict(page), ("image", "page_count", "source", "picture"), "A page."),
            exactly(image | of_file | dict(failed), ("image", "page_count"), "A page that cannot be read."),
            exactly(image | dict(error), about="An image of which nothing can be read."),
            exactly(totals | of_file | results, ("page_count", "results"), "The last line of an answer that is whole."),
            exactly(error, about="The last line of one that is not."),
        ],
    }
