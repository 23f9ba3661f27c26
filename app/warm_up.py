"""One request that nobody sent, so that the first real one finds every import done and every buffer there."""

import cv2
import numpy as np

from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits
from app.pipeline.pipeline import Pipeline
from app.pipeline.result import PageOptions, Run
from app.scheduling.deadline import Deadline

_LIMITS = ImageLimits(max_pixels=1 << 20, max_side=1 << 10)
_PATIENCE_SECONDS = 60


def run_once(pipeline: Pipeline, options: PageOptions) -> None:
    """Draw a line of text, encode it as each common format, and send it the whole way."""
    picture = np.full((64, 320, 3), 255, np.uint8)
    cv2.putText(picture, "warm up", (20, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 2)
    for suffix in (".jpg", ".png", ".webp"):
        data = cv2.imencode(suffix, picture)[1].tobytes()
        pixels = decode_image(data, _LIMITS).pixels
        pipeline.recognise(pixels, Run(0, Deadline(_PATIENCE_SECONDS), options))
