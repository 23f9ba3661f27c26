"""Nobody gets anybody else's text: a thousand requests from 32 threads, over every engine, under real gunicorn.

The second half proves the check: engines that mix answers up in the ways that are met in the field are caught by it.
"""

import dataclasses
import itertools
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.engines.base import Engine
from app.pipeline.pipeline import Pipeline
from tests.crosstalk import drawn_cases, find_mixups

# Each request's options are its own, too.
QUERIES = ({}, {"words": "true"}, {"det_max_side": "288"}, {"autorotate": "true"})

# Nobody is refused, the pictures are small, and there are more slots than processors, so that threads interleave:
# two detectors and five recognisers.
LOAD = {"queue_size": 64, "deadline_seconds": 300, "det_max_side": 320, "cpus": 5, "log_level": "error"}

ENGINES = {
    "openvino exact": {"engine": "openvino", "precision": "f32", "parity": "exact"},
    "openvino int8": {"engine": "openvino", "precision": "int8"},
    "openvino bf16": {"engine": "openvino", "precision": "bf16"},
    "onnxruntime": {"engine": "onnxruntime"},
    # The slowest by far: fewer slots, whose threads would hold each other up.
    "paddle": {"engine": "paddle", "model": "pp-ocrv4-mobile", "cpus": 2, "slots": 3},
    "null": {"engine": "null"},
}


@pytest.mark.parametrize("engine", ENGINES)
def test_nobody_gets_anybody_elses_text(start_service: Callable[..., Any], engine: str) -> None:
    """Under load from 32 threads every answer is, byte for byte, the one that its image and options get alone."""
    service = start_service(**(LOAD | ENGINES[engine]))
    cases = drawn_cases(QUERIES[:3] if engine == "paddle" else QUERIES)  # its orientation models are onnxruntime's
    mixups = find_mixups(service.url, cases, threads=32, requests=1000)
    assert not mixups, f"{len(mixups)} of 1000, such as: {mixups[0]}"
    assert service.metric("ocr_requests_total", route="/ocr", code="200") == 1000 + len(cases)


class Now:
    """True now and then: at every *period*-th call of whichever thread."""

    def __init__(self, period: int) -> None:
        self._calls, self._period = itertools.count(1), period

    def __call__(self) -> bool:
        """Count this call."""
        return next(self._calls) % self._period == 0


class Wrapped:
    """A slot that does what another does."""

    def __init__(self, slot: Any) -> None:
        self.slot = slot

    def __getattr__(self, name: str) -> Any:
        return getattr(self.slot, name)


class StaleReader(Wrapped):
    """Gives the answers of its previous call, now and then."""

    def __init__(self, slot: Any) -> None:
        super().__init__(slot)
        self.now, self.last = Now(20), None

    def recognise(self, crops: Any, canvas_ratio: float) -> Any:
        """Answer."""
        last, self.last = self.last, self.slot.recognise(crops, canvas_ratio)
        return last if self.now() and last else self.last


class SharingReader(Wrapped):
    """Lays its crop into a buffer that belongs to all slots, and reads it from there once it has been "computed"."""

    buffers: dict[tuple[int, ...], np.ndarray]

    def recognise(self, crops: Any, canvas_ratio: float) -> Any:
        """Answer."""
        buffer = self.buffers.setdefault(crops[0].shape, np.empty_like(crops[0]))
        buffer[:] = crops[0]
        time.sleep(0.001)  # as a runtime does, it lets go of the interpreter
        return self.slot.recognise([buffer], canvas_ratio)


class ForgetfulDetector(Wrapped):
    """Finds what was on the picture before, now and then."""

    def __init__(self, slot: Any) -> None:
        super().__init__(slot)
        self.now, self.last = Now(10), None

    def detect(self, images: Any, options: Any) -> Any:
        """Answer."""
        last, self.last = self.last, self.slot.detect(images, options)
        return last if self.now() and last else self.last


def stale_answers(engine: Engine, patch: pytest.MonkeyPatch) -> Engine:
    """A recogniser now and then answers what it answered before."""
    return dataclasses.replace(engine, recognizers=tuple(map(StaleReader, engine.recognizers)))


def shared_buffer(engine: Engine, patch: pytest.MonkeyPatch) -> Engine:
    """All recognisers work in the same memory."""
    patch.setattr(SharingReader, "buffers", {}, raising=False)
    return dataclasses.replace(engine, recognizers=tuple(map(SharingReader, engine.recognizers)))


def foreign_boxes(engine: Engine, patch: pytest.MonkeyPatch) -> Engine:
    """A detector now and then finds what another picture held."""
    return dataclasses.replace(engine, detectors=tuple(map(ForgetfulDetector, engine.detectors)))


def leaking_options(engine: Engine, patch: pytest.MonkeyPatch) -> Engine:
    """The options are the engine's: whoever came last has set them for all."""
    latest, recognise = [], Pipeline.recognise

    def mixed(self: Pipeline, image: Any, run: Any) -> Any:
        latest[:] = [run.options]
        time.sleep(0.001)
        return recognise(self, image, dataclasses.replace(run, options=latest[0]))

    patch.setattr(Pipeline, "recognise", mixed)
    return engine


def nothing(engine: Engine, patch: pytest.MonkeyPatch) -> Engine:
    """All is well."""
    return engine


@pytest.mark.parametrize("fault", [stale_answers, shared_buffer, foreign_boxes, leaking_options, nothing])
def test_the_check_sees_answers_that_are_mixed_up(
    start_service: Callable[..., Any], fault: Callable[..., Engine]
) -> None:
    """Each fault is found by the check, on an engine that is otherwise sound and with which it finds none."""
    service = start_service(
        engine="null",
        cpus=5,
        queue_size=64,
        det_max_side=320,
        app_module="tests.faults.wsgi_mixing:app",
        mixing_fault=fault.__name__,
    )
    try:
        mixups = find_mixups(service.url, drawn_cases(QUERIES), threads=16, requests=400)
    except ValueError as error:
        assert "even alone" in str(error)  # noqa: PT017 - so wrong that it shows before the storm
        mixups = [error]
    assert bool(mixups) is (fault is not nothing), mixups[:1]
