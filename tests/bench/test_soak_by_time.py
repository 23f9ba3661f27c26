"""``bench soak --seconds``: what is told for each span, and what ends in status 1."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from bench.cli import main
from bench.load.result import MemoryPoint
from bench.load.scrape import Scrape
from bench.report.document import read_documents
from bench.soak.command import report_faults
from bench.soak.replacement_watch import replacements
from bench.soak.result import SoakResult, soak_result
from bench.soak.span import Extent, Span, grown, spans
from tests.bench.load_samples import MIB, consumption, load_run, outcome
from tests.conftest import ROOT, Service

SHORT = ("--capacity-seconds", "0.3", "--longest", "96")


def point(at_s: float, mib: int = 100, descriptors: int = 10, threads: int = 5) -> MemoryPoint:
    """What was seen of a process tree."""
    return MemoryPoint(at_s, 0, mib * MIB, mib * MIB, 2, threads, descriptors)


def span(descriptors: int = 10, threads: int = 5) -> Span:
    """A span with so many descriptors and threads at their least."""
    extents = (Extent(descriptors, descriptors + 30), Extent(threads, threads + 9), Extent(2, 2))
    return Span(0.0, 10.0, 100, {}, None, MIB, MIB, *extents)


def test_spans_by_hand():
    """Answers count where they came, errors by cause; memory is the median, and the idle end is not looked at."""
    outcomes = [outcome(at_s) for at_s in (1, 9, 10, 19.5)] + [outcome(15, "http 503 x"), outcome(20.5)]
    seen = [point(1, 10), point(2, 30), point(3, 20), point(11, 50, 12, 6), point(12, 0), point(14, 50, 40, 9)]
    found = spans(outcomes, [*seen, point(30, 900, 1, 1)], [(0.0, 3), (9.0, 4), (40.0, 6)], 10)
    assert [(one.at_s, one.seconds, one.requests) for one in found] == [(0.0, 10.0, 2), (10.0, 10.5, 4)]
    assert [dict(one.causes) for one in found] == [{}, {"http 503 x": 1}]
    assert [one.pss_bytes // MIB for one in found] == [20, 50]
    assert (found[1].descriptors, found[1].threads) == (Extent(12, 40), Extent(6, 9))
    assert [one.replacements for one in found] == [4, 6]


def test_last_span_may_be_short():
    """A run that ends early has a last span of what there was; no answer at all is no span."""
    assert [one.seconds for one in spans([outcome(5), outcome(14)], [], [], 10)] == [10, 4]
    assert spans([], [point(1)], [], 10) == ()


@pytest.mark.parametrize(
    ("late", "said"),
    [
        (span(), []),
        (span(9, 4), []),
        (span(descriptors=11), ["descriptors grew from 10 to 11, at their least"]),
        (span(11, 6), ["descriptors grew from 10 to 11, at their least", "threads grew from 5 to 6, at their least"]),
    ],
)
def test_what_stays(late: Span, said: list[str]):
    """More descriptors or threads in the last span than in the one behind the first are told; the first is settling."""
    assert grown([span(1, 1), span(), span(99, 99), late]) == said


def test_too_short_to_tell():
    """Two spans cannot tell what stays, which is no good result."""
    assert grown([span(), span()]) == ["2 spans are too few to tell what stays: at least 3"]


def soaked(*, ended: int, replaced: int) -> SoakResult:
    """A soak of flat memory during which processes ended, and were counted as replaced."""
    used = replace(consumption([(20, 100), (70, 100), (119, 100), (120, 100)]), ended=ended)
    run = load_run([outcome(float(number + 1)) for number in range(120)], used=used)
    return replace(soak_result(run, 20), spans=tuple(replace(span(), replacements=replaced) for _ in range(3)))


@pytest.mark.parametrize(("ended", "replaced", "is_fault"), [(0, 0, False), (2, 2, False), (2, 1, True), (1, 0, True)])
def test_processes_that_end(ended: int, replaced: int, is_fault: bool):  # noqa: FBT001 - a table
    """A process that ended is a fault unless the service says that it replaced it."""
    assert report_faults(soaked(ended=ended, replaced=replaced), 3.0, Console(quiet=True)) == is_fault


def test_replacements_are_summed():
    """Every counter of replacements counts, whatever its labels; a service without any has none."""
    text = (
        "# TYPE ocr_engine_replacements counter\n"
        'ocr_engine_replacements_total{reason="hang"} 2.0\nocr_engine_replacements_total{reason="crash"} 1.0\n'
    )
    assert replacements(Scrape.parse(text)) == 3
    assert replacements(Scrape.parse("ocr_ready 1\n")) is None


def test_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The service is started, its capacity found, and a row told for each span."""
    out = tmp_path / "soak.json"
    slow = ("--setting", "OCR_ENGINE=null", "--setting", "OCR_NULL_DELAY_SECONDS=0.02", "--share", "0.5")
    main(["soak", "--seconds", "8", "--span", "2", "--max-growth", "1000", "--fixed", *SHORT, *slow, "--out", str(out)])
    (document,) = read_documents(out)
    result = document.result_as(SoakResult)
    assert result.capacity is not None
    assert result.run.rate == pytest.approx(0.5 * result.capacity)
    assert result.run.summary.success_rate == 1
    assert len(result.spans) >= 4
    assert sum(one.requests for one in result.spans) == result.run.summary.requests
    assert all(one.descriptors.most > 5 and one.threads.most > 1 and one.processes.most >= 2 for one in result.spans)
    assert "By time" in capsys.readouterr().out


def test_terminated(null_service: Service, tmp_path: Path):
    """SIGTERM ends a long soak, not its report."""
    out = tmp_path / "soak.json"
    command = [sys.executable, "-m", "bench", "soak", "--url", null_service.url, "--out", str(out)]
    log = tmp_path / "log"
    with log.open("w") as stream:
        process = subprocess.Popen(
            [*command, "--seconds", "600", *SHORT], cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT
        )
    end = time.monotonic() + 60
    while "now " not in log.read_text():
        assert time.monotonic() < end
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    before = null_service.metric("ocr_requests_total", route="/ocr", code="200")
    while null_service.metric("ocr_requests_total", route="/ocr", code="200") < before + 20:
        assert time.monotonic() < end
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 130, log.read_text()
    result = json.loads(out.read_text())["documents"][0]["result"]
    assert not result["run"]["is_whole"]
    assert result["spans"][0]["requests"] > 10


def test_impossible_share(capsys: pytest.CaptureFixture[str]):
    """More than the capacity is no soak."""
    with pytest.raises(SystemExit):
        main(["soak", "--seconds", "10", "--share", "1.5"])
    assert "more than the capacity" in capsys.readouterr().err
