"""The file that says to OpenFaaS that the function can serve: the watchdog's, which probes may look for.

https://docs.openfaas.com/reference/workloads once told of ``/tmp/.lock``, whose removal says that the workload
degrades; now it tells of probes over HTTP alone, and clusters that look for the file are still about.
"""

import logging
import tempfile
from pathlib import Path

_LOG = logging.getLogger(__name__)


def ready_file() -> Path:
    """Where it lies: ``/tmp/.lock``, or in ``$TMPDIR``."""
    return Path(tempfile.gettempdir()) / ".lock"


class ReadyFile:
    """Is there from the first moment that the service is ready until it is told to end."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def tell(self, state: str) -> None:
        """The service is in *state* now."""
        try:
            if state == "ready":
                self._path.touch()
            elif state in {"draining", "failed"}:
                self._path.unlink(missing_ok=True)
        except OSError as error:  # a root that cannot be written: the probes over HTTP tell the same
            _LOG.warning("no ready file", extra={"path": str(self._path), "detail": str(error)})
