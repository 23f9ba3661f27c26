"""What there is of a page that cannot be had."""

from dataclasses import dataclass

from app.errors import RequestError


@dataclass(frozen=True, slots=True)
class MissingPage:
    """A page of a good document that is damaged, or larger than allowed. pages: that the document has."""

    error: RequestError
    pages: int
