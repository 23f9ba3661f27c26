"""An engine's process as the worker sees it, with its other end in the test's hand."""

import concurrent.futures
import os
import pickle
import threading

import pytest

from app.errors import ClientGoneError, DeadlineExceededError, EngineError, WeightsError
from app.imaging.shared_picture import SharedPicture
from app.inference.engine_client import EngineClient, NotSentError
from app.pipeline.result import Line, Page, Run, StageTimings
from app.processes import shared_memory
from app.processes.channel import Channel, Message
from app.scheduling.deadline import Deadline
from tests.options import page_options

PATIENCE = 30
PAGE = Page(0, 2, 1, 0, (Line("text", 0.5, ((0, 0), (1, 0), (1, 1), (0, 1))),))
OPTIONS = page_options(960, 0.25, words=True)


@pytest.fixture
def engine():
    """The engine's end of the channel, the client, and who heard of its end."""
    near, far = Channel.pair()
    other, ended = Channel(far), []
    other.send(Message({"pid": 4711}))
    other.send(Message({"load_seconds": 1.5, "warm_up_seconds": 0.5}))
    client = EngineClient(near, ended.append)
    took = client.await_ready(PATIENCE)
    assert (client.pid, took.load, took.warm_up) == (4711, 1.5, 0.5)
    yield other, client, ended
    other.close()


@pytest.fixture
def picture():
    """A picture of two pixels."""
    file, memory = shared_memory.create(6)
    memory[:] = b"abcdef"
    with SharedPicture(file, 1, 2, truncated=False, pages=1) as shared:
        yield shared


@pytest.fixture
def asking(engine, picture, background):
    """A request under way: its run, what it comes to, and what the engine was sent."""

    def start(deadline=None):
        run = Run(7, deadline or Deadline(PATIENCE), OPTIONS)
        future = background(lambda: engine[1].recognise(picture, run))
        message = engine[0].receive(PATIENCE)
        return run, future, message

    return start


@pytest.fixture
def background():
    """Run in a thread; returns a future."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        yield pool.submit


def test_a_picture_goes_over_as_shared_memory(engine, asking):
    """With its size, its place in the order, its time and its options; page and timings come back."""
    run, future, message = asking()
    assert shared_memory.attach(message.files[0], 6)[:] == b"abcdef"
    head = message.head
    assert (head["height"], head["width"], head["ticket"]) == (1, 2, 7)
    assert pickle.loads(message.blob) == OPTIONS  # noqa: S301 - the client's own
    assert Deadline(*head["deadline"]).remaining() == pytest.approx(run.deadline.remaining(), abs=1)
    engine[0].send(Message({"id": head["id"]}, pickle.dumps((PAGE, StageTimings(detect=0.25)))))
    assert future.result(PATIENCE) == PAGE
    assert run.timings.detect == 0.25
    assert (engine[1].answered, engine[1].in_flight, engine[1].faults) == (1, 0, 0)


def test_answers_go_to_whom_they_belong(engine, asking):
    """In whatever order they come."""
    first, second = asking(), asking()
    for number, (_, _, message) in ((2, second), (1, first)):
        message.close()
        page = Page(number, 1, 1, 0, ())
        engine[0].send(Message({"id": message.head["id"]}, pickle.dumps((page, StageTimings()))))
    assert first[1].result(PATIENCE).index == 1
    assert second[1].result(PATIENCE).index == 2


@pytest.mark.parametrize(("error", "faults"), [(EngineError("broken"), 1), (DeadlineExceededError("late"), 0)])
def test_errors_come_through(engine, asking, error, faults):
    """With class and text; those that are the engine's own are counted."""
    _, future, message = asking()
    message.close()
    engine[0].send(Message({"id": message.head["id"], "failed": True}, pickle.dumps(error)))
    with pytest.raises(type(error), match=str(error)):
        future.result(PATIENCE)
    assert engine[1].faults == faults


def test_an_end_is_told_to_all_that_wait_and_to_all_that_come(engine, asking, picture):
    """Nobody waits for an engine that is gone, and its supervisor hears of it."""
    requests = [asking() for _ in range(3)]
    for _, _, message in requests:
        message.close()
    engine[0].close()
    for _, future, _ in requests:
        with pytest.raises(EngineError, match="ended"):
            future.result(PATIENCE)
    while not engine[2]:
        pass
    assert engine[2] == [engine[1]]
    with pytest.raises(NotSentError, match="ended"):
        engine[1].recognise(picture, Run(1, Deadline(60), OPTIONS))


def test_who_gives_up_is_not_worked_for(engine, asking):
    """The engine is told at once, and the request ends with what the engine then says."""
    deadline = Deadline(PATIENCE)
    _, future, message = asking(deadline)
    message.close()
    deadline.client_left()
    assert engine[0].receive(PATIENCE).head == {"abandon": message.head["id"]}
    engine[0].send(Message({"id": message.head["id"], "failed": True}, pickle.dumps(DeadlineExceededError("given up"))))
    with pytest.raises(ClientGoneError):
        future.result(PATIENCE)


def test_no_answer_in_time_is_no_answer(engine, asking, monkeypatch):
    """An engine that does not even say that the time is up keeps nobody waiting."""
    monkeypatch.setattr("app.inference.engine_client._ANSWER_GRACE_SECONDS", 0.01)
    _, future, message = asking(Deadline(0.05))
    message.close()
    with pytest.raises(DeadlineExceededError, match="recognise"):
        future.result(PATIENCE)
    assert engine[1].in_flight == 0


def test_an_engine_tells_when_nothing_is_left_to_warm(engine):
    """Whoever takes a snapshot of the service waits for that; it is there from then on."""
    other, client, _ = engine
    assert not client.is_warm.is_set()
    other.send(Message({"warm": True}))
    assert client.is_warm.wait(PATIENCE)


def test_what_runs_is_asked_for(engine):
    """Until the answer comes the question counts as unanswered."""
    engine[1].ping()
    engine[1].ping()
    assert engine[1].unanswered_pings == 2
    assert engine[0].receive(PATIENCE).head == {"ping": True}
    with pytest.raises(TimeoutError):  # it is asked once until it answers: questions do not pile up
        engine[0].receive(0.1)
    heard = threading.Event()
    engine[0].send(Message({"pong": True, "running": ["detect 3"]}))
    for _ in range(PATIENCE * 100):
        if engine[1].running:
            break
        heard.wait(0.01)
    assert (engine[1].running, engine[1].unanswered_pings) == (["detect 3"], 0)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ([{"pid": 1}, ({"failed": True}, WeightsError("no file"))], WeightsError),
        ([{"pid": 1}], EngineError),
        ([], Exception),
    ],
)
def test_an_engine_that_cannot_be_loaded_is_told(sent, error):
    """With its own reason, or that it ended; nobody waits."""
    near, far = Channel.pair()
    other = Channel(far)
    for message in sent:
        head, blob = message if isinstance(message, tuple) else (message, None)
        other.send(Message(head, pickle.dumps(blob) if blob else b""))
    other.close()
    client = EngineClient(near, lambda _: pytest.fail("it never served"))
    with pytest.raises(error):
        client.await_ready(PATIENCE)
    near.close()


def test_an_engine_that_takes_too_long_is_given_up():
    """Starting has a limit."""
    near, far = Channel.pair()
    other = Channel(far)
    other.send(Message({"pid": os.getpid()}))
    with pytest.raises(EngineError, match="not ready within"):
        EngineClient(near, lambda _: None).await_ready(0.05)
    near.close()
    other.close()


def test_an_engine_that_stands_still_does_not_hold_up_who_sends(engine):
    """Its socket is full at some time: then it is taken for gone, and its supervisor hears of it."""
    engine[1]._channel.limit_sending(1)

    def ask_for_ever():
        while True:
            engine[1].unanswered_pings = 0
            engine[1].ping()

    with pytest.raises(EngineError, match="ended"):
        ask_for_ever()
    while not engine[2]:
        pass
    assert engine[1].has_ended
