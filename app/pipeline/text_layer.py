"""Whether the text that a document holds beside its pictures is taken for what stands on its pages."""

from dataclasses import dataclass
from enum import StrEnum


class TextLayer(StrEnum):
    """When a page's own text is taken.

    NEVER: what is seen is read. ONLY: nothing is read. AUTO: the page's text where it says all that is to be seen,
    else what is seen is read.
    """

    AUTO = "auto"
    NEVER = "never"
    ONLY = "only"


class Source(StrEnum):
    """Where the lines of a page come from."""

    OCR = "ocr"
    TEXT_LAYER = "text_layer"


@dataclass(frozen=True, slots=True)
class LayerOptions:
    """What is wanted of a page's own text. wanted: not `NEVER`. words: whether words are told apart."""

    wanted: TextLayer
    words: bool = False
