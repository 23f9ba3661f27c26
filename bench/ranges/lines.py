"""Lines of labelled pictures, found and cut out as the service does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from app.engines.base import Image, TextDetector
from app.engines.detection_options import DetectionOptions
from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits
from app.pipeline.line_crop import crop_line
from app.pipeline.reading_order import reading_order
from bench.accuracy.corpus import Sample

_LIMITS = ImageLimits(max_pixels=1 << 28, max_side=1 << 16)

T = TypeVar("T")


def chosen_lines(
    samples: Iterable[Sample], detector: TextDetector, options: DetectionOptions, count: int
) -> dict[str, list[Image]]:
    """Return at most *count* lines of each set, spread evenly over all that *detector* finds there.

    *samples* come set by set.
    """
    chosen = {}
    for name, pictures in groupby(samples, lambda sample: sample.set_name):
        found = [line for picture in pictures for line in _lines(picture, detector, options)]
        chosen[name] = evenly(found, count)
    return chosen


def evenly(items: Sequence[T], count: int) -> list[T]:
    """Return *count* of *items* at even distances, the first among them; all where they are no more than that."""
    count = min(count, len(items))
    return [items[index * len(items) // count] for index in range(count)]


def _lines(sample: Sample, detector: TextDetector, options: DetectionOptions) -> Iterator[Image]:
    pixels = decode_image(sample.path.read_bytes(), _LIMITS).pixels
    (found,) = detector.detect([pixels], options)
    for index in reading_order(found.quads):
        crop = crop_line(pixels, found.quads[index])
        if crop is not None:
            yield crop
