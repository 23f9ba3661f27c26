"""An engine's process and the worker's end of it, with models that are a fake."""

import contextlib
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.errors import EngineError
from app.imaging.shared_picture import SharedPicture
from app.inference import engine_process
from app.inference.engine_client import EngineClient
from app.inference.engine_process import serve
from app.pipeline.result import Found, Line, Page, Run
from app.processes import shared_memory
from app.processes.channel import Channel, Message
from app.scheduling.deadline import Deadline
from tests.options import detection, page_options

PATIENCE = 30
CORNERS = ((0, 0), (2, 0), (2, 1), (0, 1))
LINE = Line("text", 0.5, CORNERS)
PAGE = Page(0, 2, 1, 0, (LINE,), (Found(CORNERS, False, LINE), Found(CORNERS, True, Line("", 0.0, CORNERS))))

OPTIONS = [
    page_options(960, 0.25),
    page_options(words=True, turn_page=True, turn_lines=True),
    page_options(find_lines=False),
    page_options(read_lines=False),
    replace(
        page_options(),
        detection=detection(320, threshold=0.1, box_threshold=0.2, unclip_ratio=2.0, limit_type="max", limit_side=960),
    ),
]


class Models:
    """Answers every picture with the same page, and keeps what it was asked."""

    load_seconds = warm_up_seconds = 0.0

    def __init__(self):
        self.pipeline, self.asked, self.parts = self, [], []
        self.answer = lambda: PAGE

    def recognise(self, image, run):
        """Answer."""
        self.asked.append((image.tobytes(), run.ticket, run.options))
        with run.stage("crop"):
            self.parts.append(run.parts)
        run.timings.detect = 0.25
        return self.answer()

    def warm_ahead(self, is_idle):
        """There is nothing to warm."""

    def stop(self):
        """There is nothing to stop."""


@pytest.fixture
def models(monkeypatch):
    """What the process loads."""
    models = Models()
    monkeypatch.setattr(engine_process, "load", lambda _: models)
    return models


@pytest.fixture
def client(models):
    """The worker's end, of a process that is a thread here."""
    near, far = Channel.pair()
    other = Channel(far)
    other.send(Message({"pid": 4711}))
    plan = SimpleNamespace(slots=SimpleNamespace(active_requests=2))
    serving = threading.Thread(target=serve, args=(other, plan))
    serving.start()
    client = EngineClient(near, lambda _: None)
    client.await_ready(PATIENCE)
    yield client
    client.close()
    serving.join(PATIENCE)
    other.close()
    assert not serving.is_alive()


def test_when_it_worked_is_told_who_asks(client, models):
    """By the clock that both share, and where it fails as well; who does not ask is sent nothing of it."""
    for answer, wanted in ((lambda: PAGE, None), (lambda: PAGE, []), (fail, [])):
        models.answer = answer
        file, _ = shared_memory.create(6)
        run = Run(0, Deadline(PATIENCE), OPTIONS[0], parts=wanted)
        begun = time.perf_counter()
        with SharedPicture(file, 1, 2, truncated=False, pages=1) as picture, contextlib.suppress(EngineError):
            client.recognise(picture, run)
        if wanted is None:
            assert models.parts.pop() is None
        else:
            ((name, first, last),) = run.parts
            assert name == "crop"
            assert begun <= first <= last <= time.perf_counter()


def fail():
    """The engine's trouble."""
    raise EngineError("broken")


def test_options_and_answers_come_over_as_they_are(client, models):
    """Each request's options are equal on the other side, those of detection included; so are page and timings."""
    for ticket, options in enumerate(OPTIONS):
        file, memory = shared_memory.create(6)
        memory[:] = b"abcdef"
        run = Run(ticket, Deadline(PATIENCE), options)
        with SharedPicture(file, 1, 2, truncated=False, pages=1) as picture:
            assert client.recognise(picture, run) == PAGE
        assert run.timings.detect == 0.25
    assert models.asked == [(b"abcdef", ticket, options) for ticket, options in enumerate(OPTIONS)]
