"""``bench overload``: what is counted as what, by hand, and the command from end to end on the null engine."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench.cli import main
from bench.errors import BenchError
from bench.load.outcome import Outcome
from bench.load.peak import find_peak, goodput
from bench.load.schedule import ClosedLoop
from bench.overload.command import _status
from bench.overload.result import OverloadResult, OverloadRun, overload_run
from bench.overload.sections import sections
from bench.report.document import read_documents
from bench.report.provenance import new_document
from tests.bench.load_samples import load_run, outcome
from tests.conftest import ROOT, Service

NULL = ("OCR_ENGINE=null", "OCR_NULL_DELAY_SECONDS=0.02", "OCR_QUEUE_SIZE=4")
SETTINGS = [word for one in NULL for word in ("--setting", one)]
SHORT = ("--peak-seconds", "0.5", "--seconds", "1.5", "--images", "tests/images/latin.png")


def good(latency_s: float = 0.5, **parts: Any) -> Outcome:
    """A request that was answered 200."""
    return outcome(latency_s, status=200, **parts)


def refused(latency_s: float = 0.01, wait_s: float | None = 2.0) -> Outcome:
    """A request that was refused."""
    return outcome(latency_s, "http 503 queue_full", status=503, named_wait_s=wait_s)


def loaded(outcomes: Sequence[Outcome], multiple: float | None = 5.0, own_cpu_s: float = 0.1) -> OverloadRun:
    """One load of two seconds with a deadline of three."""
    run = load_run(outcomes, clients=2 if multiple is None else None)
    return overload_run(run, outcomes, seconds=2.0, deadline_s=3.0, multiple=multiple, own_cpu_s=own_cpu_s)


def result(*runs: OverloadRun, peaks: tuple[float, ...] = (10.0, 20.0)) -> OverloadResult:
    """An overload of these loads."""
    return OverloadResult(3.0, (), peaks, runs)


def test_goodput_by_hand():
    """Only good answers within the deadline and within the seconds of the load count."""
    outcomes = [good(0.5), good(1.5), good(2.5), refused(), outcome(0.1, "http 504 deadline_exceeded", status=504)]
    assert goodput(outcomes, 2.0) == 1.0
    assert goodput(outcomes, 2.0, deadline_s=1.0) == 0.5


def test_kinds_by_hand():
    """Accepted, late, refused, out of time, lost and strange are told apart, and refusals by what they named."""
    outcomes = [
        *(good(), good(3.5), refused(0.01, 2.0), refused(0.03, 7.0), refused(0.02, None)),
        outcome(3.0, "http 504 deadline_exceeded", status=504),
        outcome(1.0, "connection lost"),
        outcome(1.0, "http 500", status=500),
        outcome(1.0, "malformed", status=200),
    ]
    run = loaded(outcomes)
    assert (run.accepted, run.missed, run.out_of_time, run.lost) == (4, 3, 1, 1)
    assert run.strange == {"connection lost": 1, "http 500": 1, "malformed": 1}
    assert (run.refusals.count, run.refusals.with_retry_after) == (3, 2)
    assert (run.refusals.least_wait_s, run.refusals.most_wait_s) == (2.0, 7.0)
    assert run.refusals.times is not None
    assert run.refusals.times.p50_s == 0.02
    assert run.offered == 4.5


def test_share_is_of_both_peaks():
    """The peak is the mean of the closed loops before and behind."""
    run = loaded([good()] * 27)
    assert result(run).share(run) == pytest.approx(13.5 / 15)


@pytest.mark.parametrize(
    ("run", "status", "said"),
    [
        (loaded([good()] * 27), 0, ""),
        (loaded([good()] * 26), 1, "goodput is 86.7 % of the peak, 90 % must"),
        (loaded([good()] * 26, multiple=0.5), 1, "0.5 x: goodput"),
        (loaded([good()] * 40 + [good(3.01)]), 1, "1 of 41 accepted requests were not answered in time"),
        (loaded([good()] * 40 + [outcome(1.0, "http 504 x", status=504)]), 1, "1 of 41 accepted"),
        (loaded([good()] * 40 + [outcome(1.0, "http 500", status=500)]), 1, "1 x http 500"),
        (loaded([good()] * 40 + [outcome(1.0, "connection lost")]), 1, "1 x connection lost"),
        (loaded([good()] * 40 + [refused()] * 90), 0, ""),
    ],
)
def test_status(run: OverloadRun, status: int, said: str, capsys: pytest.CaptureFixture[str]):
    """Too little goodput, an accepted request out of time and any strange answer end in 1, refusals do not."""
    assert _status(result(run), 90.0, Console(width=200)) == status
    printed = capsys.readouterr().out
    assert said in printed
    assert bool(said) == bool(printed)


def test_interrupted():
    """A run that Ctrl-C ended says so, whatever it found."""
    run = loaded([good()])
    assert _status(result(replace(run, run=replace(run.run, is_whole=False))), 90.0, Console()) == 130


def test_late_generator():
    """A generator that sends late, or needs a processor of its own, is told in the table."""
    late = loaded([good(intended_s=0.0, sent_s=0.2)] * 3)
    assert late.is_generator_late
    assert loaded([good()], own_cpu_s=0.5).is_generator_late
    assert not loaded([good()], own_cpu_s=0.1).is_generator_late
    document = new_document("overload", "x", settings={}, service={}, result=result(late), started_at="")
    (section,) = sections([document])
    (table,) = [part for part in section.parts if part.title == "What it took"]
    assert table.rows[0][-1] == "at its limit"


def test_search_ends_where_more_clients_bring_no_more():
    """The peak is the step that brought most; two steps without growth end the search."""
    rates = {1: 10, 2: 19, 4: 19.2, 8: 25, 16: 25.5, 32: 25.1, 64: 99}

    def send(loop: ClosedLoop) -> list[Outcome]:
        return [good(0.5)] * int(10 * rates[loop.concurrency])

    peak = find_peak(send, 10)
    assert (peak.clients, peak.goodput) == (16, 25.5)
    assert [step.clients for step in peak.steps] == [1, 2, 4, 8, 16, 32]


def test_no_peak():
    """A service that answers nothing well has no peak."""
    with pytest.raises(BenchError, match="no good answer"):
        find_peak(lambda _: [refused()], 10)


def test_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The service is started, its peak found and multiples of it sent; refusals name how long to wait."""
    out = tmp_path / "overload.json"
    load = ("--multiples", "0.5,5", "--min-share", "0", *SHORT)
    assert main(["overload", *load, *SETTINGS, "--out", str(out)]) == 0
    (document,) = read_documents(out)
    found = document.result_as(OverloadResult)
    assert [run.multiple for run in found.runs] == [None, 0.5, 5.0, None]
    assert len(found.peaks) == 2
    much = found.runs[2]
    assert much.refusals.count > 0
    assert much.refusals.with_retry_after == much.refusals.count
    assert (much.missed, much.strange) == (0, {})
    assert much.run.consumption is not None
    assert document.settings["setting"][0] == ["OCR_MODEL", "pp-ocrv6-tiny"]
    printed = capsys.readouterr().out
    assert "with Retry-After %" in printed
    assert main(["report", str(out), "--out", str(tmp_path / "again.html")]) == 0


def test_terminated(null_service: Service, tmp_path: Path):
    """SIGTERM ends the loads, not the report: what was measured is written."""
    out, log = tmp_path / "overload.json", tmp_path / "log"
    command = [sys.executable, "-m", "bench", "overload", "--url", null_service.url, "--out", str(out)]
    load = ["--multiples", "1,1", "--peak-seconds", "0.2", "--seconds", "60", "--images", "tests/images/latin.png"]
    with log.open("w") as stream:
        process = subprocess.Popen([*command, *load], cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT)
    end = time.monotonic() + 60

    def wait_for(is_there: Callable[[], bool]) -> None:
        while not is_there():
            assert time.monotonic() < end
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)

    def answered() -> float:
        return null_service.metric("ocr_requests_total", route="/ocr", code="200")

    wait_for(lambda: "60 s" in log.read_text())  # the first load that will be reported begins
    before = answered()
    wait_for(lambda: answered() > before + 20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 130, log.read_text()
    (run,) = read_documents(out)[0].result_as(OverloadResult).runs
    assert not run.run.is_whole
    assert run.accepted > 0


def test_processors_that_there_are_not(capsys: pytest.CaptureFixture[str]):
    """A processor that this machine has not, or that this process may not use, is one line."""
    assert main(["overload", "--cpus", "99999", *SETTINGS]) == 2
    assert "--cpus: there are the processors" in capsys.readouterr().err
