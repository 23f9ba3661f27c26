"""A transcript as plain text."""

from app.render.transcript import Transcript

PAGE_BREAK = "\f"
"""Between pages, as other tools that write text have it; none behind the last."""


def plain_text(transcript: Transcript) -> bytes:
    """UTF-8: the text of each page as a person reads it, a form feed between pages, and a line break at the end."""
    return (PAGE_BREAK.join(page.text + "\n" for page in transcript.pages)).encode()
