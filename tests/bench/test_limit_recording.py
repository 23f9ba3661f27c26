"""What an engine hands to OpenVINO is seen, and the time of the models told from what stands around them."""

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.engines.choice import choose_engine
from app.engines.openvino_runtime import ops, ov
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import Joinable
from app.settings import Settings
from app.slot_plan import SlotPlan
from bench.limit.in_process import InlinePool
from bench.limit.models import Models
from bench.limit.recording import ModelRun, Recorder


@pytest.fixture(scope="module")
def doubling() -> ov.CompiledModel:
    """A model that doubles two numbers."""
    parameter = ops.parameter([2], ov.Type.f32, "x")
    model = ov.Model([ops.result(ops.multiply(parameter, np.float32(2)))], [parameter], "doubling")
    return ov.Core().compile_model(model, "CPU")


def test_every_run_is_noted_with_what_its_inputs_held(doubling: ov.CompiledModel) -> None:
    """Copies: the array may be filled anew. The answer is the model's, and the runtime is itself again afterwards."""
    infer, request = ov.InferRequest.infer, doubling.create_infer_request()
    numbers = np.array([1, 2], np.float32)
    with Recorder(keep_tensors=True) as recorder:
        doubled = request.infer([numbers], share_inputs=True)[0]
        numbers[:] = 0
        doubling([numbers])
    assert doubled.tolist() == [2, 4]
    assert [run.tensors[0].tolist() for run in recorder.runs] == [[1, 2], [0, 0]]
    assert all(run.began_s <= run.ended_s for run in recorder.runs)
    assert recorder.runs[0].request is request
    assert ov.InferRequest.infer is infer


def test_times_alone_copy_nothing(doubling: ov.CompiledModel) -> None:
    """A copy would count as the engine's time."""
    with Recorder(keep_tensors=False) as recorder:
        doubling.create_infer_request().infer([np.zeros(2, np.float32)])
    assert [run.tensors for run in recorder.runs] == [()]


def test_a_job_is_split_at_its_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """1 s of preparation, a run of 10 s, 2 s of reading its answer, one of 20 s, 4 s behind it."""
    clock = 0.0
    monkeypatch.setattr(time, "perf_counter", lambda: clock)

    def spend(seconds: float) -> None:
        nonlocal clock
        clock += seconds

    def work(slot: str) -> str:
        for before, model in ((1.0, 10.0), (2.0, 20.0)):
            spend(before)
            began_s = clock
            spend(model)
            recorder.runs.append(ModelRun(None, (), began_s, clock))
        spend(4.0)
        return f"done by {slot}"

    recorder = Recorder(keep_tensors=False)
    recorder.runs.append(ModelRun(None, (), 0.0, 0.0))  # another stage's
    pool = InlinePool[str]("detect", "the slot", recorder)
    assert pool.submit(work, 0, Deadline(1.0)).result() == "done by the slot"
    assert (pool.times.before, pool.times.model, pool.times.after) == (1, 30, 6)
    assert len(pool.runs) == 2


def test_parts_of_a_kind_are_run_together_up_to_the_most() -> None:
    """As on a slot that is alone: each future has its own part's answer, and parts of other kinds go on their own."""
    handed = []

    def work(slot: str, items: list[int]) -> list[str]:
        handed.append(items)
        return [f"{slot} {item}" for item in items]

    parts = [Joinable(number % 2, 4, number, work) for number in range(11)]
    with Recorder(keep_tensors=False) as recorder:
        pool = InlinePool[str]("recognise", "slot", recorder)
        futures = pool.submit_joinable(parts, 0, Deadline(1.0))
        assert pool.submit_joinable([], 0, Deadline(1.0)) == []
    assert [future.result() for future in futures] == [f"slot {number}" for number in range(11)]
    assert handed == [[0, 2, 4, 6], [8, 10], [1, 3, 5, 7], [9]]


def page(rows: int) -> np.ndarray:
    """Return a page of drawn lines of two lengths."""
    pixels = np.full((40 + 60 * rows, 800, 3), 255, np.uint8)
    for row in range(rows):
        text = f"{row} short" if row % 2 else f"Line {row} is the longer one"
        cv2.putText(pixels, text, (20, 60 + 60 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (0, 0, 0), 2)
    return pixels


@pytest.mark.parametrize(("precision", "parity"), [("f32", "exact"), ("bf16", "close")])
def test_batches_of_lines_are_recorded_and_run_again_as_they_were(tmp_path: Path, precision: str, parity: str) -> None:
    """Every line of the page is in one of the recorded runs, some of several lines and of different shapes."""
    path = tmp_path / "page.png"
    cv2.imwrite(str(path), page(9))
    settings = Settings(engine="openvino", precision=precision, parity=parity, model="pp-ocrv6-tiny", det_max_side=640)
    models = Models(choose_engine(settings, "pp-ocrv6-tiny"), settings, SlotPlan(2, 1, 1, 1), 2)
    assert models.prepare("a set", [path], 0.01) == 9
    runs = [max(tensors, key=np.size).shape for tensors in models.tensors("a set")]
    detector, *lines = runs
    assert detector[0] == 1
    assert sum(count for count, *_ in lines) == 9
    assert {count for count, *_ in lines} <= {1, 2, 4}
    assert max(count for count, *_ in lines) > 1
    assert len({shape[3] for shape in lines}) > 1
    assert models.at_full_load("a set").images_per_s > 0
    assert models.one_by_one("a set") > 0
    assert set(models.steps([path])) >= {"recogniser: model", "recogniser: text", "detector: model"}
