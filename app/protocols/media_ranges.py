"""Which of several media types a client likes best, by its ``Accept`` (RFC 9110, 12.5.1)."""

from collections.abc import Sequence

_BEST = 1.0


def preferred(accept: str, offered: Sequence[str]) -> str | None:
    """The one of *offered* that *accept* likes best, the first of those that it likes as well; None: none of them.

    Parameters but ``q`` are passed over, and so is what is no media range. Without any all are liked.
    """
    ranges = dict(map(_range, accept.split(","))) if accept.strip() else {"*/*": _BEST}
    best = max(offered, key=lambda media_type: _quality(media_type, ranges))  # of equals the first
    return best if _quality(best, ranges) > 0 else None


def _range(text: str) -> tuple[str, float]:
    """A media range in lower case, and how much it is liked."""
    media_range, *parameters = text.split(";")
    quality = _BEST
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            quality = _number(value)
    return media_range.strip().lower(), quality


def _number(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= _BEST else 0.0  # NaN lies nowhere


def _quality(media_type: str, ranges: dict[str, float]) -> float:
    """Of the range that names *media_type* most closely."""
    whole_kind = media_type.partition("/")[0] + "/*"
    return next((ranges[each] for each in (media_type, whole_kind, "*/*") if each in ranges), 0.0)
