"""Numbers in the units that Grafana has names for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MIB, _GIB = 1 << 20, 1 << 30
_LARGE = 10_000


@dataclass(frozen=True, slots=True)
class Scale:
    """How an axis shows values: divided by *divisor*, in d3's format, with a suffix."""

    divisor: float = 1.0
    tickformat: str = ",.3~r"
    suffix: str = ""


def scale(unit: str, most: float) -> Scale:
    """Return how values of a unit up to *most* are shown."""
    match unit:
        case "bytes":
            return Scale(_GIB, ",.3~r", " GiB") if most >= 2 * _GIB else Scale(_MIB, ",.3~r", " MiB")
        case "s":
            return Scale(1.0, ".3~s", "s")
        case "reqps":
            return Scale(1.0, ",.3~r", "/s")
        case "percentunit":
            return Scale(1.0, ".2~%", "")
        case _:
            return Scale(1.0, ".3~s") if most >= _LARGE else Scale()


def quantity(value: float, unit: str, defaults: Mapping[str, Any]) -> str:
    """Return a value as a word of a panel."""
    decimals = defaults.get("decimals")
    match unit:
        case "bytes":
            return f"{value / _GIB:.2f} GiB" if value >= _GIB else f"{value / _MIB:.0f} MiB"
        case "s":
            return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.3g} s"
        case "reqps":
            return f"{value:.3g} /s"
        case "percentunit":
            return f"{100 * value:.{0 if decimals is None else decimals}f} %"
        case _:
            return f"{value:.{decimals}f}" if decimals is not None else f"{value:.3g}"


def level(value: float, defaults: Mapping[str, Any]) -> str:
    """Return the colour of the highest threshold that a value has reached; empty where there are none."""
    steps = defaults.get("thresholds", {}).get("steps", [])
    return next((str(one["color"]) for one in reversed(steps) if one["value"] is None or value >= one["value"]), "")
