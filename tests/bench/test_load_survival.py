"""Whatever a server does in mid-run is counted by cause, and the run ends with a report."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bench.cli import main
from bench.load.result import LoadResult
from bench.report.document import read_documents
from tests.bench.broken_server import FAULTS, broken
from tests.conftest import Service

SUFFIXES = ("json", "md", "html")
ALIKE = {
    "is empty",
    "is another document",
    "has no page",
    "is not compressed as it says",
    "hangs up in a header",
    "lies about its length",
}
"""Faults whose cause another has, too; test_load_http_target.py holds each."""


def load(folder: Path, url: str, *more: str, command: str = "load") -> tuple[int, LoadResult]:
    """Run a command that writes every kind of report; returns its status and what the JSON holds."""
    out = [word for suffix in SUFFIXES for word in ("--out", str(folder / f"out.{suffix}"))]
    status = main([command, "--url", url, "--timeout", "0.5", *more, *out])
    (document,) = read_documents(folder / "out.json")
    return status, document.result_as(LoadResult)


@pytest.mark.parametrize("fault", [name for name in FAULTS if name not in ALIKE])
def test_fault_in_mid_run(fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Each fault ends in status 1, in a report that names its cause, and in figures of what went well."""
    dies = FAULTS[fault].dies
    with broken(fault, lambda number: number >= 6 if dies else number in (6, 8)) as server:
        arguments = ("--concurrency", "2", "--requests", "12", "--warm-up", "0", "--label", "victim")
        status, result = load(tmp_path, server.url, *arguments)
    assert status == 1
    summary = result.runs[0].summary
    cause = FAULTS[fault].cause
    assert summary.requests == 12
    if dies:
        assert summary.causes[cause] >= 4
        assert set(summary.causes) <= {"connection lost", "connection refused"}
        assert summary.succeeded == 6
    else:
        assert summary.causes == {cause: 2}
        assert summary.succeeded == 10
    assert summary.client is not None
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    assert f"2 clients: {cause}" in printed.out
    assert f"{summary.succeeded} of 12 succeeded, at least 100 % must" in printed.out
    for suffix in ("md", "html"):
        assert cause in (tmp_path / f"out.{suffix}").read_text(encoding="utf-8")


def test_stall_in_an_open_loop(tmp_path: Path):
    """Arrivals go on while a server answers nothing; each is counted as timed out."""
    with broken("stalls", lambda _: True) as server:
        status, result = load(tmp_path, server.url, "--rate", "40", "--duration", "0.5", "--warm-up", "0")
    assert status == 1
    (run,) = result.runs
    assert run.summary.causes == {"timeout": run.summary.requests}
    assert run.summary.wall_s < run.summary.requests * 0.5


def test_allowed_failures(tmp_path: Path):
    """As many failures as are allowed, to the request, end in status 0."""
    arguments = ("--concurrency", "1", "--requests", "100", "--warm-up", "0", "--min-success", "57")
    with broken("is no JSON", lambda number: number >= 57) as server:
        assert load(tmp_path, server.url, *arguments)[0] == 0
    with broken("is no JSON", lambda number: number >= 56) as server:
        assert load(tmp_path, server.url, *arguments)[0] == 1


def kill_after(service: Service, requests: int) -> threading.Thread:
    """Kill every process of a service at once, when it has answered so many requests."""

    def kill() -> None:
        while service.metric("ocr_requests_total", route="/ocr") < requests:
            time.sleep(0.02)
        tree = psutil.Process(service.process.pid)
        for process in [tree, *tree.children(recursive=True)]:
            os.kill(process.pid, signal.SIGKILL)
        service.process.wait(30)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_killed_service(start_service: Callable[..., Service], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The real service, killed in the first of two runs: both are reported, with what it used while it lived."""
    service = start_service(engine="null", null_delay_seconds=0.02)
    killer = kill_after(service, 20)
    arguments = ("--concurrency", "2,4", "--requests", "200", "--warm-up", "0")
    status, result = load(tmp_path, service.url, *arguments)
    killer.join()
    assert status == 1
    first, second = result.runs
    assert 20 <= first.summary.succeeded < 200
    assert first.summary.succeeded + sum(first.summary.causes.values()) == 200
    assert set(first.summary.causes) <= {"connection lost", "connection refused"}
    assert first.consumption is not None
    assert first.consumption.peak_pss_bytes > 10 << 20
    assert first.consumption.memory[-1].pss_bytes == 0
    assert first.server_view is None
    assert second.summary.causes == {"connection refused": 200}
    assert second.consumption is None
    assert "2 clients: connection refused" in capsys.readouterr().out


def test_sweep_of_a_dying_server(tmp_path: Path):
    """A sweep goes through all its combinations, whatever has become of the server."""
    with broken("dies", lambda number: number >= 5) as server:
        arguments = ("--threads", "1,2", "--batches", "1,2", "--requests", "4", "--warm-up", "0")
        status, result = load(tmp_path, server.url, *arguments, command="sweep")
    assert status == 1
    assert [run.summary.succeeded for run in result.runs] == [4, 1, 0, 0]


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "127.0.0.1:9000", "http://127.0.0.1:port", "http://[::1"])
def test_no_service(url: str, capsys: pytest.CaptureFixture[str]):
    """Where there is nothing to measure, one line says so, and the status is 2."""
    assert main(["load", "--url", url]) == 2
    assert capsys.readouterr().err.startswith("bench: ")
