"""Good requests of every dialect, to the byte: what the API's description shows, and what it does not."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app.pipeline.text_layer import TextLayer
from app.protocols.catalogue import dialects_named
from app.protocols.dialect import Description
from app.protocols.formats import FORMATS
from app.protocols.kserve_http import JSON_LENGTH
from app.protocols.kserve_model import IMAGE
from app.settings import DIALECTS
from bench.hostile.seeds import seeds
from bench.hostile.wire import BOUNDARY, form, head, part, post

_JSON = b"Content-Type: application/json"
_PADDLEX: Mapping[str, Any] = {
    "useDocOrientationClassify": True,
    "useDocUnwarping": False,
    "useTextlineOrientation": "yes",
    "textDetLimitSideLen": "960",
    "textDetLimitType": "max",
    "textDetThresh": 0.3,
    "textDetBoxThresh": 0.6,
    "textDetUnclipRatio": 1.5,
    "textRecScoreThresh": 0,
    "returnWordBox": True,
    "visualize": None,
    "logId": "mine",
}
_UMI: Mapping[str, Any] = {
    "ocr.language": "models/config_en.txt",
    "ocr.cls": True,
    "ocr.limit_side_len": 960,
    "tbpu.parser": "multi_none",
    "tbpu.ignoreArea": [[[0, 0], [9.5, 9]]],
    "data.format": "text",
}


def seed_requests() -> list[bytes]:
    """Requests of all dialects, and of the native one in all formats."""
    picture = seeds()["png-16"]
    described = [
        _described(path, dialect.path_values, dialect.description)
        for dialect in dialects_named(DIALECTS)
        for path in dialect.paths
        if dialect.description
    ]
    return [*described, *_with_options(base64.b64encode(picture).decode()), *_kserve(picture), *_native(picture)]


def _described(path: str, values: Mapping[str, str], description: Description) -> bytes:
    for name, value in values.items():
        path = path.replace(f"<{name}>", value)
    if "application/json" in description.media_types:
        return post(json.dumps(description.example).encode(), _JSON, target=path.encode())
    fields = {name: str(value) for name, value in description.example.items()}
    return post(urlencode(fields).encode(), b"Content-Type: application/x-www-form-urlencoded", target=path.encode())


def _with_options(text: str) -> list[bytes]:
    """Every option of those who have some."""
    documents = {
        b"/ocr": {"file": text, "fileType": 1, **_PADDLEX},
        b"/api/ocr": {"base64": text, "options": _UMI},
    }
    switches = b"".join(
        head(b"--" + BOUNDARY, b'Content-Disposition: form-data; name="%s"' % name) + b"false\r\n"
        for name in (b"use_det", b"use_cls", b"use_rec")
    )
    rapidocr = form([switches, part(base64.b64decode(text), name=b"image_file")])
    return [rapidocr, *(post(json.dumps(asked).encode(), _JSON, target=path) for path, asked in documents.items())]


def _kserve(picture: bytes) -> list[bytes]:
    """An image as it is, and tensors behind the JSON."""
    length = JSON_LENGTH.encode()
    target = b"/v2/models/ocr/infer"
    tensor = len(picture).to_bytes(4, "little") + picture
    asked = {
        "id": "mine",
        "inputs": [
            {
                "name": IMAGE.name,
                "datatype": "BYTES",
                "shape": [2],
                "parameters": {"binary_data_size": 2 * len(tensor)},
            }
        ],
        "outputs": [{"name": "text", "parameters": {"binary_data": True}}],
        "parameters": {"min_score": 0.5, "words": True, "binary_data_output": False},
    }
    text = json.dumps(asked).encode()
    return [
        post(picture, length + b": 0", target=target),
        post(text + 2 * tensor, length + b": %d" % len(text), target=target),
    ]


def _native(picture: bytes) -> list[bytes]:
    """Every format, every text layer, and pages."""
    asked = [{"format": name} for name in FORMATS]
    asked += [{"text_layer": layer.value, "pages": "1-3,7", "dpi": "72"} for layer in TextLayer]
    asked += [{"picture": "true", "format": "ndjson", "det_max_side": "64", "min_score": "0.5"}]
    accepted = [media_type for each in FORMATS.values() for media_type in each.media_types]
    return [
        *(post(picture, target=b"/ocr?" + urlencode(query).encode()) for query in asked),
        post(picture, b"Accept: " + ", ".join(accepted).encode()),
    ]
