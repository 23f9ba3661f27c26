"""``bench burst`` from its command line to its report, on the null engine."""

import argparse
import asyncio
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bench.burst import command
from bench.burst.arguments import default_cpus, prewarmed_of, schedule_of
from bench.burst.measurement import Trial
from bench.burst.result import BurstResult, BurstRun
from bench.errors import BenchError
from bench.load.schedule import ClosedLoop, OpenLoop
from bench.report.document import read_documents
from tests.bench.test_burst_billing import result_of, run_burst
from tests.conftest import IMAGES

Parse = Callable[..., argparse.Namespace]


@pytest.fixture
def parse() -> Parse:
    """Return what parses the arguments behind ``bench burst``."""
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    return lambda *arguments: parser.parse_args(["burst", *arguments])


def test_a_burst_is_replayed_for_each_number_of_prewarmed(
    parse: Parse, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Real processes: without prewarming two cold starts, with two prewarmed none; JSON and table both have it."""
    out = tmp_path / "burst.json"
    arguments = parse(
        *("--prewarmed", "0,2", "--cap", "2", "--burst", "4", "--memory-mb", "512", "--cpus", "1"),
        *("--setting", "OCR_ENGINE=null", "--images", str(IMAGES / "latin.png"), "--out", str(out)),
    )
    assert arguments.run(arguments) == 0
    (document,) = read_documents(out)
    result = document.result_as(BurstResult)
    assert (document.command, document.label) == ("burst", "null, 512 MiB, 1 CPUs")
    assert [(run.prewarmed, run.cold_starts, run.instances) for run in result.runs] == [(0, 2, 2), (2, 0, 2)]
    assert [run.summary.succeeded for run in result.runs] == [4, 4]
    cold, warm = result.runs
    assert cold.cold is not None
    assert cold.cold.count == 4
    assert cold.init_s > 0
    assert warm.cold is None
    assert (warm.init_s, warm.reserved_s) == (0.0, 2 * warm.wall_s)
    printed = capsys.readouterr().out
    assert "P = 0" in printed
    assert "P = 2" in printed


def test_failed_requests_end_with_status_1(parse: Parse, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No picture: the service refuses every request, and which run fell short is said."""
    (tmp_path / "no.png").write_bytes(b"no picture")
    arguments = parse(
        *("--prewarmed", "1", "--cap", "1", "--burst", "1", "--memory-mb", "512", "--cpus", "1"),
        *("--setting", "OCR_ENGINE=null", "--images", str(tmp_path / "no.png")),
    )
    assert arguments.run(arguments) == 1
    assert "P = 1: 0 of 1 succeeded" in capsys.readouterr().out


@pytest.fixture(autouse=True)
def command_line_handlers() -> Iterator[None]:
    """Have signals do what they do in a command: end it as Ctrl-C does."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Have no process started, and a signal sent as the run with so many prewarmed instances begins."""

    def send(number: int, at: int) -> None:
        async def try_start(_: object) -> Trial:
            return Trial(1.5, {"engine": "fake"})

        async def replay(*arguments: object) -> BurstRun:
            if arguments[3] == at:
                signal.raise_signal(number)
                await asyncio.sleep(60)
            return canned

        canned = run_burst(ClosedLoop(2, 4), 0)
        monkeypatch.setattr(command, "try_start", try_start)
        monkeypatch.setattr(command, "replay", replay)

    return send


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_burst_reports_what_was_over(
    parse: Parse, signalled: Callable[[int, int], None], tmp_path: Path, number: int
) -> None:
    """The run with none prewarmed is published, the others are named, the status is 130; handlers are as they were."""
    signalled(number, 1)
    out = tmp_path / "burst.json"
    arguments = parse("--prewarmed", "0,1,2", "--memory-mb", "64", "--cpus", "0.5", "--out", str(out))
    assert arguments.run(arguments) == 130
    assert [signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGHUP)] == [signal.default_int_handler] * 2
    (document,) = read_documents(out)
    result = document.result_as(BurstResult)
    assert ([run.prewarmed for run in result.runs], result.unmeasured) == ([0], (1, 2))
    assert document.service == {"engine": "fake"}


def test_a_burst_interrupted_before_anything_is_over_is_no_report(
    parse: Parse, signalled: Callable[[int, int], None], tmp_path: Path
) -> None:
    """Ctrl-C goes on to the command line, which ends with 130; nothing takes the place of an earlier report."""
    signalled(signal.SIGTERM, 0)
    out = tmp_path / "burst.json"
    arguments = parse("--prewarmed", "0", "--memory-mb", "64", "--cpus", "0.5", "--out", str(out))
    with pytest.raises(KeyboardInterrupt):
        arguments.run(arguments)
    assert not out.exists()


def test_57_of_100_are_57_per_cent() -> None:
    """Though 100 times 0.57 is less than 57; one fewer is too few."""
    run = run_burst(ClosedLoop(2, 4), 0)
    result = result_of(replace(run, summary=replace(run.summary, requests=100, succeeded=57)))
    assert command._success(result, 57.0, Console()) == 0
    assert command._success(result, 57.5, Console()) == 1


def test_schedules(parse: Parse) -> None:
    """A client a place and ten requests each where nothing is said; all at once; Poisson."""
    assert schedule_of(parse("--cap", "3", "--instance-concurrency", "2")) == ClosedLoop(6, 60)
    assert schedule_of(parse("--clients", "2", "--requests", "7")) == ClosedLoop(2, 7)
    burst = schedule_of(parse("--burst", "3"))
    assert isinstance(burst, OpenLoop)
    assert burst.arrivals == (0.0, 0.0, 0.0)
    assert schedule_of(parse("--rate", "5", "--duration", "20")) == OpenLoop.poisson(5, 20, 1)


@pytest.mark.parametrize("arguments", [("--prewarmed", "0,5"), ("--rate", "5", "--requests", "3")])
def test_arguments_that_contradict_each_other_are_refused(parse: Parse, arguments: tuple[str, ...]) -> None:
    """More prewarmed than the cap; a number of requests for a rate."""
    parsed = parse(*arguments)
    with pytest.raises(BenchError):
        parsed.run(parsed)


def test_prewarming_goes_up_to_the_cap(parse: Parse) -> None:
    """Where nothing is said the last run has all instances prewarmed, so that it shows what is left without starts."""
    assert prewarmed_of(parse()) == [0, 1, 2, 4]
    assert prewarmed_of(parse("--cap", "1")) == [0, 1]
    assert prewarmed_of(parse("--prewarmed", "3,0")) == [3, 0]


def test_instances_are_promised_no_more_cpu_than_there_is() -> None:
    """Lambda's share for the memory, or an equal share of a small machine; never nothing."""
    assert default_cpus(1769, 64, 4) == 1.0
    assert default_cpus(1024, 64, 4) == 0.57
    assert default_cpus(1024, 2, 4) == 0.5
    assert default_cpus(1, 64, 4) == 0.01
