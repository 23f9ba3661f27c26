"""What is known of a request's answer before all of it is."""

from dataclasses import dataclass

from app.errors import OcrError
from app.pipeline.result import FailedPage, Page


@dataclass(frozen=True, slots=True)
class Progress:
    """A page that was read, or could not be, or an image of which nothing could be. image: its index, from 0."""

    image: int
    outcome: Page | FailedPage | OcrError
