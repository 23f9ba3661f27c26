"""What a platform sends before it reaches the application: its events become requests like any other.

An event is answered by one inner request, which passes keys, limits, admission, metrics and the log; the call that it
came in passes none of these, so that nothing is counted twice. An event that cannot be read is a request to ``/ocr``
that was refused. Hooks are routes of their own: see :mod:`app.http.platform_routes`.
"""

import os
import uuid
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from flask import Flask
from gunicorn.http.errors import ParseException
from werkzeug.wsgi import ClosingIterator

from app.access.gate import Access
from app.errors import REFUSAL, BodyTooLargeError, MalformedRequestError, ObjectNotAllowedError, OcrError
from app.faas.calls import SECONDS, HttpCall, HttpReply
from app.faas.contract import INSIDE, Contract
from app.faas.credentials import credentials_of
from app.faas.events import Event
from app.faas.inner_call import UNTOLD_CLIENT, call
from app.faas.object_event import ObjectEvents
from app.faas.platform import Platform
from app.faas.snapshot import Snapshot
from app.http.lambda_routes import snapshot_blueprint
from app.http.platform_routes import hook_blueprint
from app.http.problems import title
from app.metrics.push import MetricsPush
from app.scheduling.deadline import Deadline
from app.scheduling.occupancy import Occupancy
from app.scheduling.readiness import Readiness
from app.service import OcrService
from app.settings import Settings
from app.tracing.request_trace import Tracer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

_CONNECTION = "ocr.connection"
_REQUEST_ID = "HTTP_X_REQUEST_ID"


class Lifecycle(Protocol):
    """What the entrance needs of the runtime."""

    @property
    def service(self) -> OcrService:
        """Says whether requests are taken."""
        ...

    @property
    def readiness(self) -> Readiness[Any]:
        """Says when requests are served at once."""
        ...

    def await_warm(self, seconds: float) -> bool:
        """Wait, for so many *seconds* at most, until nothing is left to warm; says whether nothing is."""
        ...

    def object_events(self, application: "WSGIApplication") -> ObjectEvents:
        """What is done about events of buckets, *application* being who recognises."""
        ...

    @property
    def metrics_push(self) -> MetricsPush:
        """Where metrics go that nobody scrapes."""
        ...

    @property
    def tracer(self) -> Tracer:
        """Has traces that are not sent yet."""
        ...


def register(app: Flask, contract: Contract, access: Access, settings: Settings, runtime: Lifecycle) -> None:
    """Have *app* answer what *contract* says; everything else as before."""
    occupancy, objects = Occupancy(), runtime.object_events(app.wsgi_app)
    entrance = PlatformEntrance(app.wsgi_app, contract, access, settings, runtime.service, objects, occupancy)
    app.wsgi_app = entrance  # type: ignore[method-assign]
    if contract.hooks:
        push, flush = runtime.metrics_push.push, runtime.tracer.flush
        app.register_blueprint(hook_blueprint(contract, settings, runtime.readiness, push, flush, occupancy))
    if contract.platform is Platform.AWS_LAMBDA:
        app.register_blueprint(snapshot_blueprint(Snapshot(runtime.await_warm)))


class PlatformEntrance:
    """WSGI in front of the application's. Thread-safe."""

    def __init__(  # noqa: PLR0913, PLR0917 - made in one place
        self,
        application: "WSGIApplication",
        contract: Contract,
        access: Access,
        settings: Settings,
        service: OcrService,
        objects: ObjectEvents,
        occupancy: Occupancy,
    ) -> None:
        self._application = application
        self._contract = contract
        self._access = access
        self._settings = settings
        self._service = service
        self._objects = objects
        self._occupancy = occupancy

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        if SECONDS in environ:  # what came inside an event is nobody's way to send another
            return self._application(environ, start_response)
        contract = self._contract
        path = environ["PATH_INFO"] = contract.aliases.get(environ["PATH_INFO"], environ["PATH_INFO"])
        method, headers = environ["REQUEST_METHOD"], _Headers(environ)
        if contract.request_id in headers:
            environ.setdefault(_REQUEST_ID, headers[contract.request_id])
        if contract.is_hook(method, path, headers):
            environ[INSIDE] = True
            return self._application(environ, start_response)
        with ExitStack() as inside:
            inside.enter_context(self._occupancy.entered())
            if not contract.is_event(method, path, headers):
                answer = self._application(environ, start_response)
                return ClosingIterator(answer, inside.pop_all().close)  # it may still be made while it is sent
            environ.setdefault(_REQUEST_ID, uuid.uuid4().hex)  # one for all that the event becomes
            reply = self._answer(environ)
        length = ("Content-Length", str(len(reply.body)))
        start_response(f"{reply.status} {title(reply.status)}", [*reply.headers, length])
        return [reply.body]

    def _answer(self, environ: dict[str, Any]) -> HttpReply:
        events = self._contract.events
        assert events is not None  # noqa: S101 - there is no event call without
        event: Event | None = None
        try:
            event = events.decode(self._payload(environ))
            reply = self._serve(event, environ)
        except OcrError as error:
            reply = self._inner(HttpCall("POST", "/ocr"), {**environ, REFUSAL: self._reason(event, error, environ)})
        return events.encode(event, reply)

    def _reason(self, event: Event | None, error: OcrError, environ: Mapping[str, Any]) -> OcrError:
        """Why an event is refused: *error*, unless who sends what nobody can read has no key, or comes too often."""
        if event is None and not self._is_trusted:
            try:
                self._enter(environ)
            except OcrError as refused:
                return refused
        return error

    def _payload(self, environ: Mapping[str, Any]) -> bytes:
        if environ.get(REFUSAL):
            raise environ[REFUSAL]
        self._service.check_open(Deadline(self._settings.deadline_seconds))
        length, most = int(environ.get("CONTENT_LENGTH") or 0), self._settings.max_bytes
        if length > most:
            raise BodyTooLargeError(f"an event of {length} bytes > {most} allowed")
        try:
            payload: bytes = environ["wsgi.input"].read(most + 1)
        except ParseException as error:
            raise MalformedRequestError("the event's chunks are malformed") from error
        if len(payload) > most:
            raise BodyTooLargeError(f"an event of more than {most} bytes > {most} allowed")
        if len(payload) < length:
            raise MalformedRequestError(f"the event ended after {len(payload)} of {length} bytes")
        return payload

    @property
    def _is_trusted(self) -> bool:
        """Whether an event call is known to be the platform's own."""
        return bool(self._contract.control) or self._settings.trust_events

    def _enter(self, environ: Mapping[str, Any]) -> str:
        return self._access.enter("POST", "/ocr", _Headers(environ), environ.get("REMOTE_ADDR") or UNTOLD_CLIENT)

    def _serve(self, event: Event, environ: Mapping[str, Any]) -> HttpReply:
        if event.origin == "gateway":  # whoever stands behind it shows a key there, for which the application asks
            assert isinstance(event.wanted, HttpCall)  # noqa: S101 - of gateways there are no others
            told = event.wanted.client if self._is_trusted else environ.get("REMOTE_ADDR", "")
            return self._inner(replace(event.wanted, client=told), environ)
        key = "" if self._is_trusted else self._enter(environ)
        environ = {**environ, INSIDE: True}
        if isinstance(event.wanted, HttpCall):
            return self._inner(event.wanted, environ)
        if event.wanted and not (self._is_trusted or key):
            raise ObjectNotAllowedError("who names objects shows a key, unless OCR_TRUST_EVENTS lets nobody else call")
        credentials = credentials_of(self._contract.platform, _Headers(environ), os.environ)
        reply = self._objects.answer(event.wanted, credentials, _kept(environ))
        return replace(reply, headers=(*reply.headers, ("X-Request-Id", environ[_REQUEST_ID])))

    def _inner(self, wanted: HttpCall, environ: Mapping[str, Any]) -> HttpReply:
        """Ask the application; under the platform's name for the call, and given up when its connection is."""
        around = _kept(environ)
        if any(name.lower() == "x-request-id" for name, _ in wanted.headers):
            around.pop(_REQUEST_ID, None)
        return call(self._application, wanted, around.items())


def _kept(environ: Mapping[str, Any]) -> dict[str, Any]:
    """What the requests that an event becomes have of the event's own."""
    names = (_CONNECTION, _REQUEST_ID, INSIDE, REFUSAL)
    return {name: environ[name] for name in names if environ.get(name) is not None}


class _Headers(Mapping[str, str]):
    """The headers of an environment, by their names in lower case."""

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ["HTTP_" + name.upper().replace("-", "_")]
        return value

    def __iter__(self) -> Any:
        return (name[5:].lower().replace("_", "-") for name in self._environ if name.startswith("HTTP_"))

    def __len__(self) -> int:
        return sum(1 for _ in self)
