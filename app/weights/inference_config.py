"""Writes the ``inference.yml`` of PP-OCRv5 mobile, whose models the wheel carries without one.

The values are those that PaddleOCR publishes with these models.
"""

import json


def detector_config() -> bytes:
    """The file of the detection model."""
    return _encode(
        {
            "Global": {"model_name": "PP-OCRv5_mobile_det"},
            "PreProcess": {
                "transform_ops": [
                    {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                    {"DetResizeForTest": None},
                    {
                        "NormalizeImage": {
                            "mean": [0.485, 0.456, 0.406],
                            "std": [0.229, 0.224, 0.225],
                            "scale": "1./255.",
                            "order": "hwc",
                        }
                    },
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
    )


def recognizer_config(dictionary: bytes) -> bytes:
    """The file of the recognition model, whose *dictionary* is UTF-8 text, one character a line.

    Lines are not stripped: one of the characters is the ideographic space.
    """
    characters = dictionary.decode("utf-8").replace("\r\n", "\n").removesuffix("\n").split("\n")
    return _encode(
        {
            "Global": {"model_name": "PP-OCRv5_mobile_rec"},
            "PreProcess": {
                "transform_ops": [
                    {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                    {"RecResizeImg": {"image_shape": [3, 48, 320]}},
                ]
            },
            "PostProcess": {"name": "CTCLabelDecode", "character_dict": characters},
        }
    )


def _encode(config: dict[str, object]) -> bytes:
    """JSON, which is YAML too, so that the same values always make the same bytes, whatever the YAML library.

    Not in ASCII: JSON escapes what lies beyond the basic plane as surrogates, which YAML refuses.
    """
    return json.dumps(config, ensure_ascii=False, indent=1).encode() + b"\n"
