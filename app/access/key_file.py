"""Keys from a file that may change while the service runs: keys are rotated without a restart."""

import logging
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from app.access.keys import KnownKey, Seal, checked
from app.errors import ConfigurationError

_LOG = logging.getLogger(__name__)
_LOOK_SECONDS = 1.0
_MOST_BYTES = 1 << 20


class KeyFile:
    """The keys of the file at *path*: one a line; blank lines and those that begin with ``#`` are passed over.

    The file is looked at again once a second at most, as requests come, and read where it is another one or has
    changed. Symbolic links are followed, so that a Kubernetes secret is seen to be swapped. A file that is gone, empty
    or wrong in a line is warned of, and leaves the keys as they were: whoever swaps it may be half-way through.

    lenient: a file that cannot be used is no error at first either, but lets nobody in until it can. For processes
    that replace another: the service has started already, and should not end because of a file that is being changed.

    Raises:
        ConfigurationError: At first the file cannot be used, unless *lenient*.
    """

    def __init__(self, path: Path, seal: Seal, clock: Callable[[], float], *, lenient: bool = False) -> None:
        self._path, self._seal, self._clock = path, seal, clock
        self._lock = threading.Lock()
        self._keys: tuple[KnownKey, ...] = ()
        self._next_look = clock() + _LOOK_SECONDS
        self._seen = self._signature()
        try:
            self._keys = self._read()
        except ConfigurationError as error:
            if not lenient:
                raise
            _LOG.warning("keys file unusable, nobody is let in by it", extra={"detail": str(error)})

    def current(self) -> tuple[KnownKey, ...]:
        """The keys that are let in now."""
        # Whoever finds another thread looking goes on with the keys that there are.
        if self._clock() >= self._next_look and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._keys

    def _look(self) -> None:
        self._next_look = self._clock() + _LOOK_SECONDS
        signature = self._signature()
        if signature == self._seen:
            return
        self._seen = signature  # of before it is read: a change meanwhile is seen at the next look
        try:
            self._keys = self._read()
        except ConfigurationError as error:
            _LOG.warning("keys file unusable, the keys before it stay", extra={"detail": str(error)})
        else:
            _LOG.info("keys file read", extra={"keys": len(self._keys)})

    def _signature(self) -> tuple[int, ...] | None:
        """Differs where the file does. The change time is in it for permissions that are put right."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    def _read(self) -> tuple[KnownKey, ...]:
        source = f"OCR_API_KEYS_FILE={str(self._path)!r}"
        try:
            if not stat.S_ISREG(self._path.stat().st_mode):  # a pipe would be waited for
                raise ConfigurationError(f"{source}: not a file")
            with self._path.open("rb") as file:
                content = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise ConfigurationError(f"{source}: {error.strerror}") from None
        if len(content) > _MOST_BYTES:
            raise ConfigurationError(f"{source}: more than the {_MOST_BYTES} bytes allowed")
        lines = (line.strip() for line in content.decode("utf-8-sig", "replace").split("\n"))
        keys = [line for line in lines if line and not line.startswith("#")]
        if not keys:
            raise ConfigurationError(f"{source}: holds no key")
        return self._seal.all(checked(keys, source), "file")
