"""Writes the ``inference.yml`` of models that a wheel carries without one.

The values are those that PaddleOCR publishes with these models.
"""

import json
from typing import Any

_MEAN = [0.485, 0.456, 0.406]
_STD = [0.229, 0.224, 0.225]
_READ = {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}}


def write_config(model: str, dictionary: bytes) -> bytes:
    """The file of the model that PaddleOCR calls *model*; *dictionary* is a recogniser's, else empty.

    Raises:
        KeyError: It is not known how that model is described.
    """
    if model.endswith("_det"):
        body = _detector()
    elif model.endswith("_rec"):
        body = _recognizer(dictionary)
    else:
        body = {"PP-LCNet_x1_0_doc_ori": _page_orientation}[model]()
    return _encode({"Global": {"model_name": model}} | body)


def _detector() -> dict[str, Any]:
    return {
        "PreProcess": {
            "transform_ops": [
                _READ,
                {"DetResizeForTest": None},
                {"NormalizeImage": {"mean": _MEAN, "std": _STD, "scale": "1./255.", "order": "hwc"}},
                {"ToCHWImage": None},
            ]
        },
        "PostProcess": {
            "name": "DBPostProcess",
            "thresh": 0.3,
            "box_thresh": 0.6,
            "unclip_ratio": 1.5,
            "max_candidates": 1000,
        },
    }


def _recognizer(dictionary: bytes) -> dict[str, Any]:
    """*dictionary*: UTF-8 text, one character a line.

    Lines are not stripped: one of the characters is the ideographic space.
    """
    characters = dictionary.decode("utf-8").replace("\r\n", "\n").removesuffix("\n").split("\n")
    return {
        "PreProcess": {"transform_ops": [_READ, {"RecResizeImg": {"image_shape": [3, 48, 320]}}]},
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": characters},
    }


def _page_orientation() -> dict[str, Any]:
    """Channels are red, green, blue here: no step says so, it is what PaddleOCR's classifiers are given."""
    normalise = {"channel_num": 3, "mean": _MEAN, "std": _STD, "scale": 0.00392156862745098, "order": ""}
    return {
        "PreProcess": {
            "transform_ops": [
                {"ResizeImage": {"resize_short": 256}},
                {"CropImage": {"size": 224}},
                {"NormalizeImage": normalise},
                {"ToCHWImage": None},
            ]
        },
        "PostProcess": {"Topk": {"topk": 1, "label_list": ["0", "90", "180", "270"]}},
    }


def _encode(config: dict[str, Any]) -> bytes:
    """JSON, which is YAML too, so that the same values always make the same bytes, whatever the YAML library.

    Not in ASCII: JSON escapes what lies beyond the basic plane as surrogates, which YAML refuses.
    """
    return json.dumps(config, ensure_ascii=False, indent=1).encode() + b"\n"
