"""Pictures of ever-changing sizes, made while a soak runs."""

from __future__ import annotations

import io
import queue
import random
import threading
from collections.abc import Sequence

from PIL import Image

from bench.errors import BenchError

AHEAD = 32
"""Pictures made ahead of those that are sent, so that making one never delays a request."""

QUALITY = 90
SMALLEST = 64
LARGEST = 10_000
"""Some way below what JPEG can hold, and 300 MB to resize to."""


class VaryingPictures:
    """Gives JPEG files of the source pictures, each scaled to another width and height; a thread makes them.

    Sides are drawn evenly between 64 and ``longest`` pixels by a generator with a seed: the *n*-th picture is always
    the same.
    """

    def __init__(self, sources: Sequence[bytes], longest: int, seed: int) -> None:
        """Raises BenchError where a source cannot be decoded, or for a longest side beyond 64 to 10,000 pixels."""
        if not SMALLEST <= longest <= LARGEST:
            raise BenchError(f"the longest side may be {SMALLEST} to {LARGEST} pixels, not {longest}")
        try:
            self._sources = [Image.open(io.BytesIO(source)).convert("RGB") for source in sources]
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise BenchError(f"a soak needs pictures that Pillow can read: {error}") from error
        self._longest = longest
        self._random = random.Random(seed)  # noqa: S311 - sizes, no secrets
        self._made: queue.Queue[bytes] = queue.Queue(AHEAD)
        threading.Thread(target=self._make, name="varying-pictures", daemon=True).start()

    def next(self) -> bytes:
        """Return the next picture."""
        return self._made.get()

    def _make(self) -> None:
        while True:
            source = self._random.choice(self._sources)
            size = (self._random.randint(SMALLEST, self._longest), self._random.randint(SMALLEST, self._longest))
            stream = io.BytesIO()
            source.resize(size, Image.Resampling.BILINEAR).save(stream, "JPEG", quality=QUALITY)
            self._made.put(stream.getvalue())
