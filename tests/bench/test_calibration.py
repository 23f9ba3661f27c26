"""``bench calibrate``: what it expects, what it reads of wrk, and that it makes every check.

Whether its figures are right on this machine is for the command itself to say: no test asserts a time.
"""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.calibration import command, wrk
from bench.calibration.check import CalibrationResult, Check, latency_checks
from bench.cli import main
from bench.errors import BenchError
from bench.load.distribution import Distribution
from bench.report.document import read_documents

WRK = """Running 1s test @ http://127.0.0.1:9000/ocr
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   101.51ms    0.52ms 103.21ms   71.43%
    Req/Sec    78.90      4.00    80.00     90.00%
  79 requests in 1.00s, 32.11KB read
{remark}Requests/sec:     {rate}
Transfer/sec:     32.04KB
"""

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Put a program named wrk on the PATH, which keeps its arguments and the script that it was given."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def write(output: str, status: int = 0) -> Path:
        (folder / "output").write_text(output)
        program = folder / "wrk"
        script = f'#!/bin/sh\ncd "{folder}"\necho "$@" > arguments\nfor last; do :; done\ncp "$5" script.lua\n'
        program.write_text(f"{script}cat output\nexit {status}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return folder

    return write


def test_check():
    """A figure is off by a share of what was expected, and holds up to its limit, above and below."""
    assert Check("x", "mean", "ms", 200, 203, 0.02).deviation == pytest.approx(0.015)
    assert Check("x", "mean", "ms", 200, 197, 0.02).deviation == pytest.approx(-0.015)
    measured = {190: False, 196.5: True, 200: True, 203.5: True, 210: False}
    assert {value: Check("x", "mean", "ms", 200, value, 0.02).holds for value in measured} == measured


def test_latency_checks():
    """Named figures are compared in ms; a percentile that is not known is left out."""
    expected, found = Distribution.of([0.5] * 50), Distribution.of([0.25] * 49 + [0.75])
    assert expected is not None
    assert found is not None
    checks = latency_checks("loop", expected, found, ("mean_s", "p50_s", "p99_s", "max_s"), 0.02)
    assert [(check.figure, check.expected, check.measured) for check in checks] == [
        ("mean", 500, 260),
        ("p50", 500, 250),
        ("max", 500, 750),
    ]


def test_wrk(install: Install):
    """It is asked for as many connections and seconds, posts the picture, and its rate is read."""
    folder = install(WRK.format(remark="", rate="79.41"))
    assert wrk.is_installed()
    assert wrk.load("http://127.0.0.1:9000", b"picture", 8, 3) == wrk.WrkResult(79.41, pytest.approx(0.10151))
    arguments = (folder / "arguments").read_text()
    assert "-c8 -d3s" in arguments
    assert arguments.endswith("http://127.0.0.1:9000/ocr\n")
    assert 'wrk.method = "POST"' in (folder / "script.lua").read_text()


@pytest.mark.parametrize(
    ("output", "status"),
    [
        (WRK.format(remark="  Non-2xx or 3xx responses: 79\n", rate="79.41"), 0),
        (WRK.format(remark="  Socket errors: connect 0, read 3, write 0, timeout 1\n", rate="79.41"), 0),
        (WRK.format(remark="", rate="79.41"), 1),
        ("unable to connect to 127.0.0.1:9000 Connection refused\n", 1),
        ("", 0),
    ],
)
def test_wrk_that_fails(install: Install, output: str, status: int):
    """A rate of failures is none: whatever wrk complains of ends the comparison, and is shown."""
    install(output, status)
    with pytest.raises(BenchError, match=f"wrk ended with status {status}"):
        wrk.load("http://127.0.0.1:9000", b"picture", 8, 3)


def test_wrk_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where there is no wrk, that is known before it is called."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not wrk.is_installed()


@pytest.mark.parametrize("has_wrk", [True, False])
def test_calibration(has_wrk: bool, install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # noqa: FBT001
    """Every experiment is made on the real service, each figure is checked, and all are written, right or wrong."""
    monkeypatch.setattr(command, "DELAY_S", 0.05)
    if has_wrk:
        install(WRK.format(remark="", rate="80.0"))
    else:
        monkeypatch.setattr(command, "EXPERIMENTS", command.EXPERIMENTS[:1])
        monkeypatch.setattr(wrk, "is_installed", lambda: False)
    out = [tmp_path / f"calibration.{suffix}" for suffix in ("json", "md", "html")]
    status = main(["calibrate", "--seconds", "0.4", *(word for path in out for word in ("--out", str(path)))])
    (document,) = read_documents(out[0])
    result = document.result_as(CalibrationResult)
    assert status == (0 if all(check.holds for check in result.checks) else 1)
    figures: dict[str, set[str]] = {}
    for check in result.checks:
        figures.setdefault(check.experiment, set()).add(check.figure)
    names = ["closed loop, 4 clients"]
    if has_wrk:
        names += ["open loop, 8/s", "a fifth is garbage", "open loop, stall of 0.04 s"]
        names += ["against wrk, 4 connections, 50 ms"]
    assert list(figures) == names
    assert figures[names[0]] >= {"mean", "p50", "p90", "throughput", "success"}
    assert {(check.figure, check.measured) for check in result.checks if check.figure == "success"} >= {
        ("success", 100)
    }
    if has_wrk:
        garbage = {check.figure: check.measured for check in result.checks if check.experiment == names[2]}
        assert garbage == {"success": 80, "http 415 unsupported_media_type": 20}
        throughput, mean = result.checks[-2:]
        assert (throughput.figure, throughput.expected) == ("throughput", 80)
        assert (mean.figure, mean.expected) == ("mean", pytest.approx(101.51))
    else:
        assert result.notes == (command.WITHOUT_WRK,)
        assert "wrk is not installed" in out[1].read_text(encoding="utf-8")
    assert "Known figures, measured" in out[2].read_text(encoding="utf-8")
