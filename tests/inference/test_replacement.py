"""When an engine is worn out, and whether the next fits beside it."""

import dataclasses
import os
from types import SimpleNamespace

import pytest

from app.engine_plan import plan_engine
from app.inference.replacement import ReplacementRules
from app.processes.attributes import private_bytes
from app.settings import Settings

RULES = ReplacementRules(
    watermark=None, max_requests=0, hang_seconds=1.0, longest_seconds=1.0, room=None, engine=100 << 20
)


def client(answered=1000):
    """Return an engine of this process's memory."""
    return SimpleNamespace(pid=os.getpid(), answered=answered)


def test_without_limits_an_engine_lasts():
    """However much it has answered."""
    assert RULES.wear(client(10**9)) is None


@pytest.mark.parametrize(("answered", "reason"), [(49, None), (50, "requests"), (51, "requests")])
def test_so_many_pictures_and_no_more(answered, reason):
    """The limit is the last that it answers."""
    assert dataclasses.replace(RULES, max_requests=50).wear(client(answered)) == reason


def test_a_watermark_is_held_against_its_own_memory():
    """Just below what it has it is worn, above it is not."""
    has = private_bytes(os.getpid())
    assert has > 1 << 20
    assert dataclasses.replace(RULES, watermark=has // 2).wear(client()) == "memory"
    assert dataclasses.replace(RULES, watermark=has * 2).wear(client()) is None


def test_a_fresh_engine_is_not_replaced_for_what_it_begins_with():
    """Else a watermark that is too low would have engines started one after the other."""
    assert dataclasses.replace(RULES, watermark=1).wear(client(96)) is None


def test_both_fit_where_there_is_room():
    """What one has and what another comes to take, within the limit."""
    has = private_bytes(os.getpid())
    assert RULES.both_fit(client())
    assert dataclasses.replace(RULES, room=has * 2 + RULES.engine).both_fit(client())
    assert not dataclasses.replace(RULES, room=RULES.engine + has // 2).both_fit(client())


def test_the_watermark_is_a_share_of_the_limit():
    """Where nobody says, 85 % of what a worker may take; where nobody limits it, none."""
    plan = plan_engine(Settings(engine="null", memory_bytes=1 << 30))
    assert ReplacementRules.of(plan).watermark == int(0.85 * (1 << 30))
    own = plan_engine(Settings(engine="null", memory_watermark_bytes=123_000_000))
    assert ReplacementRules.of(own).watermark == 123_000_000


def test_a_process_that_is_gone_has_no_memory():
    """Looking at it is no error, and where there is a limit nothing is put beside what nobody knows."""
    assert private_bytes(2**22 + 1) is None
    gone = SimpleNamespace(pid=2**22 + 1, answered=1000)
    assert dataclasses.replace(RULES, watermark=1).wear(gone) is None
    assert not dataclasses.replace(RULES, room=1 << 40).both_fit(gone)
