"""Whether the client of a request that is at work still waits for its answer."""

import logging
import threading
from collections.abc import Callable

_LOG = logging.getLogger(__name__)


class ClientPresence:
    """The application finds it in ``environ["ocr.connection"]``. Thread-safe.

    A client counts as gone as soon as it closes its side of the connection (FIN), as with nginx, and of course when the
    connection breaks. ``shutdown(SHUT_WR)`` by one that still reads cannot be told from ``close()`` before something is
    sent to it; clients that give up are common, those that half-close before their answer hardly exist. The answer is
    sent to a half-closed connection all the same, whatever it then is.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._gone = False

    def on_hang_up(self, callback: Callable[[], None]) -> None:
        """Call *callback* once when the client hangs up, on the event loop's thread; at once if it already has.

        It must not block.
        """
        with self._lock:
            if not self._gone:
                self._callbacks.append(callback)
                return
        callback()

    def hang_up(self) -> None:
        """The client is gone."""
        with self._lock:
            self._gone = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            try:
                callback()
            except Exception:  # noqa: BLE001 - the loop goes on
                _LOG.exception("a hang-up could not be told")
