"""``bench faults``: what is counted as what, by hand, and scenarios on the null engine from end to end."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from bench.cli import main
from bench.dialects import dialect_named
from bench.faults.result import FaultsResult, Heard, faults_of
from bench.faults.scenario import Scenario
from bench.faults.scenarios import SCENARIOS, nothing
from bench.faults.slow_clients import slow_readers, slow_senders
from bench.faults.surroundings import OwnClock, set_clock
from bench.report.document import read_documents
from tests.bench.load_samples import outcome
from tests.conftest import IMAGES, Service

NULL = ("--setting", "OCR_ENGINE=null", "--images", str(IMAGES / "latin.png"), "--clients", "2", "--seconds", "4")
WIRE = dialect_named("native").encode_request([(IMAGES / "latin.png").read_bytes()], {})


def test_kinds_by_hand():
    """Refusals by their header, and broken connections by whether the request had left, are told apart."""
    heard = Heard.of(
        [
            *(outcome(1.0, status=200), outcome(5.0, status=200)),
            outcome(2.0, "http 503 x", status=503, named_wait_s=1.0),
            outcome(2.0, "http 503 x", status=503),
            outcome(2.0, "connection refused", was_sent=False),
            outcome(2.0, "connection lost", was_sent=False),
            *(outcome(2.0, "connection lost"), outcome(2.0, "timeout")),
            outcome(2.0, "http 500", status=500),
        ],
        7.0,
    )
    counts = (heard.answered, heard.refused, heard.rude, heard.unconnected, heard.broken_off, heard.lost)
    assert counts == (2, 1, 1, 1, 1, 2)
    assert heard.others == {"http 500": 1}
    assert heard.gap_s == 4.0


@pytest.mark.parametrize(
    ("scenario", "cause", "said"),
    [
        (Scenario("x", nothing), "connection lost", ("1 requests lost",)),
        (Scenario("x", nothing, has_grace=False), "connection lost", ()),
        (Scenario("x", nothing), "http 504 late", ("1 x http 504 late",)),
        (Scenario("x", nothing, may_fail=("http 504",)), "http 504 late", ()),
        (Scenario("x", nothing), "connection refused", ()),
    ],
)
def test_what_is_a_fault(scenario: Scenario, cause: str, said: tuple[str, ...]):
    """A lost request is one where there was grace, a strange answer unless the scenario allows it."""
    heard = Heard.of([outcome(status=200), outcome(cause=cause)], 1.0)
    assert faults_of(scenario, heard, "serves", is_well=True) == said
    assert faults_of(scenario, heard, "is gone", is_well=False) == (*said, "the service is gone")


def test_names_are_unique():
    """Every scenario can be chosen by its name."""
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)


def test_scenarios(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Without a fault everything is answered, a killed worker is replaced, and what is not there is skipped."""
    out = tmp_path / "faults.json"
    assert main(["faults", "--only", "none,kill-worker,kill-engine", *NULL, "--out", str(out)]) in {0, 1}
    none, killed, engine = read_documents(out)[0].result_as(FaultsResult).played
    assert none.heard is not None
    assert none.heard.answered == none.heard.requests > 0
    assert (none.after, none.faults) == ("serves", ())
    assert killed.heard is not None
    assert killed.after == "serves"
    assert engine.skipped or engine.heard is not None
    assert "What clients heard" in capsys.readouterr().out


def test_slow_clients(null_service: Service):
    """Slow clients are counted by what became of them, and end when their time is up."""
    senders = asyncio.run(slow_senders(null_service.url, WIRE, 3, 1.5))
    readers = asyncio.run(slow_readers(null_service.url, WIRE, 3, 1.5))
    assert (sum(senders.values()), sum(readers.values())) == (3, 3)
    assert not {"closed", "no connection"} & {*senders, *readers}


@pytest.mark.skipif(bool(OwnClock().missing()), reason="no C compiler")
def test_clock(tmp_path: Path):
    """The wall clock is where it is set, while the monotonic one and sleeping are as ever."""
    start = OwnClock().start(tmp_path)
    set_clock(tmp_path, -86_400)
    code = "import time; m = time.monotonic(); time.sleep(0.01); print(time.time(), time.monotonic() - m < 60)"
    plain, moved = (
        subprocess.run([sys.executable, "-c", code], env=dict(env), check=True, capture_output=True, text=True).stdout
        for env in ({}, start.environment)
    )
    assert 86_300 < float(plain.split()[0]) - float(moved.split()[0]) <= 86_400
    assert moved.split()[1] == "True"


def test_unknown_scenario(capsys: pytest.CaptureFixture[str]):
    """A scenario that there is not is one line, with those that there are."""
    assert main(["faults", "--only", "flood"]) == 2
    assert "--only flood: there are none, sigterm" in capsys.readouterr().err
