"""A WSGI application without a framework, for what the service itself never does. Run by gunicorn."""

import json
import types

from app.errors import OcrError
from app.settings import Settings


class Application:
    """Answers with what it saw. Wants no body on /unwanted and /changes-its-mind; cannot tell on /undecided."""

    def __init__(self):
        runtime = types.SimpleNamespace(settings=Settings(), wants_body=self._wants_body, drain=lambda: None)
        self.extensions = {"ocr": runtime}
        self._asked = []

    def __call__(self, environ, start_response):
        """Answer in pieces, without a length."""
        path, error = environ["PATH_INFO"], environ["ocr.refusal"]
        if error is None and path == "/fails":
            raise ZeroDivisionError
        try:
            body = b"" if error or path == "/unwanted" else environ["wsgi.input"].read()
        except OcrError as refusal:
            body, error = b"", refusal
        start_response("200 OK", [("Content-Type", "application/json")])
        seen = {"path": path, "code": error and error.code, "body": body.decode(), "asked": self._asked[-1:]}
        yield json.dumps(seen).encode()
        if path == "/fails-late" and not environ["ocr.refusal"]:
            raise ZeroDivisionError
        yield b"\n"

    def _wants_body(self, method, path, headers, length):
        self._asked.append([method, path, headers.get("x-key"), length])
        if path == "/undecided":
            raise ZeroDivisionError
        return path not in {"/unwanted", "/changes-its-mind"}


app = Application()
