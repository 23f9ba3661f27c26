"""Run PaddleOCR over images and print one JSON object an image.

This file runs inside the environment of ``paddleocr-requirements.txt``, not in the bench's own: it imports the
standard library, ``paddleocr`` and what that brings, and nothing else. Image paths come on standard input, one a line,
or as arguments.

Each line on standard output is either
``{"path", "width", "height", "angle", "texts": [str], "scores": [float 0..1], "polys": [[[x, y] * 4]], "seconds"}``
(polys in whole pixels of the picture that PaddleOCR read, clockwise from the top left, in PaddleOCR's own order; angle
is what it turned the picture by, 0 unless asked for; seconds is the wall time of ``predict``, reading the file
included) or ``{"path", "error"}``. The very first line is ``{"versions": {...}}``. Everything that PaddleX logs goes to
standard error. With ``--details`` a record also has ``"words": [[{"text", "box"}]]`` and ``"second_best": [{"text",
"margin"}]``, an entry a line: see :func:`second_best`.

The thresholds stay those of PaddleOCR's own pipeline file (``paddlex/configs/pipelines/OCR.yaml``: 0.3, 0.6, 1.5), and
so does the least side of a picture, 64 pixels; of its sizes only the longest side that the detector may see is changed.
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
    "paddlepaddle",
    "onnxruntime",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
    "opencv-python-headless",
    "numpy",
    "pyclipper",
    "pillow",
)


class Score(float):
    """A line's score that carries the line's second best reading through PaddleX's pipeline, which sorts the lines."""

    second_best: dict[str, Any]


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """Return the parsed command line; argparse ends the process with status 2 on a bad one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="onnxruntime", help="onnxruntime, or paddle_static for Paddle's format")
    parser.add_argument("--det-dir", required=True, help="directory with the detector and its inference.yml")
    parser.add_argument("--det-name", required=True, help="model_name of the detector's inference.yml")
    parser.add_argument("--rec-dir", required=True, help="directory with the recogniser and its inference.yml")
    parser.add_argument("--rec-name", required=True, help="model_name of the recogniser's inference.yml")
    parser.add_argument("--page-dir", help="directory with a page orientation model: turn each picture upright first")
    parser.add_argument("--page-name", help="model_name of its inference.yml")
    parser.add_argument("--det-max-side", type=int, default=1600, help="longest side the detector sees, in pixels")
    parser.add_argument("--rec-batch-size", type=int, help="lines read together (PaddleOCR's default: 6)")
    parser.add_argument("--threads", type=int, default=0, help="threads of the engine; 0 leaves the choice to it")
    parser.add_argument("--details", action="store_true", help="word boxes, and each line's second best reading")
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
    """Return a ``paddleocr.PaddleOCR`` with local weights, and every optional stage off that was not asked for."""
    paddleocr = importlib.import_module("paddleocr")
    if arguments.details:
        remember_second_best()
    return paddleocr.PaddleOCR(
        paddlex_config=pipeline_config(arguments.det_max_side),
        text_detection_model_name=arguments.det_name,
        text_detection_model_dir=arguments.det_dir,
        text_recognition_model_name=arguments.rec_name,
        text_recognition_model_dir=arguments.rec_dir,
        text_recognition_batch_size=arguments.rec_batch_size,
        doc_orientation_classify_model_name=arguments.page_name,
        doc_orientation_classify_model_dir=arguments.page_dir,
        use_doc_orientation_classify=arguments.page_dir is not None,
        use_doc_unwarping=False,
        use_textline_orientation=False,
        return_word_box=arguments.details,
        device="cpu",
        engine=arguments.engine,
        engine_config=engine_config(arguments),
    )


def pipeline_config(det_max_side: int) -> dict[str, Any]:
    """Return PaddleOCR's own pipeline file with another limit of the detector's longest side than its 4000 pixels."""
    config: dict[str, Any] = importlib.import_module("paddlex.inference").load_pipeline_config("OCR")
    config["SubModules"]["TextDetection"]["max_side_limit"] = det_max_side
    return config


def engine_config(arguments: argparse.Namespace) -> dict[str, int] | None:
    """Return the engine's settings: its threads, and for PaddlePaddle that it forgets the shapes of earlier pictures.

    Kept, the kernels of every shape take gigabytes; no answer depends on them.
    """
    is_paddle = arguments.engine == "paddle_static"
    threads = {"cpu_threads" if is_paddle else "intra_op_num_threads": arguments.threads} if arguments.threads else {}
    return (threads | {"mkldnn_cache_capacity": 1} if is_paddle else threads) or None


def remember_second_best() -> None:
    """Have PaddleX's decoder put each line's second best reading on its score."""
    decoder = importlib.import_module("paddlex.inference.models.text_recognition.processors").CTCLabelDecode
    decode = decoder.__call__

    def decode_and_remember(self: Any, pred: Any, **options: Any) -> tuple[list[Any], list[Score]]:
        texts, plain_scores = decode(self, pred, **options)
        scores = [Score(score) for score in plain_scores]
        for score, probabilities in zip(scores, pred[0], strict=True):
            score.second_best = second_best(self, probabilities)
        return texts, scores

    decoder.__call__ = decode_and_remember


def second_best(decoder: Any, probabilities: Any) -> dict[str, Any]:
    """Return how a line would read had its closest decision gone the other way, and by how much it was decided.

    ``probabilities``: float32 (steps, characters). The closest decision is the step whose best and second best
    character are the nearest to each other, of those that matter for the text; ``margin`` is the difference of their
    probabilities.
    """
    numpy = importlib.import_module("numpy")
    best, highest = probabilities.argmax(axis=-1), probabilities.max(axis=-1)
    others = probabilities.copy()
    others[numpy.arange(len(best)), best] = -1
    seconds, margins = others.argmax(axis=-1), highest - others.max(axis=-1)
    read = decoder.decode([best], [highest], is_remove_duplicate=True)[0][0]
    for step in margins.argsort():
        changed = best.copy()
        changed[step] = seconds[step]
        text = decoder.decode([changed], [highest], is_remove_duplicate=True)[0][0]
        if text != read:
            return {"text": text, "margin": float(margins[step])}
    return {"text": read, "margin": 1.0}


def predict(pipeline: Any, path: str, *, details: bool = False) -> dict[str, Any]:
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
    record = {
        "path": path,
        "width": int(width),
        "height": int(height),
        "angle": max(0, int(result["doc_preprocessor_res"].get("angle", 0))),
        "texts": list(result["rec_texts"]),
        "scores": [float(score) for score in result["rec_scores"]],
        "polys": [[[int(x), int(y)] for x, y in poly] for poly in result["rec_polys"]],
        "seconds": round(seconds, 4),
    }
    return record | line_details(result) if details else record


def line_details(result: Any) -> dict[str, Any]:
    """Return the members that ``--details`` adds."""
    lines = zip(result["text_word"], result["text_word_boxes"], strict=True)
    return {
        "words": [
            [{"text": text, "box": [int(side) for side in box]} for text, box in zip(texts, boxes, strict=True)]
            for texts, boxes in lines
        ],
        "second_best": [score.second_best for score in result["rec_scores"]],
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
        record = predict(pipeline, path, details=arguments.details)
        print(json.dumps(record, ensure_ascii=False), file=output, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
