"""Which tracer there is, by the settings."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from app.errors import ConfigurationError
from app.tracing.request_trace import NoTracer, Tracer

_URL = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~%/-]*)?")
_PATH = "/v1/traces"


def tracer_for(url: str, share: float, about: Mapping[str, str]) -> Tracer:
    """The tracer for the settings ``traces_url`` and ``traces_share``. *about*: what each request's span says.

    Threads are started where there is one: to be called once the process has forked what it forks.

    Raises:
        ConfigurationError: *url* is none, or a variable of OpenTelemetry's has a value that cannot be used.
    """
    if not url:
        return NoTracer()
    if not _URL.fullmatch(url):
        raise ConfigurationError("OCR_TRACES_URL: must be http:// or https://, a host, and a port or a path")
    from app.tracing.open_telemetry import OpenTelemetryTracer  # noqa: PLC0415 - 6 MB, where it is on

    try:
        return OpenTelemetryTracer(collector_url(url), share, about)
    except ValueError as error:
        raise ConfigurationError(f"OTEL_*: {error}") from error


def collector_url(url: str) -> str:
    """*url*, with the path that OTLP has by default where it has none."""
    return url if urlsplit(url).path.strip("/") else url.rstrip("/") + _PATH
