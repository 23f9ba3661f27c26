"""What a request may choose about finding lines. It crosses processes, and the worker makes it: no NumPy here."""

from dataclasses import dataclass
from typing import Literal

from app.settings import Settings

LimitType = Literal["min", "max", "resize_long"]


@dataclass(frozen=True, slots=True)
class DetectionOptions:
    """How a picture is resized for the detector, and what of its probability map becomes a quad.

    The meaning of each is that of PaddleOCR's option (``DetResizeForTest`` and ``DBPostProcess``), whose name stands
    behind it. Ranges are checked by whoever takes them from a client.

    max_side: pixels, at least 32; no side that the detector sees is longer, whatever the next two ask for
    (``max_side_limit``, here rounded down to the model's stride). A request's may not exceed the service's own.
    threshold: 0 to 1, a map pixel is text above it (``thresh``). box_threshold: 0 to 1, the least mean probability
    inside a box (``box_thresh``). unclip_ratio: by so many times its area by its perimeter a box grows on every side
    (``unclip_ratio``).
    limit_type, and limit_side in pixels, at least 1 (``limit_type``, ``limit_side_len``): "min" enlarges a picture
    whose short side is below limit_side so that it has it; "max" shrinks one whose long side is above; "resize_long"
    gives the long side that length either way.
    """

    max_side: int
    threshold: float
    box_threshold: float
    unclip_ratio: float
    limit_type: LimitType = "min"
    limit_side: int = 64

    @classmethod
    def of(cls, settings: Settings) -> "DetectionOptions":
        """What holds where a request asks for nothing."""
        return cls(settings.det_max_side, settings.det_threshold, settings.det_box_threshold, settings.det_unclip_ratio)
