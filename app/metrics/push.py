"""Hands the metrics to a Prometheus Pushgateway, for instances that end before anybody scrapes them."""

import logging
import re
import socket
import threading
from collections.abc import Callable
from urllib.parse import quote

from prometheus_client.exposition import default_handler

from app.errors import ConfigurationError
from app.metrics.exposition import CLASSIC

_LOG = logging.getLogger(__name__)

_SECONDS = 5.0
_URL = re.compile(r"https?://[A-Za-z0-9._-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?")
_JOB = "ocr"


class MetricsPush:
    """Pushes what *render* gives to *url*, in the place of what this instance pushed before; without one nothing."""

    def __init__(self, url: str, render: Callable[[], bytes]) -> None:
        """Push nothing yet.

        Raises:
            ConfigurationError: *url* is none.
        """
        if url and not _URL.fullmatch(url):
            raise ConfigurationError("OCR_METRICS_PUSH_URL: must be http:// or https://, a host, and a port or a path")
        self._url = url.rstrip("/")
        self._render = render

    def push(self) -> bool:
        """Whether they are there now. A gateway that fails is a line in the log, and the instance ends all the same."""
        if not self._url:
            return False
        # In a thread, which may be left behind: the library's time is that of each read, not of all.
        done: list[bool] = []
        thread = threading.Thread(target=lambda: done.append(self._put()), name="push", daemon=True)
        thread.start()
        thread.join(_SECONDS)
        return done == [True]

    def _put(self) -> bool:
        target = f"{self._url}/metrics/job/{_JOB}/instance/{quote(socket.gethostname(), safe='')}"
        try:
            default_handler(target, "PUT", _SECONDS, [("Content-Type", CLASSIC.content_type)], self._render())()
        except Exception as error:  # noqa: BLE001 - whatever the gateway says, the instance ends all the same
            _LOG.warning("metrics not pushed", extra={"detail": type(error).__name__})
            return False
        return True
