"""Answers one request with the application, in a thread of the pool, into memory, or piece by piece."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from gunicorn.http import wsgi
from gunicorn.http.errors import ParseException

from app.errors import OcrError
from app.server.connection import Connection
from app.server.refused_requests import UnreadRequest, refusal_of
from app.server.request_parsing import is_used_up, parse

_LOG = logging.getLogger(__name__)
_ONE_PIECE_BYTES = 1 << 16
_STREAMED = "ocr.streamed"
"""In the environment, set by the application: what it has of its answer goes out before it has the next part."""

Pieces = tuple[bytes, ...]


class AnswerSink:
    """What gunicorn takes for the client's socket: it keeps what is sent."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        """Keep *data*."""
        self._parts.append(data)

    def take(self) -> Pieces:
        """Everything since it was taken last: in one piece, so that it leaves in one, unless it is large.

        Then it is as it came: files that are kept in memory are not copied for each client that takes its time.
        """
        parts, self._parts = self._parts, []
        return tuple(parts) if sum(map(len, parts)) > _ONE_PIECE_BYTES else (b"".join(parts),)


class Answerer:
    """Makes answers for a worker. Thread-safe."""

    def __init__(self, worker: Any) -> None:
        """*worker* is gunicorn's: its settings, its application, and whether it is still to take requests."""
        self._worker = worker

    def answer(self, connection: Connection, send: Callable[[Pieces], None]) -> tuple[Pieces, bool]:
        """The pieces of the answer to the request of *connection*, and whether another may follow it.

        Where the application streams, *send* is given the pieces as they come, and none are left.
        """
        framing = connection.framing
        request = None
        try:
            request = parse(self._worker.cfg, framing, connection.peer)
            # The loop has answered that, where the body was wanted.
            request._expected_100_continue = False  # noqa: SLF001 - gunicorn would write it in front of the answer
            return self._run(request, connection, connection.refusal, send)
        except ParseException as error:
            refusal = refusal_of(error)
        except OcrError as error:
            refusal = error
        except Exception:  # noqa: BLE001 - see below
            # The application answers its own errors; this is the server's.
            _LOG.exception("a request failed")
            refusal = OcrError("the service failed; its log says why")
        head = framing.head
        stand_in = UnreadRequest(head.headers.get("x-request-id") if head else None)
        try:
            return self._run(stand_in, connection, connection.refusal or refusal, send)
        except Exception:  # noqa: BLE001 - the connection is closed without an answer
            _LOG.exception("a request could not be refused")
            return (), False

    def _run(
        self, request: Any, connection: Connection, refusal: OcrError | None, send: Callable[[Pieces], None]
    ) -> tuple[Pieces, bool]:
        worker, framing, sink = self._worker, connection.framing, AnswerSink()
        begun = datetime.now()  # noqa: DTZ005 - gunicorn's access log wants the difference only
        response, environ = wsgi.create(request, sink, connection.peer, connection.server, worker.cfg)
        environ |= {"wsgi.multithread": True, "ocr.connection": connection.presence, "ocr.refusal": refusal}
        if refusal or not framing.is_whole or not worker.alive or not worker.cfg.keepalive:
            response.force_close()
        parts = worker.wsgi(environ, response.start_response)
        is_streamed = bool(environ.get(_STREAMED))
        try:
            for part in parts:
                response.write(part)
                if is_streamed:
                    send(sink.take())
            response.close()
        except Exception:
            if not is_streamed:
                raise
            _LOG.exception("a streamed answer failed")
            return (), False  # and without its last chunk: nobody takes it for whole
        finally:
            if hasattr(parts, "close"):
                parts.close()
        if worker.log.access_log.isEnabledFor(
            logging.INFO
        ):  # to compose its line takes longer than to parse the request
            worker.log.access(response, request, environ, datetime.now() - begun)  # noqa: DTZ005 - see above
        rest, keep = sink.take(), not response.should_close() and self._ends_well(request, connection)
        if is_streamed:
            send(rest)
            rest = ()
        return rest, keep

    def _ends_well(self, request: Any, connection: Connection) -> bool:
        try:
            return is_used_up(request, connection.framing)
        except (ParseException, OSError):
            return False
