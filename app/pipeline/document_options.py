"""Which pages of a document a request wants, and how large they are made."""

from dataclasses import dataclass

from app.errors import InvalidOptionError
from app.pipeline.text_layer import TextLayer

PageRange = tuple[int, int | None]
"""The first and the last page, counted from 1; None: to the end."""

ALL_PAGES: tuple[PageRange, ...] = ((1, None),)


@dataclass(frozen=True, slots=True)
class DocumentOptions:
    """What a request may choose of documents: PDFs, and TIFFs of several pages. Everything else has one page.

    pages: ranges that rise and do not overlap. most: pages that are read of one document. dpi: at which a page of a PDF
    is rendered, unless it is too large for that. text_layer: whether its own text is taken in the place of that.
    """

    pages: tuple[PageRange, ...] = ALL_PAGES
    dpi: float = 200.0
    most: int = 100
    text_layer: TextLayer = TextLayer.NEVER

    @property
    def first(self) -> int:
        """The index, from 0, of the first page that is wanted: there is one in every request that can be answered."""
        return self.pages[0][0] - 1

    def chosen(self, count: int) -> tuple[list[int], bool]:
        """The indices, from 0, of the pages to read of *count*, and whether more are wanted than are read.

        Raises:
            InvalidOptionError: A page is wanted that there is not.
        """
        wanted = max(last or first for first, last in self.pages)
        if wanted > count:
            raise InvalidOptionError(f"page {wanted} > {count} page{'s' if count > 1 else ''}")
        indices: list[int] = []
        for first, last in self.pages:
            indices += range(first - 1, min(last or count, first + self.most))
        return indices[: self.most], len(indices) > self.most


DEFAULT_DOCUMENTS = DocumentOptions()
