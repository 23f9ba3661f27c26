"""How much memory a worker may come to take, and what it leaves out where there is little."""

from dataclasses import dataclass

from app.machine import available_memory
from app.settings import Settings
from app.slot_plan import SlotPlan

_MIB = 1 << 20

_BASE = 230 * _MIB
"""Interpreter, libraries, the arbiter and the models of a small tier, before the first picture."""

_BYTES_A_PIXEL = {"f32": 320, "none": 0}
_BYTES_A_ROUNDED_PIXEL = 120
"""Activations of the detector by pixel of its largest canvas, in f32, and in bf16 with or without int8."""

_RECOGNIZER_SLOT, _WARMED_SLOT = 70 * _MIB, 130 * _MIB
"""Activations of a recogniser, as lines come, and where every batch of every width was run on each."""

_KERNEL, _WARMED_KERNEL = 110_000, 150_000
"""Of one layer for one shape: the generated code, and weights in its order. Detector and recogniser keep some each."""

_PICTURE_BYTES = 20
"""A pixel while its picture is decoded, shared and, where the file says so, turned: of a WebP with transparency, which
takes the most. A JPEG takes six."""

_LEAST_PICTURE = 128 * _MIB
"""What a decoder may take for a page of a PDF, however small the pictures are that are allowed."""

_PLENTY, _SCARCE = 1000, 250
_PLENTY_FROM = 900 * _MIB
_BESIDES_DETECTOR = 420 * _MIB
_LEAST_PIXELS = 400_000
_SQUARENESS = 0.76
"""Of the square of its longest side the detector's canvas has so much at most: 4 x 3, and a sheet of paper, fit in."""


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """What a worker keeps. limit: bytes that it may take, None where nobody says.

    kept_kernels: layers compiled for a shape that each model keeps. det_max_pixels: of the picture that the detector
    sees.
    """

    limit: int | None
    kept_kernels: int
    det_max_pixels: int

    @classmethod
    def for_settings(cls, settings: Settings, *, exact: bool) -> "MemoryPlan":
        """The plan for each of the workers that *settings* ask for, by the control group's limit where they say none.

        *exact*: the detector sees each picture as PaddleOCR would show it, however little memory there is.
        """
        limit = settings.memory_bytes or available_memory()
        if limit is not None:
            limit //= settings.workers
        kept = _PLENTY if limit is None or limit >= _PLENTY_FROM else _SCARCE
        if exact:
            return cls(limit, kept, settings.det_max_side**2)
        pixels = min(settings.det_max_pixels, settings.det_max_side**2) or round(_SQUARENESS * settings.det_max_side**2)
        if limit is not None and not settings.det_max_pixels:
            pixels = min(pixels, max(_LEAST_PIXELS, (limit - _BESIDES_DETECTOR) // _BYTES_A_ROUNDED_PIXEL))
        return cls(limit, kept, pixels)

    @property
    def warms_ahead(self) -> bool:
        """Whether shapes are run before a picture wants them: the widest lines take memory that may never be needed."""
        return self.kept_kernels >= _PLENTY

    def bound(self, settings: Settings, slots: SlotPlan, arithmetic: str) -> dict[str, int]:
        """The most that a worker comes to take, in bytes: of the engine, of pictures and request bodies, and in all.

        The last two are what *settings* let clients send at once, and are given back with each answer.
        """
        activations = self.det_max_pixels * _BYTES_A_PIXEL.get(arithmetic, _BYTES_A_ROUNDED_PIXEL)
        slot, kernel = (_WARMED_SLOT, _WARMED_KERNEL) if self.warms_ahead else (_RECOGNIZER_SLOT, _KERNEL)
        lines = slots.recognizer_slots * slot
        engine = _BASE + slots.detector_slots * activations + lines + 2 * self.kept_kernels * kernel
        pictures = slots.active_requests * max(settings.max_pixels * _PICTURE_BYTES, _LEAST_PICTURE)
        fetching = slots.fetching_requests if settings.url_hosts else 0
        bodies = (slots.active_requests + settings.queue_size + fetching) * settings.max_bytes
        return {"engine": engine, "pictures": pictures, "bodies": bodies, "total": engine + pictures + bodies}
