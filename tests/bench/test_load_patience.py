"""Clients that come back when a refusal says, until their patience ends."""

from pathlib import Path

import pytest

from bench.cli import main
from bench.load.generator import Policy
from bench.load.named_run import NamedRun
from bench.load.result import LoadResult
from bench.load.schedule import ClosedLoop
from bench.load.sections import _waits
from bench.load.summary import summarise
from bench.load.target import Answer
from bench.report.document import read_documents
from tests.bench.load_samples import load_run
from tests.bench.virtual_time import Server, generate

BUSY = Answer("http 503 queue_full", retry_after_s=2.0, status=503, named_wait_s=2.0)


def test_patience_outlasts_refusals():
    """A client asks again after each wait as long as its request is young enough, and all of it is latency."""
    answers = iter([BUSY] * 4 + [Answer(status=200)])
    (outcome,) = generate(Server(answer=lambda _: next(answers)), ClosedLoop(1, 1), Policy(patience_s=60))
    assert (outcome.cause, outcome.retries, outcome.status) == ("", 4, 200)
    assert outcome.latency_s == 5 * 0.25 + 4 * 2.0


def test_patience_ends():
    """No request is sent later than its patience after it was due; what is then known is the last refusal."""
    server = Server(answer=lambda _: BUSY)
    (outcome,) = generate(server, ClosedLoop(1, 1), Policy(patience_s=5))
    assert len(server.sent) == 3  # at 0, 2.25 and 4.5 s; the next would leave at 6.75 s
    assert (outcome.cause, outcome.status, outcome.named_wait_s) == ("http 503 queue_full", 503, 2.0)


def test_patience_counts_from_the_first_try_of_each_request():
    """A client's second request has its whole patience again."""
    server = Server(answer=lambda _: BUSY)
    outcomes = generate(server, ClosedLoop(1, 2), Policy(patience_s=5))
    assert [outcome.retries for outcome in outcomes] == [2, 2]


def test_closed_loop_that_time_ends():
    """Nobody sends another request once the time is up, and what is under way is waited for."""
    outcomes = generate(Server(), ClosedLoop.lasting(3, 1.1))
    assert len(outcomes) == 3 * 5
    assert max(outcome.done_s for outcome in outcomes) == 1.25


def test_pause_after_a_failure():
    """A client whose request failed waits before its next, one that had its answer does not."""
    server = Server(answer=lambda index: Answer("connection refused") if index == 0 else Answer())
    outcomes = generate(server, ClosedLoop(1, 3), Policy(pause_s=1.0))
    assert [outcome.sent_s for outcome in outcomes] == [0.0, 1.25, 1.5]


def test_retries_are_shown():
    """How many requests asked again, how often, and the most of one are a row; a run without any is none."""
    answers = iter([BUSY, BUSY, Answer(), Answer(), BUSY, Answer()])
    outcomes = generate(Server(answer=lambda _: next(answers)), ClosedLoop(1, 3), Policy(patience_s=60))
    summary = summarise(outcomes)
    assert (summary.retries, summary.retried, summary.most_retries) == (3, 2, 2)
    table = _waits([NamedRun("1 client", "x", load_run(outcomes)), NamedRun("2", "x", load_run([]))])
    assert [row[:5] for row in table.rows] == [("1 client", "3", "2", "3", "2")]


@pytest.mark.parametrize(("patience", "status"), [((), 1), (("--patience", "60"), 0)])
def test_queue_that_is_too_short(patience: tuple[str, ...], status: int, tmp_path: Path):
    """More clients than a service has room for: polite ones are all answered, others are refused, and both is said."""
    out = tmp_path / "load.json"
    settings = ("OCR_ENGINE=null", "OCR_NULL_DELAY_SECONDS=0.02", "OCR_QUEUE_SIZE=2")
    setting = [word for one in settings for word in ("--setting", one)]
    load = ("--concurrency", "24", "--requests", "48", "--warm-up", "0", *patience)
    assert main(["load", *setting, *load, "--images", "tests/images/latin.png", "--out", str(out)]) == status
    (run,) = read_documents(out)[0].result_as(LoadResult).runs
    assert (run.summary.succeeded == 48) == (status == 0)
    assert (run.summary.retries > 0) == (status == 0)
    assert set(run.summary.causes) <= {"http 503 queue_full"}
