"""What a worker keeps, and the most that it comes to take, by the memory that there is."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from app import memory_plan
from app.engines.choice import EngineChoice
from app.imaging import pdf_document
from app.memory_plan import MemoryPlan
from app.settings import Settings
from app.slot_plan import SlotPlan

MIB = 1 << 20
SLOTS = SlotPlan(cpus=2, detector_slots=1, detector_threads=2, recognizer_slots=2)
FLOOR = 400_000
"""Pixels: below that, small print is no longer found."""


@pytest.fixture(autouse=True)
def group(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """No control group limits memory; call to set such a limit."""

    def limit(size: int | None) -> None:
        monkeypatch.setattr(memory_plan, "available_memory", lambda: size)

    limit(None)
    return limit


@dataclass(frozen=True)
class Computing:
    """What the plan asks of an engine's choice, whatever this machine has."""

    arithmetic: str = "bf16"
    exact: bool = False
    in_tiles: bool = False


def plan_for(computing: Computing = Computing(), slots: SlotPlan = SLOTS, **settings: Any) -> MemoryPlan:
    """Return the plan for *settings*."""
    return MemoryPlan.for_settings(Settings(**settings), slots, computing)


def test_without_a_limit_nothing_is_left_out() -> None:
    """All kernels, and a sheet of paper at the detector's longest side."""
    plan = plan_for(det_max_side=1600)
    assert plan.limit is None
    assert plan.det_max_pixels >= 1600 * 1600 / 2**0.5
    ample = plan_for(det_max_side=1600, memory_bytes=1 << 40)
    assert replace(ample, limit=None) == plan


@pytest.mark.parametrize("side", [320, 640, 960, 1600, 4000])
def test_less_memory_never_means_more_and_never_less_than_the_floor(side: int) -> None:
    """From plenty to none: kernels and pixels fall, pixels to the floor, or to all where the side has fewer."""
    full = plan_for(det_max_side=side)
    plans = [plan_for(det_max_side=side, memory_bytes=limit * MIB) for limit in range(4000, 0, -50)]
    for more, less in itertools.pairwise(plans):
        assert less.detector_kernels <= more.detector_kernels
        assert less.recognizer_kernels <= more.recognizer_kernels
        assert less.det_max_pixels <= more.det_max_pixels
    assert plans[-1].recognizer_kernels < full.recognizer_kernels
    assert plans[-1].det_max_pixels == min(FLOOR, full.det_max_pixels)
    assert all(min(plan.detector_kernels, plan.recognizer_kernels) > 0 for plan in plans)


def test_little_memory_keeps_fewer_kernels_and_fewer_pixels() -> None:
    """512 MiB are the least that a function platform's larger sizes have: less than all, more than the floor."""
    full, small = plan_for(det_max_side=1600), plan_for(det_max_side=1600, memory_bytes=512 * MIB)
    assert small.recognizer_kernels < full.recognizer_kernels
    assert FLOOR < small.det_max_pixels < full.det_max_pixels


def test_the_limit_is_the_settings_or_else_the_control_groups(group: Callable[[int | None], None]) -> None:
    """What the settings say wins, be it more or less."""
    group(512 * MIB)
    assert plan_for() == plan_for(memory_bytes=512 * MIB)
    assert plan_for().limit == 512 * MIB
    assert plan_for(memory_bytes=4096 * MIB).limit == 4096 * MIB
    assert plan_for(memory_bytes=256 * MIB).limit == 256 * MIB


@pytest.mark.parametrize("limit", [None, 300 * MIB, 4096 * MIB])
def test_pixels_that_the_settings_name_win(group: Callable[[int | None], None], limit: int | None) -> None:
    """However little memory there is, but for more than the longest side allows."""
    group(limit)
    assert plan_for(det_max_side=1600, det_max_pixels=1_500_000).det_max_pixels == 1_500_000
    assert plan_for(det_max_side=1600, det_max_pixels=100_000).det_max_pixels == 100_000
    assert plan_for(det_max_side=640, det_max_pixels=16_000_000).det_max_pixels == 640 * 640


@pytest.mark.parametrize("from_group", [False, True])
def test_workers_share_the_limit(group: Callable[[int | None], None], from_group: bool) -> None:  # noqa: FBT001
    """Each of four plans for a quarter, whoever named the whole."""
    group(2048 * MIB if from_group else None)
    four = plan_for(workers=4, memory_bytes=0 if from_group else 2048 * MIB)
    assert four == plan_for(workers=1, memory_bytes=512 * MIB)


@pytest.mark.parametrize("memory_bytes", [0, 128 * MIB, 4096 * MIB])
@pytest.mark.parametrize("det_max_pixels", [0, 500_000])
def test_exact_parity_sees_all_pixels(memory_bytes: int, det_max_pixels: int) -> None:
    """It shows the model what PaddleOCR would: no picture is made smaller for the sake of memory."""
    plan = plan_for(Computing(exact=True), det_max_side=1600, memory_bytes=memory_bytes, det_max_pixels=det_max_pixels)
    assert plan.det_max_pixels == 1600 * 1600


def test_the_bound_is_the_sum_of_its_parts() -> None:
    """Of the engine, and of what clients may send at once."""
    bound = plan_for().bound(Settings(), SLOTS)
    assert bound["total"] == bound["engine"] + bound["pictures"] + bound["bodies"]
    assert all(part > 0 for part in bound.values())


@pytest.mark.parametrize(
    ("part", "changed"),
    [
        ("engine", {"det_max_side": 2240}),
        ("engine", {"det_max_pixels": 2_500_000}),
        ("pictures", {"max_pixels": 60_000_000}),
        ("bodies", {"max_bytes": 30 * MIB}),
        ("bodies", {"queue_size": 100}),
        ("bodies", {"url_hosts": "*"}),
    ],
)
def test_the_bound_grows_with_each_setting_that_it_depends_on(part: str, changed: dict[str, Any]) -> None:
    """That part alone, and the total by as much."""
    before, after = (
        MemoryPlan.for_settings(settings, SLOTS, Computing()).bound(settings, SLOTS)
        for settings in (Settings(), Settings(**changed))
    )
    assert after[part] > before[part]
    assert after["total"] - before["total"] == after[part] - before[part]


@pytest.mark.parametrize("slots", [{"detector_slots": 2}, {"recognizer_slots": 3}])
def test_the_bound_grows_with_slots(slots: dict[str, int]) -> None:
    """Each has buffers of its own, and lets one more request in."""
    bounds = [plan_for(slots=plan).bound(Settings(), plan) for plan in (SLOTS, replace(SLOTS, **slots))]
    assert bounds[1]["engine"] > bounds[0]["engine"]
    assert (bounds[1]["pictures"] > bounds[0]["pictures"]) is ("recognizer_slots" in slots)


def test_the_bound_is_larger_at_full_precision_and_in_tiles() -> None:
    """Activations in f32 take twice as many bytes and more, without a model none; kernels for tiles take more."""
    f32, bf16, none = (plan_for(Computing(name)).engine for name in ("f32", "bf16", "none"))
    assert f32 > bf16 > none
    assert plan_for(Computing(in_tiles=True)).engine > bf16
    scarce = [plan_for(Computing(in_tiles=tiles), memory_bytes=700 * MIB) for tiles in (False, True)]
    assert scarce[0].det_max_pixels > scarce[1].det_max_pixels


@pytest.mark.parametrize("in_tiles", [False, True])
@pytest.mark.parametrize("arithmetic", ["bf16", "f32"])
def test_all_is_kept_only_where_it_fits(arithmetic: str, in_tiles: bool) -> None:  # noqa: FBT001
    """At the limit that is the bound of all, and not a byte below; with more slots that takes more."""
    computing = Computing(arithmetic, in_tiles=in_tiles)
    ample = plan_for(computing).engine
    assert plan_for(computing, memory_bytes=ample).is_ample
    assert not plan_for(computing, memory_bytes=ample - 1).is_ample
    assert not plan_for(computing, replace(SLOTS, recognizer_slots=3), memory_bytes=ample).is_ample


@pytest.mark.parametrize("limit", [600, 700, 800])
@pytest.mark.parametrize("in_tiles", [False, True])
def test_where_pixels_were_given_up_the_engine_stays_within_the_limit(limit: int, in_tiles: bool) -> None:  # noqa: FBT001
    """With two recogniser slots, in bf16: that is what they were given up for."""
    plan = plan_for(Computing(in_tiles=in_tiles), det_max_side=1600, memory_bytes=limit * MIB)
    assert plan.det_max_pixels > FLOOR
    assert plan.engine <= limit * MIB


def test_an_engines_choice_is_what_the_plan_asks() -> None:
    """Tiles count where there are integers to be multiplied."""
    f32 = EngineChoice("openvino", "f32", exact=True)
    assert not f32.in_tiles
    assert MemoryPlan.for_settings(Settings(), SLOTS, f32).det_max_pixels == Settings().det_max_side ** 2


def test_nothing_is_warmed_ahead_where_memory_is_short():
    """What may never be wanted takes no memory of a small instance; elsewhere it is there before it is wanted."""
    assert plan_for(memory_bytes=2000 * MIB).is_ample
    assert not plan_for(memory_bytes=512 * MIB).is_ample


def test_a_page_of_a_pdf_has_its_place_in_the_bound():
    """What a decoder may take for one is what is planned for a picture, with large limits and with small ones."""
    for pixels in (50_000_000, 1_000_000):
        settings = Settings(max_pixels=pixels)
        bound = MemoryPlan.for_settings(settings, SLOTS, Computing("f32")).bound(settings, SLOTS)
        most = max(pixels * pdf_document.BYTES_A_PIXEL, pdf_document.LEAST_BYTES)
        assert bound["pictures"] == SLOTS.active_requests * most
