"""Imports PaddleOCR, and keeps to itself what that import would do to the process.

It makes folders at home, and fails where it cannot; it adds handlers to the log, asks the model hubs whether they are
there, and warns of compilers that nobody needs here. PaddlePaddle takes every signal that would end the process,
SIGTERM among them: instead of finishing what was accepted, a worker would die of it, or hang.
"""

import ctypes
import logging
import os
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["TextDetection", "TextRecognition"]

_TAKEN = (
    *(signal.SIGTERM, signal.SIGINT, signal.SIGABRT),
    *(signal.SIGSEGV, signal.SIGILL, signal.SIGFPE, signal.SIGBUS),
)
_SIGACTION_BYTES = 1024
"""More than the C library's structure has on any machine."""


@contextmanager
def _scratch_home() -> Iterator[None]:
    """A home folder for the imports. Nothing of it is used later."""
    kept = {name: os.environ.get(name) for name in ("HOME", "PADDLE_PDX_CACHE_HOME")}
    with tempfile.TemporaryDirectory(prefix="ocr-paddle-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.environ.update(dict.fromkeys(kept, folder))
        try:
            yield
        finally:
            for name, value in kept.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


@contextmanager
def _kept_signals() -> Iterator[None]:
    """Signals are handled afterwards as they were before. By the C library: Python changes them in one thread only."""
    sigaction = ctypes.CDLL(None).sigaction
    kept = {number: ctypes.create_string_buffer(_SIGACTION_BYTES) for number in _TAKEN}
    for number, action in kept.items():
        sigaction(number, None, action)
    try:
        yield
    finally:
        for number, action in kept.items():
            sigaction(number, action, None)


os.environ.update(
    PADDLEOCR_DISABLE_AUTO_LOGGING_CONFIG="1",
    PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK="True",
    OMP_NUM_THREADS="1",  # without it PaddlePaddle complains of other values; each predictor is told its own
)
_PADDLEX_LOG = logging.getLogger("paddlex")
_PADDLEX_LOG.addHandler(logging.NullHandler())

with _scratch_home(), _kept_signals():
    from paddleocr import TextDetection, TextRecognition
    from paddlex.utils.import_guard import import_paddle

    import_paddle()

_PADDLEX_LOG.propagate = True
_PADDLEX_LOG.setLevel(logging.ERROR)  # it warns of each picture that it makes smaller
