"""Watches over the engine's process: starts it, and puts another in its place when it ends, hangs, fails or has grown.

Where memory allows, the next one is warm before the last one leaves. Otherwise, and where the last one is gone,
requests wait for the next one within their deadlines: none is refused for it.
"""

import logging
import math
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import OcrError
from app.imaging.shared_picture import SharedPicture
from app.inference.engine_client import EngineClient, NotSentError, StartSeconds
from app.inference.hang_watch import HangWatch
from app.inference.replacement import Reason, ReplacementRules
from app.pipeline.result import Page, Run
from app.processes.channel import Channel
from app.processes.nursery import Nursery
from app.scheduling.readiness import Readiness

_LOG = logging.getLogger(__name__)

ROLE = "ocr-engine"

_TRIES = 3
"""To start one, and of engines in a row that end before they have answered anything."""

_PAUSE_SECONDS = 1.0
_REST_SECONDS = 60.0
"""Before it is tried again to put another in the place of one that still serves, where none could be started."""

_DRAIN_SECONDS = 5.0
"""Beyond the deadline of the last picture that a replaced engine was given."""

_FAULTS_APART_SECONDS = 30.0
"""Engines that failed are replaced, but not more often: one picture that makes each fail must not keep all busy."""


@dataclass(frozen=True, slots=True)
class Events:
    """Who hears of what. started: the first engine serves. replaced: another does. given_up: there will be none."""

    started: Callable[[StartSeconds], None] = lambda _: None
    replaced: Callable[[Reason], None] = lambda _: None
    given_up: Callable[[], None] = lambda: None


class EngineSupervisor:
    """What pictures are recognised with, whichever process does it. Thread-safe."""

    def __init__(
        self, nursery: Nursery, readiness: "Readiness[EngineClient]", rules: ReplacementRules, events: Events
    ) -> None:
        self._nursery = nursery
        self._readiness = readiness
        self._rules = rules
        self._events = events
        self._current: EngineClient | None = None
        self._wanted: queue.SimpleQueue[tuple[Reason, EngineClient] | None] = queue.SimpleQueue()
        self._last_fault = -_FAULTS_APART_SECONDS
        self._watch = HangWatch(rules.hang_seconds, self._hangs)
        self._seconds = 0.0
        self._fruitless = 0
        self._rest_until = -math.inf
        self._is_stopping = False

    def start(self, channel: Channel, seconds: float) -> None:
        """Wait until the first engine serves, for so many *seconds* at most; from then on watch over it.

        *channel*: to its process, which was begun before.

        Raises:
            OcrError: It cannot be loaded.
        """
        client = EngineClient(channel, self._ended)
        try:
            took = client.await_ready(seconds)
        except OcrError:
            self._readiness.fail()
            raise
        self._seconds = seconds
        self._serve_with(client)
        self._events.started(took)
        threading.Thread(target=self._replace_as_wanted, name="supervisor", daemon=True).start()

    def recognise(self, picture: SharedPicture, run: Run) -> Page:
        """The text of *picture*: see :meth:`EngineClient.recognise`.

        Raises:
            NotReadyError: There is no engine in time.
        """
        try:
            return self._recognise_with(self._readiness.wait(run.deadline), picture, run)
        except NotSentError:  # it ended, or was retired, in between
            return self._recognise_with(self._readiness.wait(run.deadline), picture, run)

    def await_warm(self, seconds: float) -> bool:
        """Wait, for so many *seconds* at most, until the engine has nothing left to make ahead; says whether it has."""
        client = self._current
        return client is not None and client.is_warm.wait(seconds)

    def stop(self) -> None:
        """Replace it no more: the process ends, and the nursery ends the engine."""
        self._is_stopping = True
        self._wanted.put(None)

    def _recognise_with(self, client: EngineClient, picture: SharedPicture, run: Run) -> Page:
        try:
            with self._watch.over(client):
                return client.recognise(picture, run)
        finally:
            if client is self._current:
                self._look_after(client)

    def _look_after(self, client: EngineClient) -> None:
        now = time.monotonic()
        if now < self._rest_until:
            return
        reason = self._rules.wear(client)
        if client.faults and now - self._last_fault >= _FAULTS_APART_SECONDS:
            self._last_fault = now
            reason = "fault"
        if reason:
            self._wanted.put((reason, client))

    def _hangs(self, client: EngineClient) -> None:
        _LOG.error("the engine hangs", extra={"engine_pid": client.pid, "runs": client.running})
        self._readiness.lost(client, wedged=True)
        self._wanted.put(("hung", client))
        self._nursery.kill(client.pid)

    def _ended(self, client: EngineClient) -> None:
        self._nursery.kill(client.pid)  # it may stand still with its channel closed
        if not self._is_stopping:
            self._readiness.lost(client)
            self._wanted.put(("ended", client))

    def _replace_as_wanted(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            reason, client = wanted
            if client is not self._current:  # it has been replaced already, for another reason, or is retired
                continue
            try:
                is_replaced = self._replace(client, reason)
            except Exception:  # noqa: BLE001 - whatever it is: without this thread nothing would be replaced any more
                _LOG.exception("replacing the engine failed")
                is_replaced = False
            if not is_replaced:
                _LOG.critical("no engine can be started any more")
                self._readiness.fail()
                self._events.given_up()
                return

    def _replace(self, old: EngineClient, reason: Reason) -> bool:
        alive = reason not in {"ended", "hung"}
        beside = alive and self._rules.both_fit(old)
        _LOG.warning("engine is replaced", extra={"reason": reason, "engine_pid": old.pid, "beside": beside})
        self._fruitless = 0 if old.answered else self._fruitless + 1
        if self._fruitless >= _TRIES:
            return False
        if not beside:
            self._current = None
            if alive:
                self._readiness.lost(old)
                self._retire(old)
        client = self._started_again()
        if client is None:
            self._rest_until = time.monotonic() + _REST_SECONDS
            return beside and not old.has_ended
        self._serve_with(client)
        self._events.replaced(reason)
        if beside:
            threading.Thread(target=self._retire, args=(old,), name="retire", daemon=True).start()
        return True

    def _started_again(self) -> EngineClient | None:
        for _ in range(_TRIES):
            client = None
            try:
                client = EngineClient(self._nursery.begin(ROLE), self._ended)
                client.await_ready(self._seconds)
            except Exception as error:  # noqa: BLE001 - no memory, no threads, no descriptors: there may be some soon
                _LOG.warning("engine not started", extra={"detail": str(error)})
                if client is not None:
                    client.close()
                    self._nursery.kill(client.pid)
                time.sleep(_PAUSE_SECONDS)
            else:
                return client
        return None

    def _serve_with(self, client: EngineClient) -> None:
        self._current = client
        self._readiness.ready(client)
        if client.has_ended:  # between being ready and being watched over
            self._ended(client)

    def _retire(self, client: EngineClient) -> None:
        """End it when it has answered what it was given, or should have."""
        end = time.monotonic() + self._rules.longest_seconds + _DRAIN_SECONDS
        while client.in_flight and time.monotonic() < end:
            time.sleep(0.01)
        client.close()
