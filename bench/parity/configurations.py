"""The ways to run the service that are compared with PaddleOCR, and what each of them promises."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError

MIN_IDENTICAL = 0.99
"""At f32 with exact parity: the least share of lines with PaddleOCR's very text."""

MAX_DIFFERENCE = 0.1
"""At bf16: points by which char-F1 may differ from PaddleOCR's."""

PEER = "paddleocr"
"""The engine of the yardstick: PaddleOCR itself, which reads one line at a time instead of six."""

DEADLINE_S = 600


@dataclass(frozen=True, slots=True)
class Padding:
    """How wide the canvas is that a line is laid on: lines in a group, and the least width by height.

    rounded: whether it is one of the few canvases of ``app/engines/shape_buckets.py``, and all of it shows.
    """

    group: int
    narrowest: float
    rounded: bool = False


PADDINGS = {
    "exact": Padding(6, 320 / 48),
    "close": Padding(1, 160 / 48, rounded=True),
    "single": Padding(1, 320 / 48),
}
"""By parity; ``single`` is PaddleOCR's with one line at a time."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A tier, the engine that runs it, its arithmetic (``f32`` or ``bf16``), and a key of :data:`PADDINGS`."""

    tier: str
    engine: str
    precision: str
    parity: str

    @property
    def name(self) -> str:
        """What ``--configurations`` calls it, such as ``v6-small-openvino-f32-exact``."""
        return "-".join((self.tier.removeprefix("pp-ocr"), self.engine, self.precision, self.parity))

    @property
    def padding(self) -> Padding:
        """How its lines are padded."""
        return PADDINGS[self.parity]

    @property
    def promises_identity(self) -> bool:
        """Whether 99 % of its lines must be PaddleOCR's to the letter."""
        return self.engine != PEER and self.precision == "f32" and self.parity == "exact"

    @property
    def promises_accuracy(self) -> bool:
        """Whether its char-F1 must lie within 0.1 points of PaddleOCR's."""
        return self.engine != PEER and self.precision == "bf16"

    def settings(self, weights: Path, det_max_side: int) -> dict[str, str]:
        """Return the environment of a service that runs so; what decides no text is as generous as it can be."""
        values = {
            "MODEL": self.tier,
            "ENGINE": self.engine,
            "PRECISION": self.precision,
            "PARITY": self.parity,
            "DET_MAX_SIDE": str(det_max_side),
            "WEIGHTS_DIR": str(weights.resolve()),
            "DEADLINE_SECONDS": str(DEADLINE_S),
            "AUTOROTATE": "off",
            "MIN_SCORE": "0",
        }
        return {f"OCR_{name}": value for name, value in values.items()}


_WAYS = (("openvino", "f32", "exact"), ("openvino", "bf16", "close"), ("onnxruntime", "f32", "exact"))

CONFIGURATIONS = (
    *(Configuration("pp-ocrv6-small", *way) for way in _WAYS),
    Configuration("pp-ocrv4-mobile", "paddle", "f32", "exact"),
    *(Configuration(tier, *way) for tier in ("pp-ocrv6-tiny", "pp-ocrv5-mobile") for way in _WAYS),
    *(
        Configuration(tier, "openvino", "f32", "close")
        for tier in ("pp-ocrv6-small", "pp-ocrv6-tiny", "pp-ocrv5-mobile")
    ),
    Configuration("pp-ocrv6-small", PEER, "f32", "single"),
)
"""What says the most comes first."""


def chosen_configurations(names: str) -> list[Configuration]:
    """Return the configurations whose name, or its beginning, is in the comma-separated *names*; all of them for none.

    Raises BenchError for a name that is none.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if not any(configuration.name.startswith(name) for configuration in CONFIGURATIONS):
            known = ", ".join(configuration.name for configuration in CONFIGURATIONS)
            raise BenchError(f"no such configuration: {name} (there are: {known})")
    return [one for one in CONFIGURATIONS if not wanted or one.name.startswith(tuple(wanted))]
