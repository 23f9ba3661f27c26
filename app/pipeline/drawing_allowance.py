"""How much may be drawn for one request: its drawings are kept until the last page is read."""

import threading

from app.errors import AnswerTooLargeError
from app.pipeline.result import DrawingOptions, Drawings


class DrawingAllowance:
    """The bytes that the drawings of a request may have together. Thread-safe."""

    def __init__(self, options: DrawingOptions | None) -> None:
        self._most_bytes = options.most_bytes if options else 0
        self._taken = 0
        self._refusal = ""
        self._lock = threading.Lock()

    def check(self) -> None:
        """See to it that no page is read whose drawings there would be no room for.

        Raises:
            AnswerTooLargeError: Those of another were refused.
        """
        if self._refusal:
            raise AnswerTooLargeError(self._refusal)

    def take(self, drawings: Drawings) -> Drawings:
        """*drawings*, if there is room for them beside those before.

        Raises:
            AnswerTooLargeError: There is none.
        """
        size = sum(len(file) for file in drawings.values())
        with self._lock:
            together = self._taken + size
            if together > self._most_bytes:
                self._refusal = f"{together} bytes of drawings > {self._most_bytes} allowed"
                raise AnswerTooLargeError(self._refusal)
            self._taken = together
        return drawings
