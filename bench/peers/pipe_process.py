"""A library under measurement: a process that reads images, asked and answering in JSON lines over its pipes."""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from bench.child_process import Launch, running
from bench.errors import RequestFailedError

END_S = 1.0


@dataclass(frozen=True, slots=True)
class PipeReply:
    """An answer as it came. ``done_s`` is the monotonic clock when its last byte was there."""

    document: dict[str, Any]
    done_s: float


class PipeProcess:
    """Asks the process, any number of requests at a time and from any thread. See ``rapidocr_openvino_worker.py``.

    What is not an answer to a request fails every request in flight, for nobody can tell whose answer it was to be.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """The process must have been started with pipes; it stays its owner's to end."""
        self._process = process
        self._stdin, self._stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._pending: dict[int, Future[PipeReply]] = {}
        self._end = ""  # once there is one: how the process ended
        self._outgoing: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        # Both directions have a thread: a process that stands still must not stop the load generator with it.
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._write)]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ask(self, image: Path) -> Future[PipeReply]:
        """Have an image read. The future fails with RequestFailedError: ``process ended``, ``malformed``, ``not read``.

        Cancelling it forgets the request; the process works on all the same.
        """
        future: Future[PipeReply] = Future()
        with self._lock:
            if self._end:
                future.set_exception(RequestFailedError("process ended", self._end))
                return future
            number = next(self._numbers)
            self._pending[number] = future
        self._outgoing.put(json.dumps({"id": number, "path": str(image.resolve())}).encode() + b"\n")
        return future

    def close(self) -> None:
        """Close the pipes, once the process has been ended."""
        self._outgoing.put(None)
        for thread in self._threads:
            thread.join()
        self._stdout.close()
        with suppress(BrokenPipeError):
            self._stdin.close()

    def _write(self) -> None:
        """Send what is to be sent. A broken pipe means that the process has ended: the reader fails the requests."""
        with suppress(BrokenPipeError):
            while (line := self._outgoing.get()) is not None:
                self._stdin.write(line)
                self._stdin.flush()

    def _read(self) -> None:
        for line in self._stdout:
            done_s = time.monotonic()
            try:
                document = json.loads(line)
                future = self._take(document["id"])
            except (ValueError, TypeError, KeyError):
                self._fail(RequestFailedError("malformed", f"the process printed {line[:200]!r}"))
                continue
            if future is None:
                continue  # of a request that was given up
            if "error" in document:
                future.set_exception(RequestFailedError("not read", str(document["error"])))
            else:
                future.set_result(PipeReply(document, done_s))
        end = self._ending()
        with self._lock:
            self._end = end
        self._fail(RequestFailedError("process ended", end))

    def _take(self, number: int) -> Future[PipeReply] | None:
        """Return a request's future for good, None where it was cancelled; raises KeyError for a number never given."""
        with self._lock:
            future = self._pending.pop(number)
        return future if future.set_running_or_notify_cancel() else None

    def _fail(self, error: RequestFailedError) -> None:
        with self._lock:
            failed = list(self._pending.values())
            self._pending.clear()
        for future in failed:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)

    def _ending(self) -> str:
        """Return how the process ended, which is known a moment after its output has."""
        try:
            return f"status {self._process.wait(END_S)}"
        except subprocess.TimeoutExpired:
            return "it closed its output"


@contextmanager
def piped(launch: Launch) -> Iterator[PipeProcess]:
    """Start a process and speak with it; it is ended with the context."""
    with ExitStack() as stack:
        pipe = PipeProcess(stack.enter_context(running(launch)))
        try:
            yield pipe
        finally:
            stack.close()  # ends the process, and whoever else holds its pipes
            pipe.close()
