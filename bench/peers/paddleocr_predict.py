"""Run PaddleOCR over images and print one JSON object an image.

This file runs inside the environment of ``paddleocr-requirements.txt``, not in the bench's own: it imports the
standard library and ``paddleocr`` and nothing else. Image paths come on standard input, one a line, or as arguments.

Each line on standard output is either
``{"path", "width", "height", "texts": [str], "scores": [float 0..1], "polys": [[[x, y] * 4]], "seconds"}``
(polys in whole pixels of the picture that PaddleOCR decoded, clockwise from the top left, in PaddleOCR's own order;
seconds is the wall time of ``predict``, reading the file included) or ``{"path", "error"}``. The very first line is
``{"versions": {...}}``. Everything that PaddleX logs goes to standard error.

The thresholds stay those of PaddleOCR's own pipeline file (``paddlex/configs/pipelines/OCR.yaml``: 0.3, 0.6, 1.5).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any, TextIO

PACKAGES = (
    "paddleocr",
    "paddlex",
    "onnxruntime",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
    "numpy",
    "pyclipper",
    "pillow",
)


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """Return the parsed command line; argparse ends the process with status 2 on a bad one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--det-dir", required=True, help="directory with inference.onnx and inference.yml")
    parser.add_argument("--det-name", required=True, help="model_name of the detector's inference.yml")
    parser.add_argument("--rec-dir", required=True, help="directory with inference.onnx and inference.yml")
    parser.add_argument("--rec-name", required=True, help="model_name of the recogniser's inference.yml")
    parser.add_argument("--det-max-side", type=int, default=1600, help="longest side the detector sees, in pixels")
    parser.add_argument("--threads", type=int, default=0, help="threads of ONNX Runtime; 0 leaves the choice to it")
    parser.add_argument("images", nargs="*", help="image paths; read from standard input when none is given")
    return parser.parse_args(argv)


def installed_versions() -> dict[str, str]:
    """Return the versions of what decides the result, by distribution name; absent ones are left out."""
    found = {item.metadata["Name"].lower(): item.version for item in importlib.metadata.distributions()}
    return {name: found[name] for name in PACKAGES if name in found}


def claim_stdout() -> TextIO:
    """Return a stream on the real standard output, and send whatever else prints there to standard error."""
    stream = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return stream


def load_pipeline(arguments: argparse.Namespace) -> Any:
    """Return a ``paddleocr.PaddleOCR`` on ONNX Runtime with local weights and every optional stage off."""
    paddleocr = importlib.import_module("paddleocr")
    threads = {"intra_op_num_threads": arguments.threads} if arguments.threads else {}
    return paddleocr.PaddleOCR(
        text_detection_model_name=arguments.det_name,
        text_detection_model_dir=arguments.det_dir,
        text_recognition_model_name=arguments.rec_name,
        text_recognition_model_dir=arguments.rec_dir,
        use_doc_orientation_classify=False,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        text_det_limit_side_len=arguments.det_max_side,
        text_det_limit_type="max",
        device="cpu",
        engine="onnxruntime",
        engine_config=threads or None,
    )


def predict(pipeline: Any, path: str) -> dict[str, Any]:
    """Return one output record; an image that PaddleOCR cannot take becomes an ``error`` record."""
    started = time.perf_counter()
    try:
        results = list(pipeline.predict(path))
    except Exception as failure:  # noqa: BLE001 (one bad image must not end the run; the caller counts it)
        return {"path": path, "error": f"{type(failure).__name__}: {failure}"}
    seconds = time.perf_counter() - started
    if len(results) != 1:
        return {"path": path, "error": f"{len(results)} pages where one was expected"}
    result = results[0]
    height, width = result["doc_preprocessor_res"]["output_img"].shape[:2]
    return {
        "path": path,
        "width": int(width),
        "height": int(height),
        "texts": list(result["rec_texts"]),
        "scores": [float(score) for score in result["rec_scores"]],
        "polys": [[[int(x), int(y)] for x, y in poly] for poly in result["rec_polys"]],
        "seconds": round(seconds, 4),
    }


def image_paths(arguments: argparse.Namespace) -> Iterator[str]:
    """Yield the image paths of the command line, or else of standard input; empty lines are skipped."""
    for line in arguments.images or sys.stdin:
        if path := line.rstrip("\n"):
            yield path


def main() -> int:
    """Run; return 0 (failed images are records, not a status)."""
    arguments = parse_arguments(sys.argv[1:])
    output = claim_stdout()
    pipeline = load_pipeline(arguments)
    print(json.dumps({"versions": installed_versions()}), file=output, flush=True)
    for path in image_paths(arguments):
        print(json.dumps(predict(pipeline, path), ensure_ascii=False), file=output, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
