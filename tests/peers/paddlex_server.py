"""A real ``paddlex --serve``, from an environment of its own, with the service's own weights."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from PIL import ImageFont

from bench.child_process import Launch, free_port
from bench.dialects import dialect_named
from bench.peers.http_peer import HttpConnection, started_server
from bench.peers.paddleocr_models import ModelFiles, TierModels
from bench.peers.paddlex_serving import ENVIRONMENT, pipeline_document

TIER = "pp-ocrv6-tiny"
MAX_SIDE = 4000
"""PaddleX's own."""

_LINE_MODEL = {
    "Global": {"model_name": "PP-LCNet_x0_25_textline_ori"},
    "PreProcess": {
        "transform_ops": [
            {"ResizeImage": {"size": [192, 48]}},
            {"NormalizeImage": {"mean": [0.5] * 3, "std": [0.5] * 3, "scale": 1 / 255, "channel_num": 3, "order": ""}},
            {"ToCHWImage": None},
        ]
    },
    "PostProcess": {"Topk": {"topk": 1, "label_list": ["0_degree", "180_degree"]}},
}
"""What PaddleX wants to know of the line classifier, of which there is no official description in the weights."""


@contextmanager
def paddlex_server(weights: Path, folder: Path, *, turning: bool) -> Iterator[str]:
    """Start the server and yield its address. *turning*: with the models that tell how pages and lines lie.

    It reaches no host: the font with which it writes on pictures is Pillow's.
    """
    models = TierModels.open(weights, TIER)
    document = pipeline_document(models, MAX_SIDE)
    if turning:
        document = _with_turning(document, weights / "orientation", folder)
    pipeline, font, port = folder / "pipeline.yaml", folder / "font.ttf", free_port()
    pipeline.write_text(yaml.safe_dump(document), encoding="utf-8")
    font.write_bytes(ImageFont.load_default(20).font_bytes)
    command = [
        *(str(ENVIRONMENT.python), "-s", str(ENVIRONMENT.folder / "bin" / "paddlex"), "--serve"),
        *("--pipeline", str(pipeline), "--engine", models.engine, "--device", "cpu"),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    environment = {
        "HOME": str(folder),
        "PADDLE_PDX_CACHE_HOME": str(folder / "paddlex"),
        "PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK": "True",
        "PADDLE_PDX_LOCAL_FONT_FILE_PATH": str(font),
        "HF_HUB_OFFLINE": "1",
    }
    launch = Launch(command, folder, folder / "paddlex.log", environment)
    connection = HttpConnection(f"http://127.0.0.1:{port}", dialect_named("paddlex"))
    with started_server("PaddleX serving", launch, connection):
        yield connection.url


def _with_turning(document: dict[str, Any], orientation: Path, folder: Path) -> dict[str, Any]:
    line = folder / "line"
    line.mkdir()
    shutil.copy(orientation / "line" / "inference.onnx", line)
    (line / "inference.yml").write_text(yaml.safe_dump(_LINE_MODEL), encoding="utf-8")
    preprocessor = {
        "pipeline_name": "doc_preprocessor",
        "use_doc_orientation_classify": True,
        "use_doc_unwarping": False,
        "SubModules": {"DocOrientationClassify": _module("doc_text_orientation", orientation / "page")},
    }
    modules = document["SubModules"] | {"TextLineOrientation": _module("textline_orientation", line)}
    return document | {
        "use_doc_preprocessor": True,
        "use_textline_orientation": True,
        "SubPipelines": {"DocPreprocessor": preprocessor},
        "SubModules": modules,
    }


def _module(kind: str, folder: Path) -> dict[str, Any]:
    model = ModelFiles.open(folder)
    return {"module_name": kind, "model_name": model.name, "model_dir": str(model.folder), "batch_size": 6}
