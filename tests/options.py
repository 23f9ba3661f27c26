"""Options of requests for tests: the service's defaults, but for what a test is about."""

from dataclasses import replace
from typing import Any

from app.engines.detection_options import DetectionOptions
from app.pipeline.result import PageOptions
from app.settings import Settings


def detection(max_side: int = 1600, **changes: Any) -> DetectionOptions:
    """Return how lines are found by default, with *changes*."""
    return replace(DetectionOptions.of(Settings()), max_side=max_side, **changes)


def page_options(max_side: int = 1600, min_score: float = 0.0, **switches: bool) -> PageOptions:
    """Return the options of a request that asks for no other detection than by *max_side*."""
    return PageOptions(detection(max_side), min_score, **switches)
