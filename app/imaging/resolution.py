"""How large a picture is on paper, where its file tells."""

import math
from typing import Any

_LEAST, _MOST = 10.0, 10_000.0
"""Pixels an inch; beyond, the file is mistaken."""

_UNEQUAL = 0.02
"""Of each other that both directions may differ by: pixels are not square otherwise, and nothing here shows them so."""


def stated_dpi(image: Any) -> float | None:
    """Pixels an inch of *image*, opened by Pillow; None where its file tells none that could be."""
    stated = image.info.get("dpi")
    try:
        across, down = (float(value) for value in stated)
        return checked_dpi(across) if math.isclose(across, down, rel_tol=_UNEQUAL) else None
    except (TypeError, ValueError, ArithmeticError):
        return None


def checked_dpi(dpi: object) -> float | None:
    """*dpi*, if it is a number that could be."""
    return dpi if isinstance(dpi, float) and _LEAST <= dpi <= _MOST else None
