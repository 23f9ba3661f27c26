"""Text in XML and HTML."""

from xml.sax.saxutils import escape, quoteattr

_ILLEGAL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)], "\ufffd")
"""Characters that no XML document may hold, not even by number; the replacement character stands in their place."""


def content(text: str) -> str:
    """*text* as it stands between tags."""
    return escape(text.translate(_ILLEGAL))


def attributes(**values: object) -> str:
    """*values* as attributes, each behind a space."""
    return "".join(f" {name}={quoteattr(str(value).translate(_ILLEGAL))}" for name, value in values.items())
