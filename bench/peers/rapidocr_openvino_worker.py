"""Read images with RapidOCR on OpenVINO: requests come and answers go as JSON, one object a line.

This file runs inside the environment of ``rapidocr-openvino-requirements.txt``, not in the bench's own: it imports the
standard library, ``rapidocr`` and what that brings, and nothing else.

A request on standard input is ``{"id": int, "path": str}``. Its answer on standard output, not necessarily in the order
of the requests, is ``{"id", "width", "height", "texts": [str], "scores": [float 0..1], "polys": [[[x, y] * 4]],
"seconds"}`` (pixels of the picture as shown; seconds is the wall time of reading the file and the picture, without the
wait for a free instance) or ``{"id", "error"}``. Everything that is logged goes to standard error. The end of standard
input ends the process.

``--instances`` pictures are read at a time, each by an instance of its own: one instance is not made for several
threads.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import queue
import sys
import threading
import time
from typing import Any, TextIO

Request = dict[str, Any]

LOADING = threading.Lock()
"""OpenVINO's binding may lock up when two threads create its first tensor at once: instances are loaded in turn."""


class Output:
    """Standard output for several threads. What else prints there goes to standard error from now on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stream: TextIO = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def put(self, document: dict[str, Any]) -> None:
        """Write one line."""
        line = json.dumps(document, ensure_ascii=False)
        with self._lock:
            print(line, file=self._stream, flush=True)


def parse_arguments(argv: list[str]) -> argparse.Namespace:
    """Return the parsed command line; argparse ends the process with status 2 on a bad one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--det", required=True, help="the detector (ONNX)")
    parser.add_argument("--rec", required=True, help="the recogniser (ONNX)")
    parser.add_argument("--keys", required=True, help="the recogniser's characters, one a line")
    parser.add_argument("--det-max-side", type=int, default=1600, help="longest side the detector sees, in pixels")
    parser.add_argument("--instances", type=int, default=1, help="pictures read at a time")
    parser.add_argument("--threads", type=int, default=1, help="threads of each instance")
    return parser.parse_args(argv)


def load_engine(arguments: argparse.Namespace) -> Any:
    """Return a ``rapidocr.RapidOCR`` with its models loaded.

    The picture is read at its own size (RapidOCR would shrink it to 2000 pixels). Threads are not pinned: pinned, every
    instance takes the first processor. The precision is OpenVINO's choice, bf16 where the processor computes in it.
    """
    sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]  # nobody needs it, and it sends usage data
    rapidocr = importlib.import_module("rapidocr")
    openvino = rapidocr.EngineType.OPENVINO
    engine = rapidocr.RapidOCR(
        params={
            "Global.log_level": "warning",
            "Global.use_cls": False,
            "Global.max_side_len": 1 << 30,
            "Det.engine_type": openvino,
            "Det.model_path": arguments.det,
            "Det.limit_side_len": arguments.det_max_side,
            "Det.limit_type": "max",
            "Rec.engine_type": openvino,
            "Rec.model_path": arguments.rec,
            "Rec.rec_keys_path": arguments.keys,
            "EngineConfig.openvino.inference_num_threads": arguments.threads,
            "EngineConfig.openvino.num_streams": 1,
            "EngineConfig.openvino.enable_cpu_pinning": False,
        }
    )
    blank = importlib.import_module("numpy").full((48, 320, 3), 255, "uint8")
    engine(blank)
    engine(blank, use_det=False)  # nothing is found in it: the recogniser is loaded by itself
    return engine


def read(engine: Any, path: str) -> dict[str, Any]:
    """Return an answer without its id."""
    started = time.perf_counter()
    picture = engine.load_img(path)
    result = engine(picture, use_det=True)
    height, width = picture.shape[:2]
    polys = [] if result.boxes is None else result.boxes.tolist()
    return {
        "width": width,
        "height": height,
        "texts": list(result.txts or ()),
        "scores": [float(score) for score in result.scores or ()],
        "polys": polys,
        "seconds": round(time.perf_counter() - started, 6),
    }


def serve(arguments: argparse.Namespace, requests: queue.SimpleQueue[Request | None], output: Output) -> None:
    """Load one instance and answer requests with it until there is a None in the queue.

    An instance that cannot be loaded ends the process: there would be nobody to answer.
    """
    try:
        with LOADING:
            engine = load_engine(arguments)
    except Exception as failure:  # noqa: BLE001 (whatever it is, in a thread it would end nothing)
        print(f"cannot load: {type(failure).__name__}: {failure}", file=sys.stderr, flush=True)
        os._exit(1)
    while (request := requests.get()) is not None:
        try:
            output.put({"id": request["id"], **read(engine, request["path"])})
        except Exception as failure:  # noqa: BLE001 (one bad image must not end the run; the caller counts it)
            output.put({"id": request["id"], "error": f"{type(failure).__name__}: {failure}"})


def main() -> int:
    """Run; return 0 at the end of standard input."""
    arguments = parse_arguments(sys.argv[1:])
    output = Output()
    requests: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
    crew = [
        threading.Thread(target=serve, args=(arguments, requests, output), daemon=True)
        for _ in range(arguments.instances)
    ]
    for thread in crew:
        thread.start()
    for line in sys.stdin:
        requests.put(json.loads(line))
    for _ in crew:
        requests.put(None)
    for thread in crew:
        thread.join()
    return 0


if __name__ == "__main__":
    sys.exit(main())
