"""Which points of a long series are drawn."""

from __future__ import annotations

from collections.abc import Sequence

MAX_POINTS = 2000
"""Points of a series that a page draws: some for each pixel of its width."""


def chosen_points(y: Sequence[float], most: int) -> range | list[int]:
    """Return the places of the points to draw, in order: all, or where there are more than *most*, no more than that.

    Both ends stay, and of each of the equal stretches between them the lowest and the highest point, so that no peak is
    lost. A distribution drawn as steps moves by one part in ``most / 2`` at most, less than a pixel.
    """
    if len(y) <= most:
        return range(len(y))
    stretches = most // 2 - 1
    last = len(y) - 1
    chosen = {0, last}
    for stretch in range(stretches):
        places = range(1 + stretch * (last - 1) // stretches, 1 + (stretch + 1) * (last - 1) // stretches)
        chosen |= {min(places, key=y.__getitem__), max(places, key=y.__getitem__)}
    return sorted(chosen)
