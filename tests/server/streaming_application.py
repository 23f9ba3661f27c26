"""A WSGI application that sends its answers while it makes them. Run by gunicorn."""

import json
import os
import threading
import time
import types

from app.settings import Settings

_PATIENCE_SECONDS = 60
_PART = b"x" * 65_536
_PARTS = 320
"""More than the kernel keeps for a client that does not read."""


class Application:
    """Streams on /steps, /fails and /floods. /next lets a stream go on; /seen tells what became of the streams."""

    def __init__(self):
        settings = Settings.from_env(os.environ)
        self.extensions = {"ocr": types.SimpleNamespace(settings=settings, drain=lambda: None)}
        self._next = threading.Semaphore(0)
        self._seen = {"hung_up": 0, "closed": 0}

    def __call__(self, environ, start_response):
        """Answer in parts, without a length."""
        path = environ["PATH_INFO"]
        start_response("200 OK", [("Content-Type", "application/json")])
        if path == "/next":
            self._next.release()
        elif path in {"/steps", "/fails", "/floods"}:
            environ["ocr.streamed"] = True
            gone = threading.Event()
            environ["ocr.connection"].on_hang_up(gone.set)
            return self._stream(path, gone)
        return [json.dumps(self._seen).encode()]

    def _stream(self, path, gone):
        try:
            yield b"first"
            if path == "/floods":
                yield from [_PART] * _PARTS
            end = time.monotonic() + _PATIENCE_SECONDS
            while not self._next.acquire(timeout=0.01) and not gone.is_set():
                assert time.monotonic() < end
            if path == "/fails":
                raise ZeroDivisionError
            yield b"last"
        finally:
            self._seen["hung_up"] += gone.is_set()
            self._seen["closed"] += 1


app = Application()
