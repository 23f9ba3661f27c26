"""Who plays when, and what a contender's failure costs: its own figures and nobody else's."""

from pathlib import Path

import psutil
import pytest

from bench.compare import contest as contest_module
from bench.compare.contest import Contest
from bench.compare.result import ContenderResult
from bench.compare.sample_set import NAME, own_samples
from bench.compare.tournament import Tournament
from bench.load.schedule import ClosedLoop
from bench.usage_sampler import UsageSampler
from tests.bench.compare_stand_ins import FakePeer, interrupt_at


def contest() -> Contest:
    """Two pictures, two clients."""
    return Contest({NAME: own_samples()[:2]}, 2, 4)


def play(folder: Path, rounds: int, *peers: FakePeer) -> tuple[ContenderResult, ...]:
    """Install, play, and return everybody's results."""
    tournament = Tournament(peers, contest(), rounds)
    tournament.install(None)  # type: ignore[arg-type]
    tournament.play(folder, lambda _: None)
    return tournament.contenders


def test_each_round_begins_with_another(tmp_path: Path) -> None:
    """Nobody always plays first, when the machine is cool, or always after the same other one."""
    log: list[str] = []
    play(tmp_path, 4, *(FakePeer(name, log) for name in "abc"))
    assert "".join(log) == "abcbcacababc"


def test_figures_are_those_of_the_contender(tmp_path: Path) -> None:
    """Start, latency and accuracy as the contender had them; every label was read; memory was seen."""
    (one,) = play(tmp_path, 1, FakePeer("a"))
    (turn,) = one.rounds
    assert turn is not None
    assert (turn.cold_start_s, turn.peak_pss_bytes > 0) == (0.5, True)
    (figures,) = turn.sets
    assert figures.latency is not None
    assert (figures.name, figures.images, figures.latency.p50_s, figures.char_f1) == (NAME, 2, 0.25, 1.0)
    assert figures.throughput > 0
    assert one.is_whole


@pytest.mark.parametrize(
    ("broken", "rounds", "words"),
    [
        ({"install": "no such package"}, (), ["not installed: no such package"]),
        ({"start": "no port"}, (None, None), ["round 1: no port", "round 2: no port"]),
        ({"dies": True}, (None, None), [f"round 1: b died ({NAME}, 2 clients):", "last words"]),
    ],
)
def test_who_fails_is_told_and_the_others_go_on(
    tmp_path: Path, broken: dict[str, object], rounds: tuple[None, ...], words: list[str]
) -> None:
    """Not to be installed, not to be started, dead in the middle of a round: the reason is kept, with the log's end."""
    first, failed, last = play(tmp_path, 2, FakePeer("a"), FakePeer("b", **broken), FakePeer("c"))  # type: ignore[arg-type]
    assert failed.rounds == rounds
    assert all(word in failed.failure for word in words)
    for one in (first, last):
        assert len([turn for turn in one.rounds if turn is not None]) == 2
        assert one.is_whole


def test_who_is_gone_when_it_is_to_be_watched_has_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between its first answer and the first look at its memory: a failure like any other, no traceback."""

    def gone(pid: int) -> UsageSampler:
        raise psutil.NoSuchProcess(pid)

    monkeypatch.setattr(contest_module, "UsageSampler", gone)
    (one,) = play(tmp_path, 1, FakePeer("a"))
    assert one.failure == "round 1: a died (its first answer):\nlast words"


def test_nobody_who_can_be_installed_is_no_traceback(tmp_path: Path) -> None:
    """There is nothing to play."""
    (one,) = play(tmp_path, 2, FakePeer("a", install="no network"))
    assert (one.rounds, one.is_whole) == ((), False)


def test_a_set_of_which_nothing_was_read_is_noted(tmp_path: Path) -> None:
    """A contender that lives and answers nothing has figures, which say so."""
    (one,) = play(tmp_path, 1, FakePeer("a", failure="http 500"))
    assert list(one.empty_sets) == [(1, NAME)]
    assert not one.is_whole
    assert one.rounds[0] is not None
    assert one.rounds[0].sets[0].failures == {"http 500": 4 + 2}


def test_ctrl_c_keeps_the_turns_that_were_over(tmp_path: Path) -> None:
    """In the second round the first to play has had its turn, the second is in the middle of its: that is left out."""
    first_round = 2 + 4  # a picture a client before, then two passes
    tournament = Tournament([FakePeer("a", deed=interrupt_at(first_round + 4)), FakePeer("b")], contest(), 3)
    tournament.install(None)  # type: ignore[arg-type]
    tournament.play(tmp_path, lambda _: None)
    first, second = tournament.contenders
    assert tournament.is_interrupted
    assert ([turn is not None for turn in first.rounds], [turn is not None for turn in second.rounds]) == (
        [True],
        [True, True],
    )
    assert first.failure == second.failure == "interrupted in round 2 of 3"


def test_ctrl_c_before_anything_was_measured_is_no_result(tmp_path: Path) -> None:
    """A report of nothing would only take the place of an earlier one."""
    tournament = Tournament([FakePeer("a", deed=interrupt_at(1))], contest(), 1)
    tournament.install(None)  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        tournament.play(tmp_path, lambda _: None)


@pytest.mark.parametrize(("images", "requests", "sent"), [(5, 48, 50), (3, 1, 6), (2, 4, 4), (2, 5, 6)])
def test_throughput_is_of_whole_passes_and_of_two_at_least(images: int, requests: int, sent: int) -> None:
    """Every picture counts the same, and the clients' beginning and end are not all there is."""
    samples = [own_samples()[0]] * images
    assert Contest({"set": samples}, 4, requests).schedule("set") == ClosedLoop(4, sent)
