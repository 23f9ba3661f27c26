"""A library in a process of its own under load: every way in which it may fail is counted, and the run goes on."""

import asyncio
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.child_process import Launch
from bench.errors import RequestFailedError
from bench.peers.pipe_process import piped
from bench.peers.pipe_target import PipeConnection
from tests.bench.processes import is_alive

IMAGES = [Path("/pictures/one"), Path("/pictures/two")]

WORKER = """
import json, os, sys, time
def answer(request, **members):
    record = {"id": request["id"], "width": 5, "height": 4, "texts": [request["path"]], "scores": [0.5],
              "polys": [[[0, 0], [1, 0], [1, 1]]], "seconds": 0.25}
    print(json.dumps(record | members), flush=True)
requests = (json.loads(line) for line in sys.stdin)
"""


@contextmanager
def worker(tmp_path, code):
    """Run a stand-in for the worker, whose requests are ``requests``, and yield the way to it."""
    script = tmp_path / "worker.py"
    script.write_text(WORKER + textwrap.dedent(code))
    command = [sys.executable, "-I", str(script)]
    with piped(Launch(command, tmp_path, tmp_path / "log", piped=True)) as pipe:
        yield PipeConnection(pipe)


def send(connection, count, timeout_s=60.0):
    """Send so many requests at once and return their answers, those of the first request first."""

    async def run():
        async with connection.target(IMAGES, timeout_s) as target:
            return await asyncio.gather(*(target.send(index) for index in range(count)))

    return asyncio.run(run())


def causes(answers):
    """Return the answers' causes."""
    return [answer.cause for answer in answers]


def test_answers_find_their_requests_in_whatever_order_they_come(tmp_path):
    """Several pictures are in flight, and an answer belongs to the request whose number it has."""
    code = """
    first, second, third = next(requests), next(requests), next(requests)
    for request in (third, first, second):
        answer(request, seconds=float(request["id"]))
    """
    with worker(tmp_path, code) as connection:
        answers = send(connection, 3)
    assert [answer.server.seconds for answer in answers] == [0.0, 1.0, 2.0]
    assert causes(answers) == ["", "", ""]
    assert answers[2].done_s <= answers[0].done_s <= answers[1].done_s


def test_requests_take_the_images_in_turn(tmp_path):
    """Request n has the n-th image read, modulo their number; what the worker says of it is the prediction."""
    with worker(tmp_path, "for request in requests: answer(request)") as connection:
        assert causes(send(connection, 5)) == [""] * 5
        prediction = connection.read(IMAGES[1])
    assert [line.text for line in prediction.lines] == [str(IMAGES[1])]
    assert (prediction.width, prediction.height) == (5, 4)
    assert prediction.seconds != 0.25, "the seconds of a single reading are the wall time, as they are for a server"


def test_a_worker_that_dies_fails_what_is_in_flight_and_what_comes(tmp_path):
    """The first answer counts; whoever waits learns of the end at once, and so does whoever comes later."""
    with worker(tmp_path, "answer(next(requests)); next(requests); sys.exit(3)") as connection:
        assert causes(send(connection, 3)) == ["", "process ended", "process ended"]
        (late,) = send(connection, 1)
        assert (late.cause, late.detail) == ("process ended", "status 3")
        with pytest.raises(RequestFailedError, match="process ended"):
            connection.read(IMAGES[0])


def test_garbage_fails_what_is_in_flight_and_the_next_answer_counts(tmp_path):
    """A line that is no answer is counted as malformed with the line in the detail; the worker may go on."""
    code = """
    next(requests)
    print("Segmentation what?", flush=True)
    answer(next(requests))
    """
    with worker(tmp_path, code) as connection:
        (garbage,) = send(connection, 1)
        assert garbage.cause == "malformed"
        assert "Segmentation" in garbage.detail
        assert causes(send(connection, 1)) == [""]


@pytest.mark.parametrize("line", ['"text"', "[1]", "{}", '{"id": []}', '{"id": 99}', "\\xff"])
def test_json_that_is_no_answer_is_garbage_too(tmp_path, line):
    """Only an object with the number of a request in flight is an answer."""
    with worker(tmp_path, f"next(requests); sys.stdout.buffer.write({line!r}.encode() + b'\\n')") as connection:
        assert causes(send(connection, 1)) == ["malformed"]


def test_an_answer_without_its_members_is_malformed(tmp_path):
    """An answer that has the number and not the lines counts as malformed, alone."""
    code = "answer(next(requests), scores=[]); answer(next(requests))"
    with worker(tmp_path, code) as connection:
        assert causes(send(connection, 2)) == ["malformed", ""]


def test_an_image_that_cannot_be_read_is_a_failure_of_its_own(tmp_path):
    """The worker's own error is counted apart, with its words in the detail."""
    with worker(tmp_path, "answer(next(requests), error='no picture'); answer(next(requests))") as connection:
        answers = send(connection, 2)
    assert causes(answers) == ["not read", ""]
    assert answers[0].detail == "no picture"


def test_a_worker_that_hangs_is_timed_out_and_its_late_answer_is_nobody_elses(tmp_path):
    """A request is given up after its time; when its answer comes after all it disturbs nobody."""
    code = """
    late = next(requests)
    other = next(requests)
    answer(late, texts=["late"])
    answer(other)
    """
    with worker(tmp_path, code) as connection:
        assert causes(send(connection, 1, timeout_s=0.01)) == ["timeout"]
        assert [line.text for line in connection.read(IMAGES[0]).lines] == [str(IMAGES[0])]


def test_a_single_reading_is_timed_out_too(tmp_path):
    """The accuracy bench does not wait for ever either."""
    with worker(tmp_path, "time.sleep(600)") as connection, pytest.raises(RequestFailedError, match="timeout"):
        connection.read(IMAGES[0], timeout_s=0.01)


def test_a_worker_that_reads_nothing_does_not_stop_the_sender(tmp_path):
    """More requests than a pipe holds are sent to a process that stands still: all are timed out, none blocks."""
    with worker(tmp_path, "time.sleep(600)") as connection:
        assert causes(send(connection, 3000, timeout_s=0.5)) == ["timeout"] * 3000


def test_a_fresh_picture_is_a_file_until_there_is_an_answer(tmp_path):
    """Each request has the next picture read; its file is there for the worker, and gone once answered or given up."""
    code = """
    for request in requests:
        content = open(request["path"]).read()
        if content != "slow":
            answer(request, seconds=float(content))
    """
    files = []
    with worker(tmp_path, code) as connection:
        ask = connection.pipe.ask
        connection.pipe.ask = lambda image: files.append(image) or ask(image)

        async def run(content, timeout_s):
            async with connection.fresh_target(lambda: content, timeout_s) as target:
                return await target.send(0)

        good = [asyncio.run(run(content, 60.0)) for content in (b"1.5", b"2.5")]
        slow = asyncio.run(run(b"slow", 0.05))
    assert [answer.server.seconds for answer in good] == [1.5, 2.5]
    assert slow.cause == "timeout"
    assert len(set(files)) == 3
    assert not [file for file in files if file.exists()]


def test_the_process_ends_with_the_context(tmp_path):
    """Whatever the worker does, it and its children are gone afterwards."""
    code = """
    import subprocess
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    answer(next(requests), texts=[str(child.pid)])
    time.sleep(600)
    """
    with worker(tmp_path, code) as connection:
        child = int(connection.read(IMAGES[0]).lines[0].text)
    assert not is_alive(child)
