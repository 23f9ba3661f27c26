"""A decoded picture, as processes hand it on."""

import os
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class SharedPicture:
    """A picture in memory that is shared: uint8 (height, width, 3) BGR. To be closed by whoever has it.

    truncated: the file holds more frames than the first, which this is. pages: of the document, of which it is one.
    dpi: pixels an inch; None where the file does not tell.
    """

    file: int
    height: int
    width: int
    truncated: bool
    pages: int
    dpi: float | None = None

    def close(self) -> None:
        """Let the memory go, as far as it is this process's."""
        os.close(self.file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
