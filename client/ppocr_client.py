"""A client for the PP-OCR service, in one file over httpx: copy it, or ``pip install ./client``.

    with OcrClient("http://localhost:9000", api_key="...") as ocr:
        result = ocr.recognise(Path("receipt.jpg"), words=True)
        for line in result.lines:
            print(line.score, line.text, line.box)

`OcrClient` blocks and may be shared between threads; `AsyncOcrClient` is the same for asyncio and trio. Each call has
one time limit for all that it does. Within it, a call that was refused for now (429, 503) or got no answer is made
again: the service keeps nothing of a request, so nothing happens twice. Whatever goes wrong is an `OcrError`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, TypedDict, TypeVar
from urllib.parse import urlsplit

import anyio
import httpx

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self, Unpack

__version__ = "0.1.0"

_LOG = logging.getLogger("ppocr_client")
_T = TypeVar("_T")

Image = bytes | os.PathLike[str] | BinaryIO
"""An image file's content, its path, or the open file, which is read to its end."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels of the page as shown."""

Point = tuple[int, int]
"""x and y in pixels of the page as shown."""

_CONNECT_SECONDS = 5.0
_BACKOFF_SECONDS = 0.25  # before the second attempt, at most; it doubles each time
_MOST_DOUBLINGS = 5
_RETRY_AFTER_UNIT_SECONDS = 1.0  # those who are told the same moment spread over it


class Options(TypedDict, total=False):
    """What a request may ask for; what is left out is as the service is set. See the service's ``/docs``."""

    min_score: float
    det_max_side: int
    words: bool
    autorotate: bool | Literal["page", "lines"]
    pages: int | str
    dpi: float
    text_layer: Literal["never", "auto", "only"]
    spaces: Literal["sure", "likely"]


@dataclass(frozen=True)
class Word:
    """A word of a line."""

    text: str
    box: Box


@dataclass(frozen=True)
class Line:
    """A line of text.

    score: the mean probability of its characters, 0 to 1. polygon: four corners, clockwise from the text's top left.
    words: only where the request asked for them.
    """

    text: str
    score: float
    polygon: tuple[Point, ...]
    box: Box
    words: tuple[Word, ...] | None = None


@dataclass(frozen=True)
class Page:
    """A picture, or a page of a document, upright. angle: by how many degrees it was turned to be.

    index: in the document, from 0. source: where the lines come from, where the option text_layer was given.
    """

    index: int
    width: int
    height: int
    angle: int
    text: str
    lines: tuple[Line, ...]
    source: str | None = None


@dataclass(frozen=True)
class PageError:
    """Why one page of a document could not be read, where others were. index: from 0; code: stable."""

    index: int
    code: str
    detail: str


@dataclass(frozen=True)
class OcrResult:
    """What one image holds.

    failed_pages: those of a document that could not be read, beside those that were. truncated: whether its file holds
    more pages than were read. request_id: the request's, also in the service's log.
    timings_ms: milliseconds by stage, of the whole request.
    """

    text: str
    pages: tuple[Page, ...]
    truncated: bool
    model: str
    request_id: str
    timings_ms: Mapping[str, float] = field(hash=False)
    failed_pages: tuple[PageError, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines of all pages."""
        return tuple(line for page in self.pages for line in page.lines)


@dataclass(frozen=True)
class ImageError:
    """Why one image of several could not be read. code: stable."""

    code: str
    detail: str


@dataclass(frozen=True)
class ServiceInfo:
    """What the service is. members: the whole document."""

    version: str
    state: str
    model: str
    engine: str
    precision: str
    limits: Mapping[str, float] = field(hash=False)
    members: Mapping[str, Any] = field(hash=False, repr=False)


class OcrError(Exception):
    """Base of all errors here.

    code: stable, the service's where it answered. status: of the answer, if there was one. request_id: what the service
    knows the request by.
    """

    code: str = "error"

    def __init__(
        self, detail: str, *, code: str | None = None, status: int | None = None, request_id: str | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.status = status
        self.request_id = request_id

    def __str__(self) -> str:
        known = {"status": self.status, "code": self.code, "request": self.request_id}
        return f"{self.detail} ({', '.join(f'{name} {value}' for name, value in known.items() if value)})"


class ConnectionFailedError(OcrError):
    """The service could not be reached, or hung up without an answer."""

    code = "connection_failed"


class TimedOutError(OcrError):
    """The call's time is over, and the service has not answered."""

    code = "timed_out"


class MalformedAnswerError(OcrError):
    """What came is no answer of the service: it broke off, is of another version, or somebody else has answered."""

    code = "malformed_answer"


class ServiceError(OcrError):
    """The service, or something in front of it, answered with an error."""


class RequestRefusedError(ServiceError):
    """The request cannot be served as it is (4xx)."""


class UnauthorizedError(RequestRefusedError):
    """The key is missing or wrong (401)."""


class UnavailableError(ServiceError):
    """The service takes no request now (429, 503). retry_after: in how many seconds to come back, where it said so."""

    retry_after: float | None = None


@dataclass(frozen=True)
class _Call:
    """A request as it is sent, each time anew."""

    method: str
    path: str
    request_id: str
    query: Mapping[str, str] = field(default_factory=dict)
    images: Sequence[bytes] = ()

    def arguments(self, seconds: float) -> dict[str, Any]:
        """For httpx's ``build_request``. seconds: that it may take."""
        headers = {"X-Request-Id": self.request_id, "Accept": "application/json"}
        body: dict[str, Any] = {}
        if len(self.images) == 1:
            headers["Content-Type"] = "application/octet-stream"
            body["content"] = self.images[0]
        elif self.images:
            body["files"] = [("file", ("image", image, "application/octet-stream")) for image in self.images]
        timeout = httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))
        return {"params": self.query, "headers": headers, "timeout": timeout} | body


@dataclass(frozen=True)
class _Answer:
    """An answer that has been read to its end."""

    call: _Call
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        return self.headers.get("content-type", "of no type")

    @property
    def request_id(self) -> str:
        return self.headers.get("x-request-id", self.call.request_id)


class _Attempts:
    """How often, and until when, a call may be made."""

    def __init__(self, seconds: float, retries: int, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = clock() + seconds
        self._retries = retries
        self._made = 0

    def seconds_left(self, call: _Call) -> float:
        """Raises TimedOutError where there are none."""
        left = self._end - self._clock()
        if left <= 0:
            raise TimedOutError("the time is over", request_id=call.request_id)
        return left

    def pause(self, error: OcrError) -> float:
        """Seconds until the next attempt, after one that ended in *error*; raises it where there is to be none."""
        asked: float | None = getattr(error, "retry_after", None)
        spread = _BACKOFF_SECONDS * 2.0 ** min(self._made, _MOST_DOUBLINGS)
        if asked is not None:
            spread = min(spread, _RETRY_AFTER_UNIT_SECONDS)
        seconds = (asked or 0.0) + spread * random.random()  # noqa: S311 - clients are to come apart, no secret is made
        self._made += 1
        if self._made > self._retries or seconds >= self._end - self._clock():
            raise error
        _LOG.debug("attempt %d failed, the next is in %.2f s: %s", self._made, seconds, error)
        return seconds


class _Requests:
    """What both clients say and understand; how it gets there is theirs."""

    def __init__(self, url: str, api_key: str | None, timeout: float, retries: int, clock: Callable[[], float]) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no http:// or https:// address")
        self._url = url.rstrip("/")
        self._timeout, self._retries, self._clock = timeout, retries, clock
        self._headers = {"User-Agent": f"ppocr-client/{__version__}"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {_sendable(api_key, 'the key')}"

    def _attempts(self, retries: int | None) -> _Attempts:
        return _Attempts(self._timeout, self._retries if retries is None else retries, self._clock)

    def _arguments(self, call: _Call, seconds: float) -> dict[str, Any]:
        arguments = call.arguments(seconds)
        headers = self._headers | arguments["headers"]
        return arguments | {"method": call.method, "url": self._url + call.path, "headers": headers}


class OcrClient(_Requests):
    """The service at *url*. Thread-safe; it keeps connections open until it is closed.

    api_key: one of the service's, where it has keys. timeout: seconds that a call may take, attempts, pauses and all.
    retries: attempts after the first. http: a client of your own, for certificates or proxies; it stays yours to close.
    sleep, clock: stand-ins for time's, for tests.
    """

    def __init__(  # noqa: PLR0913 - what a call needs is said once, and by name
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout: float = 60.0,
        retries: int = 20,
        http: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(url, api_key, timeout, retries, clock)
        self._sleep = sleep
        self._http = http or httpx.Client()
        self._closes = http is None

    def recognise(self, image: Image, *, request_id: str | None = None, **options: Unpack[Options]) -> OcrResult:
        """The text of one image.

        Raises:
            OcrError: There is none to be had.
        """
        return _read(self._send(_ocr([image], request_id, options)), _result)

    def recognise_many(
        self, images: Sequence[Image], *, request_id: str | None = None, **options: Unpack[Options]
    ) -> list[OcrResult | ImageError]:
        """The text of several images, in one request: for each, in their order, its result or why it has none.

        The service says in ``info().limits`` how many it takes at once.

        Raises:
            OcrError: The request failed, or none of the images could be read.
        """
        return _read(self._send(_ocr(images, request_id, options)), _results) if images else []

    def ready(self) -> bool:
        """Whether the service is there and takes requests. Asks once."""
        try:
            self._send(_get("/readyz"), retries=0)
        except (UnavailableError, ConnectionFailedError, TimedOutError):
            return False
        return True

    def info(self) -> ServiceInfo:
        """Model, engine, limits.

        Raises:
            OcrError: The service does not say.
        """
        return _read(self._send(_get("/info")), _info)

    def close(self) -> None:
        """Close the connections."""
        if self._closes:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _send(self, call: _Call, retries: int | None = None) -> _Answer:
        attempts = self._attempts(retries)
        while True:
            try:
                return _checked(self._exchange(call, attempts))
            except (ConnectionFailedError, UnavailableError) as error:
                seconds = attempts.pause(error)
            self._sleep(seconds)

    def _exchange(self, call: _Call, attempts: _Attempts) -> _Answer:
        arguments = self._arguments(call, attempts.seconds_left(call))
        with _translated(call, ConnectionFailedError):
            response = self._http.send(self._http.build_request(**arguments), stream=True)
        body = bytearray()
        with contextlib.closing(response), _translated(call, MalformedAnswerError):
            for piece in response.iter_bytes():
                body += piece
                attempts.seconds_left(call)
        return _Answer(call, response.status_code, response.headers, bytes(body))


class AsyncOcrClient(_Requests):
    """`OcrClient` for asyncio and trio: the same, to be awaited."""

    def __init__(  # noqa: PLR0913 - see OcrClient
        self,
        url: str,
        api_key: str | None = None,
        *,
        timeout: float = 60.0,
        retries: int = 20,
        http: httpx.AsyncClient | None = None,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(url, api_key, timeout, retries, clock)
        self._sleep = sleep
        self._http = http or httpx.AsyncClient()
        self._closes = http is None

    async def recognise(self, image: Image, *, request_id: str | None = None, **options: Unpack[Options]) -> OcrResult:
        """See `OcrClient.recognise`."""
        return _read(await self._send(_ocr([image], request_id, options)), _result)

    async def recognise_many(
        self, images: Sequence[Image], *, request_id: str | None = None, **options: Unpack[Options]
    ) -> list[OcrResult | ImageError]:
        """See `OcrClient.recognise_many`."""
        return _read(await self._send(_ocr(images, request_id, options)), _results) if images else []

    async def ready(self) -> bool:
        """See `OcrClient.ready`."""
        try:
            await self._send(_get("/readyz"), retries=0)
        except (ConnectionFailedError, TimedOutError, UnavailableError):
            return False
        return True

    async def info(self) -> ServiceInfo:
        """See `OcrClient.info`."""
        return _read(await self._send(_get("/info")), _info)

    async def close(self) -> None:
        """Close the connections."""
        if self._closes:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _send(self, call: _Call, retries: int | None = None) -> _Answer:
        attempts = self._attempts(retries)
        while True:
            try:
                return _checked(await self._exchange(call, attempts))
            except (ConnectionFailedError, UnavailableError) as error:
                seconds = attempts.pause(error)
            await self._sleep(seconds)

    async def _exchange(self, call: _Call, attempts: _Attempts) -> _Answer:
        arguments = self._arguments(call, attempts.seconds_left(call))
        with _translated(call, ConnectionFailedError):
            response = await self._http.send(self._http.build_request(**arguments), stream=True)
        body = bytearray()
        async with contextlib.aclosing(response):
            with _translated(call, MalformedAnswerError):
                async for piece in response.aiter_bytes():
                    body += piece
                    attempts.seconds_left(call)
        return _Answer(call, response.status_code, response.headers, bytes(body))


@contextlib.contextmanager
def _translated(call: _Call, kind: type[OcrError]) -> Iterator[None]:
    """Raise *kind* where the connection fails."""
    try:
        yield
    except httpx.ConnectTimeout as error:
        raise ConnectionFailedError("no connection came about in time", request_id=call.request_id) from error
    except httpx.TimeoutException as error:
        raise TimedOutError("the time is over, without an answer", request_id=call.request_id) from error
    except httpx.RequestError as error:
        raise kind(str(error) or type(error).__name__, request_id=call.request_id) from error


def _get(path: str) -> _Call:
    return _Call("GET", path, uuid.uuid4().hex)


def _ocr(images: Sequence[Image], request_id: str | None, options: Mapping[str, object]) -> _Call:
    unreadable = sorted({"format", "picture"} & options.keys())
    if unreadable:
        raise ValueError(f"{unreadable[0]} is for other clients: this one reads JSON, and no pictures")
    query = {name: str(value).lower() for name, value in options.items() if value is not None}
    known_by = _sendable(request_id, "the request's id") if request_id else uuid.uuid4().hex
    return _Call("POST", "/ocr", known_by, query, [_content(image) for image in images])


def _content(image: Image) -> bytes:
    if isinstance(image, bytes):
        return image
    if isinstance(image, os.PathLike):
        return Path(image).read_bytes()
    if not hasattr(image, "read"):
        raise TypeError(f"an image is its bytes, a Path or an open file, not a {type(image).__name__}")
    return image.read()


def _sendable(text: str, what: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise ValueError(f"{what} has characters that cannot be sent in a header")
    return text


def _checked(answer: _Answer) -> _Answer:
    """*answer*, if it is a good one.

    Raises:
        ServiceError: It is an error; the class tells which kind.
    """
    if answer.status == 200:
        return answer
    try:
        problem = json.loads(answer.body)
        code, detail = _member(problem, "code", str), _member(problem, "detail", str)
    except (ValueError, RecursionError):  # somebody else's, such as a gateway's
        code, detail = f"http_{answer.status}", f"the answer is no problem document of the service: {answer.kind}"
    kind = ServiceError
    if 400 <= answer.status < 500:
        kind = UnauthorizedError if answer.status == 401 else RequestRefusedError
    if answer.status in {429, 503}:
        kind = UnavailableError
    error = kind(detail, code=code, status=answer.status, request_id=answer.request_id)
    if isinstance(error, UnavailableError):
        error.retry_after = _retry_after(answer.headers)
    raise error


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, which are given as such or as a date (RFC 9110, section 10.2.3)."""
    given = headers.get("retry-after", "").strip()
    if given.isascii() and given.isdigit():
        return float(given)
    try:
        then, now = _moment(given), _moment(headers["date"]) if "date" in headers else datetime.now(timezone.utc)
    except ValueError:
        return None
    return max(0.0, (then - now).total_seconds())


def _moment(date: str) -> datetime:
    moment = parsedate_to_datetime(date)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _read(answer: _Answer, reader: Callable[[Any, _Answer], _T]) -> _T:
    try:
        return reader(json.loads(answer.body), answer)
    except (ValueError, RecursionError) as error:
        detail = f"the answer is not what was asked for: {error}"
        raise MalformedAnswerError(detail, status=answer.status, request_id=answer.request_id) from error


def _info(document: Any, _: _Answer) -> ServiceInfo:
    texts = {name: _member(document, name, str) for name in ("version", "state", "model", "engine", "precision")}
    return ServiceInfo(**texts, limits=_member(document, "limits", dict), members=document)


def _results(document: Any, answer: _Answer) -> list[OcrResult | ImageError]:
    if len(answer.call.images) == 1:
        return [_result(document, answer)]
    found = [
        _image_error(_member(one, "error", dict)) if "error" in one else _result(document | one, answer)
        for one in _members(document, "results", dict)
    ]
    if len(found) != len(answer.call.images):
        raise ValueError(f"{len(found)} results of {len(answer.call.images)} images")
    return found


def _result(document: Any, answer: _Answer) -> OcrResult:
    pages = _members(document, "pages", dict)
    return OcrResult(
        text=_member(document, "text", str),
        pages=tuple(_page(page) for page in pages if "error" not in page),
        truncated=_member(document, "truncated", bool),
        model=_member(document, "model", str),
        request_id=answer.request_id,
        timings_ms=_member(document, "timings_ms", dict),
        failed_pages=tuple(_page_error(page) for page in pages if "error" in page),
    )


def _image_error(document: dict[str, Any]) -> ImageError:
    return ImageError(_member(document, "code", str), _member(document, "detail", str))


def _page_error(document: dict[str, Any]) -> PageError:
    error = _image_error(_member(document, "error", dict))
    return PageError(_member(document, "index", int), error.code, error.detail)


def _page(document: dict[str, Any]) -> Page:
    index, width, height, angle = (_member(document, name, int) for name in ("index", "width", "height", "angle"))
    lines = tuple(_line(line) for line in _members(document, "lines", dict))
    source = _member(document, "source", str) if "source" in document else None
    return Page(index, width, height, angle, _member(document, "text", str), lines, source)


def _line(document: dict[str, Any]) -> Line:
    return Line(
        text=_member(document, "text", str),
        score=float(_member(document, "score", (int, float))),
        polygon=tuple(_point(point) for point in _members(document, "polygon", list)),
        box=_box(document),
        words=tuple(_word(word) for word in _members(document, "words", dict)) if "words" in document else None,
    )


def _word(document: dict[str, Any]) -> Word:
    return Word(_member(document, "text", str), _box(document))


def _box(document: dict[str, Any]) -> Box:
    left, top, right, bottom = _members(document, "box", int)
    return left, top, right, bottom


def _point(pair: list[Any]) -> Point:
    x, y = pair
    return int(x), int(y)


def _members(document: Any, name: str, kind: type[_T]) -> list[_T]:
    values: list[_T] = _member(document, name, list)
    if not all(isinstance(value, kind) for value in values):
        raise ValueError(f"{name} holds what is no {kind.__name__}")
    return values


def _member(document: Any, name: str, kind: Any) -> Any:
    value = document.get(name) if isinstance(document, dict) else None
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{name} is missing or of another type")
    return value
