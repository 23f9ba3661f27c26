"""PP-OCR by PaddleOCR itself on PaddlePaddle: the reference, and the way to any model that PaddleOCR publishes.

PaddleOCR does the resizing, normalising, decoding and binarising here. What it is asked for is what its own pipeline
asks its models for; only cropping and grouping are the service's.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.engines.base import Batching, Detection, Engine, Image, Recognition, Shape
from app.engines.choice import EngineChoice
from app.engines.detection_options import DetectionOptions
from app.engines.paddle_files import PaddleModel, read_detector, read_recognizer
from app.engines.paddle_framework import TextDetection, TextRecognition
from app.engines.shape_buckets import (
    DETECTOR_STRIDE,
    LINE_HEIGHT,
    LINE_MAX_WIDTH,
    MAX_CANVAS_RATIO,
    MIN_CANVAS_RATIO,
)
from app.settings import Settings
from app.slot_plan import SlotPlan

LINES_PER_CALL = 6
"""PaddleOCR reads six lines at a time, each padded to the widest of them."""

_LEAST = 1e-6
"""Stands for 0, which PaddleX takes for "none given"."""

_SHAPES_KEPT = 1
"""Input shapes for which oneDNN keeps its kernels. Nearly every picture has one of its own: with ten kept, the detector
ended at 1.56 GB instead of 1.12 after sixty pictures, in the same time; with no bound at 3.0 and growing."""


_RUNNING = threading.Lock()
"""Held while a predictor runs. All predictors of a process share oneDNN's cache, and after each run PaddlePaddle 3.2
walks through it without a lock of its own: while another one ran, that ended the process (SIGSEGV in
``OneDNNContext::GetCachedObjectsNumber``, once in some thousand requests). Having all processors to itself, each run is
that much quicker."""


class _OneAtATime:
    """Runs a model while no other does; PaddleX prepares and decodes outside of it."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def __call__(self, x: Any) -> Any:
        """The model's outputs for its inputs *x*."""
        with _RUNNING:
            return self._run(x)


class PaddleDetector:
    """A :class:`~app.engines.base.TextDetector` around a predictor of its own."""

    def __init__(self, predictor: Any, defaults: DetectionOptions) -> None:
        """*defaults*: the service's own, whose longest side no request may exceed."""
        self._predictor = predictor
        self._defaults = defaults

    def detect(self, images: Sequence[Image], options: DetectionOptions) -> list[Detection]:
        """See :meth:`app.engines.base.TextDetector.detect`."""
        return [self._detect(image, options) for image in images]

    def warm_up(self) -> None:
        """Run the largest picture once, so that the memory that it takes is there."""
        side = self._defaults.max_side
        self._detect(np.zeros((side, side, 3), np.uint8), self._defaults)

    def shapes_ahead(self) -> Sequence[Shape]:
        """None: there are no kernels to keep."""
        return ()

    def warm_shape(self, shape: Shape) -> None:
        """Nothing to warm."""

    def _detect(self, image: Image, options: DetectionOptions) -> Detection:
        (found,) = self._predictor.predict(
            np.ascontiguousarray(image),
            limit_type=options.limit_type,
            limit_side_len=options.limit_side,
            max_side_limit=options.max_side // DETECTOR_STRIDE * DETECTOR_STRIDE,
            thresh=options.threshold or _LEAST,
            box_thresh=options.box_threshold or _LEAST,
            unclip_ratio=options.unclip_ratio or _LEAST,
        )
        quads = np.array(found["dt_polys"], np.int32).reshape(-1, 4, 2)
        return Detection(quads, np.array(found["dt_scores"], np.float32))


class PaddleRecognizer:
    """A :class:`~app.engines.base.TextRecognizer` around a predictor of its own; the lines of a call are one batch."""

    def __init__(self, predictor: Any, *, columns: bool) -> None:
        """*columns*: whether PaddleX can tell where the characters of this model stand."""
        self._predictor = predictor
        self._columns = columns

    def recognise(self, crops: Sequence[Image], canvas_ratio: float) -> list[Recognition]:
        """See :meth:`app.engines.base.TextRecognizer.recognise`.

        PaddleX pads to the widest line that it is given; where no crop is as wide as the canvas, a blank makes it so.
        It mistakes whose steps are whose unless the lines come from the shortest to the longest.
        """
        if not crops:
            return []
        ratios = [crop.shape[1] / crop.shape[0] for crop in crops]
        order = sorted(range(len(crops)), key=ratios.__getitem__)
        batch = [np.ascontiguousarray(crops[index]) for index in order]
        widest = max(MIN_CANVAS_RATIO, ratios[order[-1]])
        canvas_ratio, canvas = max(canvas_ratio, widest), int(LINE_HEIGHT * canvas_ratio)
        if canvas > int(LINE_HEIGHT * widest):
            batch.append(np.zeros((LINE_HEIGHT, canvas, 3), np.uint8))
            widest = canvas / LINE_HEIGHT
        read = self._predictor.predict(batch, batch_size=len(batch), return_word_box=self._columns)
        answers = {}
        for index, result in zip(order, read, strict=False):
            # PaddleX takes ratio by widest for the crop's share of the steps, although it cuts down what is too long.
            share = min(ratios[index], MAX_CANVAS_RATIO) / min(canvas_ratio, MAX_CANVAS_RATIO)
            answers[index] = _recognition(result, share * widest / ratios[index])
        return [answers[index] for index in range(len(crops))]

    def warm_up(self) -> None:
        """Read as much as is read at once, so that the memory that it takes is there."""
        blank = np.zeros((LINE_HEIGHT, LINE_MAX_WIDTH, 3), np.uint8)
        self.recognise([blank] * LINES_PER_CALL, LINE_MAX_WIDTH / LINE_HEIGHT)

    def shapes_ahead(self) -> Sequence[Shape]:
        """None: there are no kernels to keep."""
        return ()

    def warm_shape(self, shape: Shape) -> None:
        """Nothing to warm."""


def load(directory: Path, plan: SlotPlan, choice: EngineChoice, settings: Settings) -> Engine:
    """Load the models in *directory*, a predictor a slot: they are not safe to share.

    Raises:
        WeightsError: A model is missing, not whole, or no detector or recogniser.
    """
    del choice
    finds, reads = read_detector(directory / "det"), read_recognizer(directory / "rec")
    defaults = DetectionOptions.of(settings)
    return Engine(
        detectors=tuple(
            PaddleDetector(_predictor(TextDetection, finds, plan.detector_threads), defaults)
            for _ in range(plan.detector_slots)
        ),
        recognizers=tuple(
            PaddleRecognizer(_predictor(TextRecognition, reads, plan.detector_threads), columns=reads.single_characters)
            for _ in range(plan.recognizer_slots)
        ),
        batching=Batching(lambda _: LINES_PER_CALL, across_requests=False),
    )


def _predictor(kind: Any, model: PaddleModel, threads: int) -> Any:
    predictor = kind(
        model_name=model.name,
        model_dir=str(model.directory),
        device="cpu",
        engine="paddle_static",
        # PaddleX turns oneDNN on itself, but for the few models that it knows oneDNN to break.
        engine_config={"cpu_threads": threads, "mkldnn_cache_capacity": _SHAPES_KEPT},
    )
    inner = predictor.paddlex_predictor
    inner.runner = _OneAtATime(inner.runner)
    return predictor


def _recognition(result: Any, correction: float) -> Recognition:
    """*result*: what PaddleX read, with or without the steps of its characters, word by word.

    *correction*: how many times the steps that PaddleX names lie over the crop.
    """
    text, score = result["rec_text"], float(result["rec_score"])
    if isinstance(text, str):
        return Recognition(text, score)
    text, (steps, words, columns, _) = text
    # What is written from right to left has been put in that order: the columns no longer go with it.
    if text != "".join(character for word in words for character in word):
        return Recognition(text, score)
    return Recognition(text, score, tuple(int(column) for word in columns for column in word), steps * correction)
