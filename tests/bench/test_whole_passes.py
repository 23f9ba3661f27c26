"""Rates of a run's steady part, over whole passes."""

import pytest

from bench.dialects import ServerTime
from bench.load.outcome import Outcome
from bench.load.whole_passes import Passes, steady_rate


def outcome(done_s: float, cause: str = "") -> Outcome:
    """An outcome of which only the end matters."""
    return Outcome(0, 0.0, 0.0, done_s, cause, "", ServerTime())


@pytest.mark.parametrize(
    ("images", "clients", "inner", "requests"), [(10, 1, 2, 20), (10, 4, 2, 30), (3, 4, 1, 12), (8, 4, 1, 16)]
)
def test_the_edges_are_whole_passes_too(images: int, clients: int, inner: int, requests: int) -> None:
    """So that means are of the same pictures; every client has one request before and one behind what counts."""
    passes = Passes(images, clients, inner)
    assert passes.requests == requests
    assert passes.requests % images == 0
    assert passes.counted == inner * images


def test_one_client_is_counted_from_the_start() -> None:
    """Nobody waits for anybody: four answers in two seconds."""
    assert steady_rate([outcome(0.5 * place) for place in (1, 2, 3, 4)], Passes(2, 1, 2)) == pytest.approx(2)


def test_the_beginning_and_the_end_of_several_clients_do_not_count() -> None:
    """Two clients' first answers took ten seconds and the last twenty; in between came one a second."""
    done = [9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 30.0, 50.0]
    assert steady_rate([outcome(at) for at in reversed(done)], Passes(4, 2, 1)) == pytest.approx(1)


def test_a_run_with_a_failure_has_no_rate() -> None:
    """Whoever fails is quick: a rate would flatter."""
    assert steady_rate([outcome(1.0), outcome(2.0, "timeout")], Passes(2, 1, 1)) == 0
