"""Sends spans to a collector behind the requests' backs: what it does, or does not, is none of theirs."""

import logging
import threading
import time
from collections.abc import Callable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

_LOG = logging.getLogger(__name__)

_PATIENCE_SECONDS = 2.0
"""How long a flush, and the end of the process, wait for the collector."""

_QUIET_SECONDS = 60.0
"""So often at most the log says that spans are lost."""


_SENDERS = ("opentelemetry.exporter", "opentelemetry.sdk.trace.export", "opentelemetry.sdk._shared_internal")
"""Who of the library tells of spans that are lost; the others would quote what clients sent."""


class Export:
    """The SDK's batches and its exporter, in a thread of theirs, with bounds of time.

    The queue has a bound, too: 2048 spans, where ``OTEL_BSP_MAX_QUEUE_SIZE`` says no other; the oldest are dropped. The
    exporter heeds ``OTEL_EXPORTER_OTLP_HEADERS`` and its like, tries again for ten seconds and then drops the batch.
    """

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    @classmethod
    def to(cls, url: str, provider: TracerProvider) -> "Export":
        """Have all that *provider* records sent to *url*."""
        library = logging.getLogger("opentelemetry")
        library.addHandler(logging.NullHandler())
        library.propagate = False
        told = _NowAndThen()
        for sender in _SENDERS:
            logging.getLogger(sender).addHandler(told)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(url)))
        return cls(provider)

    def flush(self) -> None:
        """Wait until what is there was sent or dropped, but not for long."""
        _within_patience(self._provider.force_flush)

    def close(self) -> None:
        """Likewise; what comes later is dropped."""
        _within_patience(self._provider.shutdown)


class _NowAndThen(logging.Handler):
    """Passes one of the library's lines on a minute, without its traceback: it has one or more for every batch."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._last = -_QUIET_SECONDS

    def emit(self, record: logging.LogRecord) -> None:
        """See :class:`logging.Handler`, which holds its lock meanwhile."""
        if time.monotonic() - self._last >= _QUIET_SECONDS:
            self._last = time.monotonic()
            _LOG.warning("traces not sent", extra={"detail": record.getMessage()})


def _within_patience(work: Callable[[], object]) -> None:
    """Do *work* in a thread, which may be left behind: the library waits for its exporter, however long."""
    thread = threading.Thread(target=work, name="traces", daemon=True)
    thread.start()
    thread.join(_PATIENCE_SECONDS)
