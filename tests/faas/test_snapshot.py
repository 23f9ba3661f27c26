"""What is done around a snapshot."""

import random
import ssl
from typing import Any

from app.faas.snapshot import Snapshot


def test_a_snapshot_waits_for_what_is_made_while_nobody_waits() -> None:
    """Within a bound: a snapshot that lacks something is better than none."""
    waited: list[float] = []
    Snapshot(lambda seconds: bool(waited.append(seconds))).before()
    assert len(waited) == 1
    assert 0 < waited[0] < 60


def test_copies_draw_numbers_of_their_own(monkeypatch: Any) -> None:
    """Python's generator begins anew; OpenSSL's, which nothing can look into, is given what no other copy has."""
    given: list[bytes] = []
    monkeypatch.setattr(ssl, "RAND_add", lambda seed, entropy: given.append(seed) if entropy == len(seed) else None)
    state = random.getstate()
    snapshot = Snapshot(lambda _: True)
    numbers = []
    for _ in range(2):
        random.setstate(state)
        snapshot.after()
        numbers.append(random.getrandbits(128))
    assert numbers[0] != numbers[1]
    assert len(set(given)) == 2
    assert min(map(len, given)) >= 32
