"""Faults in what reads: importing this puts them into the service, and into the command line, of this process.

The detector does what the height of a picture tells it to, the decoder what the end of a file tells it to; with every
other picture both are as they always are.
"""

import dataclasses
import os
import signal
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.engines.base import Detection, Engine, Image
from app.engines.db_postprocess import quads_from_map
from app.engines.detection_options import DetectionOptions
from app.imaging import decoder_process
from app.imaging.decode import DecodedImage
from app.imaging.documents import decode_page
from app.imaging.header import ImageLimits
from app.imaging.missing_page import MissingPage
from app.imaging.text_page import TextPage
from app.inference import loaded_engine
from app.pipeline.text_layer import LayerOptions
from tests.faults import faults

_LEAK_BYTES = 16 << 20
_leaked: list[bytearray] = []


class FaultyDetector:
    """A detector that does what it is told."""

    def __init__(self, slot: Any) -> None:
        self._slot = slot

    def __getattr__(self, name: str) -> Any:
        return getattr(self._slot, name)

    def detect(self, images: Sequence[Image], options: DetectionOptions) -> list[Detection]:
        """Detect, or fail."""
        match images[0].shape[0]:
            case faults.HANG:
                time.sleep(3600)
            case faults.CRASH:
                os.kill(os.getpid(), signal.SIGSEGV)
                time.sleep(3600)
            case faults.NAN:
                quads_from_map(np.full((32, 32), np.nan, np.float32), 32, 32, options, 1000)
            case faults.LEAK:
                _leaked.append(bytearray(os.urandom(1 << 10) * (_LEAK_BYTES >> 10)))
            case faults.BUG:
                raise RuntimeError("a fault in the engine")
            case faults.STOP:
                os.kill(os.getpid(), signal.SIGSTOP)
        return self._slot.detect(images, options)  # type: ignore[no-any-return]


_load_engine = loaded_engine.load_engine


def load_faulty(*arguments: Any) -> Engine:
    """The engine that the settings ask for, with detectors that can fail."""
    engine = _load_engine(*arguments)
    return dataclasses.replace(engine, detectors=tuple(map(FaultyDetector, engine.detectors)))


def decode_faulty(
    data: bytes, limits: ImageLimits, page: int, dpi: float, layer: LayerOptions | None
) -> DecodedImage | TextPage | MissingPage:
    """Decode, or do what no decoder should."""
    while data.endswith(faults.DECODER_HANG):
        pass
    if data.endswith(faults.DECODER_CRASH):
        os.kill(os.getpid(), signal.SIGSEGV)
    if data.endswith(faults.DECODER_BOMB):
        np.ones(1 << 36, np.uint8)
    return decode_page(data, limits, page, dpi, layer)


# The other processes are forked from this one, and have these, too.
loaded_engine.load_engine = load_faulty
decoder_process.decode_page = decode_faulty
