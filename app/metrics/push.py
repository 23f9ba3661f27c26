"""Hands the metrics to a Prometheus Pushgateway, for instances that end before anybody scrapes them."""

import logging
import socket
from collections.abc import Callable
from urllib.parse import quote

from prometheus_client.exposition import default_handler

from app.errors import ConfigurationError
from app.metrics.exposition import CONTENT_TYPE

_LOG = logging.getLogger(__name__)

_SECONDS = 5.0
_JOB = "ocr"


class MetricsPush:
    """Pushes what *render* gives to *url*, in the place of what this instance pushed before; without one nothing."""

    def __init__(self, url: str, render: Callable[[], bytes]) -> None:
        """Push nothing yet.

        Raises:
            ConfigurationError: *url* is none.
        """
        if url and not url.startswith(("http://", "https://")):
            raise ConfigurationError("OCR_METRICS_PUSH_URL: must begin with http:// or https://")
        self._url = url.rstrip("/")
        self._render = render

    def push(self) -> bool:
        """Whether they are there now. A gateway that fails is a line in the log, and the instance ends all the same."""
        if not self._url:
            return False
        target = f"{self._url}/metrics/job/{_JOB}/instance/{quote(socket.gethostname(), safe='')}"
        try:
            default_handler(target, "PUT", _SECONDS, [("Content-Type", CONTENT_TYPE)], self._render())()
        except OSError as error:
            _LOG.warning("metrics not pushed", extra={"detail": str(error)})
            return False
        return True
