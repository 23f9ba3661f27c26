"""How much memory a worker may come to take, and what it leaves out where there is little."""

from dataclasses import dataclass
from typing import Protocol

from app.machine import available_memory
from app.settings import Settings
from app.slot_plan import SlotPlan

_MIB = 1 << 20

_BASE = 230 * _MIB
"""Interpreter, libraries, the arbiter and the models of a small tier, before the first picture."""

_BYTES_A_PIXEL = {"f32": 320, "none": 0}
_BYTES_A_ROUNDED_PIXEL = 120
"""Activations of the detector by pixel of its largest canvas, in f32, and in bf16 with or without int8."""

_SCARCE_SLOT, _SCARCE_TILE_SLOT, _AMPLE_SLOT = 70 * _MIB, 130 * _MIB, 130 * _MIB
"""Of a recogniser: its activations, and, of the few shapes that there are where memory is scarce, its weights in the
order of each. AMX's tiles have more such orders."""

_SCARCE_KERNEL, _AMPLE_KERNEL, _AMPLE_TILE_KERNEL = 190_000, 150_000, 285_000
"""Of one layer for one shape: the generated code, and weights in its order."""

_PICTURE_BYTES = 20
"""A pixel while its picture is decoded, shared and, where the file says so, turned: of a WebP with transparency, which
takes the most. A JPEG takes six."""

_LEAST_PICTURE = 128 * _MIB
"""What a decoder may take for a page of a PDF, however small the pictures are that are allowed."""

_ALL_KERNELS = 1000
_FEW_DETECTOR_KERNELS, _FEW_RECOGNIZER_KERNELS = 60, 200
"""Of one canvas, which a service that sees pages of one size needs; of all of the few shapes of lines."""

_LEAST_PIXELS = 400_000
_SQUARENESS = 0.76
"""Of the square of its longest side the detector's canvas has so much at most: 4 x 3, and a sheet of paper, fit in."""


class Computation(Protocol):
    """How the models are run: see :class:`app.engines.choice.EngineChoice`."""

    @property
    def arithmetic(self) -> str:
        """What is computed in floating point: ``f32``, ``bf16``, or ``none`` without a model."""
        ...

    @property
    def exact(self) -> bool:
        """Whether the detector sees each picture as PaddleOCR would show it, however little memory there is."""
        ...

    @property
    def in_tiles(self) -> bool:
        """Whether integers are multiplied in the CPU's tiles."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """What a worker keeps. limit: bytes that it may take, None where nobody says.

    *_kernels: layers compiled for a shape that each model keeps. det_max_pixels: of the picture that the detector sees.
    engine: bytes that the engine comes to take, with all around it but pictures and bodies of requests.
    """

    limit: int | None
    detector_kernels: int
    recognizer_kernels: int
    det_max_pixels: int
    engine: int

    @classmethod
    def for_settings(cls, settings: Settings, slots: SlotPlan, computation: Computation) -> "MemoryPlan":
        """The plan for each of the workers that *settings* ask for, by the control group's limit where they say none.

        All that speed wants is kept where it fits within the limit.
        """
        limit = settings.memory_bytes or available_memory()
        if limit is not None:
            limit //= settings.workers
        pixels = _detector_pixels(settings, slots, computation, limit)
        ample = _engine_bytes(slots, computation, pixels, is_ample=True)
        if limit is None or ample <= limit:
            return cls(limit, _ALL_KERNELS, _ALL_KERNELS, pixels, ample)
        engine = _engine_bytes(slots, computation, pixels, is_ample=False)
        return cls(limit, _FEW_DETECTOR_KERNELS, _FEW_RECOGNIZER_KERNELS, pixels, engine)

    @property
    def is_ample(self) -> bool:
        """Whether every shape has its place: all are run before a picture wants them, and none is compiled twice.

        Otherwise there are few shapes of lines, and none is run before it is wanted: it may never be.
        """
        return self.recognizer_kernels == _ALL_KERNELS

    def bound(self, settings: Settings, slots: SlotPlan) -> dict[str, int]:
        """The most that a worker comes to take, in bytes: of the engine, of pictures and request bodies, and in all.

        The last two are what *settings* let clients send at once, and are given back with each answer.
        """
        pictures = slots.active_requests * max(settings.max_pixels * _PICTURE_BYTES, _LEAST_PICTURE)
        fetching = slots.fetching_requests if settings.url_hosts else 0
        bodies = (slots.active_requests + settings.queue_size + fetching) * settings.max_bytes
        total = self.engine + pictures + bodies
        return {"engine": self.engine, "pictures": pictures, "bodies": bodies, "total": total}


def _detector_pixels(settings: Settings, slots: SlotPlan, computation: Computation, limit: int | None) -> int:
    if computation.exact:
        return settings.det_max_side**2
    pixels = min(settings.det_max_pixels, settings.det_max_side**2) or round(_SQUARENESS * settings.det_max_side**2)
    if limit is None or settings.det_max_pixels or not _bytes_a_pixel(slots, computation):
        return pixels
    left = limit - _engine_bytes(slots, computation, 0, is_ample=False)
    return min(pixels, max(_LEAST_PIXELS, left // _bytes_a_pixel(slots, computation)))


def _bytes_a_pixel(slots: SlotPlan, computation: Computation) -> int:
    return slots.detector_slots * _BYTES_A_PIXEL.get(computation.arithmetic, _BYTES_A_ROUNDED_PIXEL)


def _engine_bytes(slots: SlotPlan, computation: Computation, pixels: int, *, is_ample: bool) -> int:
    if is_ample:
        kernel, slot = _AMPLE_TILE_KERNEL if computation.in_tiles else _AMPLE_KERNEL, _AMPLE_SLOT
        kernels = 2 * _ALL_KERNELS
    else:
        kernel, slot = _SCARCE_KERNEL, _SCARCE_TILE_SLOT if computation.in_tiles else _SCARCE_SLOT
        kernels = _FEW_DETECTOR_KERNELS + _FEW_RECOGNIZER_KERNELS
    activations = pixels * _bytes_a_pixel(slots, computation)
    return _BASE + activations + slots.recognizer_slots * slot + kernels * kernel
