"""What is known of a request's answer before all of it is."""

from dataclasses import dataclass, field

from app.errors import OcrError
from app.pipeline.result import Drawings, FailedPage, Page


@dataclass(frozen=True, slots=True)
class Progress:
    """A page that was read, or could not be, or an image of which nothing could be. image: its index, from 0.

    count: pages of the image's file, wanted or not. drawings: those of the page; none where nobody asked for any.
    """

    image: int
    outcome: Page | FailedPage | OcrError
    count: int = 1
    drawings: Drawings = field(default_factory=dict)
