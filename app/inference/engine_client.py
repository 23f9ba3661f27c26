"""An engine's process as the worker sees it."""

import contextlib
import itertools
import logging
import pickle
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any

from app.errors import EngineError, OcrError
from app.imaging.shared_picture import SharedPicture
from app.pipeline.result import Page, Run
from app.pipeline.timeline import Part
from app.processes.channel import Channel, ChannelClosedError, Message
from app.processes.nursery import born

_LOG = logging.getLogger(__name__)

_SEND_SECONDS = 2.0
"""An engine that does not take a message for so long stands still. Some are sent by the server's event loop."""

_ANSWER_GRACE_SECONDS = 1.0
"""The engine answers at the deadline by itself; beyond it the request waits no longer than this."""


@dataclass(frozen=True, slots=True)
class StartSeconds:
    """What an engine's start took."""

    load: float
    warm_up: float


class NotSentError(EngineError):
    """The engine was gone before it was sent the picture: another one can read it."""


class EngineClient:
    """Sends pictures to one engine's process, and hears of its end. Thread-safe."""

    def __init__(self, channel: Channel, on_end: Callable[["EngineClient"], None]) -> None:
        """*on_end* is called once when the process has ended, for whatever reason, after it was ready."""
        self.pid = 0
        self.answered = 0
        self.faults = 0
        self.running: list[str] = []
        self.unanswered_pings = 0
        self.is_warm = threading.Event()
        self._channel = channel
        self._on_end = on_end
        self._numbers = itertools.count()
        self._waiting: dict[int, Future[Message]] = {}
        self._lock = threading.Lock()
        self.has_ended = False

    @property
    def in_flight(self) -> int:
        """Pictures that are worked on."""
        return len(self._waiting)

    def await_ready(self, seconds: float) -> StartSeconds:
        """Wait until it serves; then listen for its answers.

        Raises:
            OcrError: It cannot be loaded.
            EngineError: It ended, or was not ready in time.
        """
        end = time.monotonic() + seconds
        try:
            self.pid = born(self._channel, seconds).pid
            message = self._channel.receive(max(0.001, end - time.monotonic()))
        except TimeoutError:
            raise EngineError(f"not ready within {seconds:g} s") from None
        except ChannelClosedError as error:
            raise EngineError("the engine's process ended while it was started") from error
        if "failed" in message.head:
            raise _error(message)
        self._channel.limit_sending(_SEND_SECONDS)
        threading.Thread(target=self._listen, name="engine", daemon=True).start()
        return StartSeconds(message.head["load_seconds"], message.head["warm_up_seconds"])

    def recognise(self, picture: SharedPicture, run: Run) -> Page:
        """The text of *picture*; the seconds spent are added to the timings of *run*, and to its parts.

        Raises:
            DeadlineExceededError: The time ran out; work not yet begun is not begun.
            EngineError: The engine failed, hung or ended.
            NotSentError: It had ended before.
        """
        number, answer = next(self._numbers), Future[Message]()
        with self._lock:
            if self.has_ended:
                raise NotSentError("the engine's process ended")
            self._waiting[number] = answer
        head = {
            "id": number,
            "height": picture.height,
            "width": picture.width,
            "ticket": run.ticket,
            "deadline": run.deadline.span,
        }
        if run.parts is not None:
            head["parts"] = True
        try:
            self._send_picture(Message(head, pickle.dumps(run.options), (picture.file,)))
            with run.deadline.abandonment_told_to(lambda: self._abandon(number)):
                message = answer.result(run.deadline.remaining() + _ANSWER_GRACE_SECONDS)
        except FutureTimeoutError:
            raise run.deadline.error("recognise") from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)
        self.answered += 1
        if run.parts is not None:
            run.parts.extend(Part(*part) for part in message.head["parts"])
        if "failed" in message.head:
            error = _error(message)
            self.faults += isinstance(error, EngineError)
            raise run.deadline.error("recognise") if run.deadline.is_abandoned else error
        page, timings = pickle.loads(message.blob)  # noqa: S301 - of this service's own process
        run.timings.add(timings)
        return page  # type: ignore[no-any-return]

    def ping(self) -> None:
        """Ask what runs, unless it was asked and has not answered; the answer comes into :attr:`running`.

        Raises:
            EngineError: The process ended.
        """
        self.unanswered_pings += 1
        if self.unanswered_pings == 1:
            self._send(Message({"ping": True}))

    def close(self) -> None:
        """Let the process end, once it has finished the runs that it is in."""
        self._channel.close()

    def _send_picture(self, message: Message) -> None:
        try:
            self._send(message)
        except EngineError as error:
            raise NotSentError("the engine's process ended") from error

    def _abandon(self, number: int) -> None:
        with contextlib.suppress(EngineError):
            self._send(Message({"abandon": number}))

    def _send(self, message: Message) -> None:
        try:
            self._channel.send(message)
        except ChannelClosedError as error:
            self._channel.close()  # whoever listens hears of it
            raise _gone() from error

    def _listen(self) -> None:
        try:
            while True:
                self._hear(self._channel.receive())
        except (ChannelClosedError, OSError):
            pass
        except Exception:  # noqa: BLE001 - whatever it is, it is no answer
            _LOG.exception("the engine's process sends nonsense")
        with self._lock:
            self.has_ended = True
            waiting = list(self._waiting.values())
        self._channel.close()
        for answer in waiting:
            if not answer.done():
                answer.set_exception(_gone())
        self._on_end(self)

    def _hear(self, message: Message) -> None:
        if "pong" in message.head:
            self.running, self.unanswered_pings = message.head["running"], 0
            return
        if "warm" in message.head:
            self.is_warm.set()
            return
        with self._lock:
            answer = self._waiting.pop(message.head["id"], None)
        if answer is not None:
            answer.set_result(message)


def _error(message: Message) -> OcrError:
    error: Any = pickle.loads(message.blob)  # noqa: S301 - of this service's own process
    return error if isinstance(error, OcrError) else EngineError(str(error))


def _gone() -> EngineError:
    return EngineError("the engine's process ended, another one is started: try again")
