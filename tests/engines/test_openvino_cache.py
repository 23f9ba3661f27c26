"""Models from the compile cache: the same answers, and a start that works whatever the cache holds."""

import dataclasses
import os
import shutil

import numpy as np
import pytest

from app.engines import openvino_cache, openvino_engine
from app.engines.choice import EngineChoice
from app.engines.registry import load_engine
from app.errors import WeightsError
from app.machine import instruction_sets
from app.settings import Settings
from app.slot_plan import SlotPlan
from tests.options import detection

PLAN = SlotPlan(1, 1, 1, 1)
EXACT, CLOSE = EngineChoice("openvino", "f32", exact=True), EngineChoice("openvino", "f32", exact=False)
INT8 = EngineChoice("openvino", "int8", exact=False)


@pytest.fixture
def compilations(monkeypatch):
    """How often the models were compiled: a list that grows."""
    seen = []
    genuine = openvino_engine._compile
    monkeypatch.setattr(openvino_engine, "_compile", lambda request: seen.append(1) or genuine(request))
    return seen


@pytest.fixture
def load(tmp_path, tiny_tier, compilations):
    """Load the smallest tier, with a cache in a folder of the test's."""

    def loaded(directory=tiny_tier, choice=CLOSE, plan=PLAN):
        settings = Settings(cache_dir=tmp_path / "cache", det_max_side=320)
        return load_engine(choice, settings, directory, plan)

    return loaded


def entries(tmp_path):
    """Return the files in the cache."""
    return sorted((tmp_path / "cache").glob("*"))


@pytest.mark.parametrize("choice", [EXACT, CLOSE, INT8])
def test_the_second_load_compiles_nothing_and_answers_the_same(load, compilations, draw, choice):
    """To the bit: boxes, scores and text; with other numbers of threads and slots as well."""
    picture = draw("cached 42")
    answers = []
    for plan in (PLAN, PLAN, SlotPlan(2, 1, 2, 2)):
        engine = load(choice=choice, plan=plan)
        assert (len(engine.detectors), len(engine.recognizers)) == (plan.detector_slots, plan.recognizer_slots)
        (found,) = engine.detectors[0].detect([picture], detection(320))
        readings = [slot.recognise([picture], 400 / 120)[0] for slot in engine.recognizers]
        assert len(set(readings)) == 1
        answers.append((found.quads, readings[0].text, found.scores, readings[0].score))
    assert len(compilations) == 1
    for quads, text, scores, score in answers[1:]:
        assert np.array_equal(quads, answers[0][0])
        assert text == answers[0][1] == "cached 42"
        assert scores == pytest.approx(answers[0][2], abs=1e-5)
        assert score == pytest.approx(answers[0][3], abs=1e-5)


def test_kept_models_run_on_the_plans_threads(load):
    """What the first start's processors were leaves no trace."""
    load()
    engine = load(plan=SlotPlan(2, 1, 2, 2))
    detector = engine.detectors[0]._session._request.get_compiled_model()
    recognizer = engine.recognizers[0]._session._request.get_compiled_model()
    assert [detector.get_property(name) for name in ("INFERENCE_NUM_THREADS", "NUM_STREAMS")] == [2, 1]
    assert [recognizer.get_property(name) for name in ("INFERENCE_NUM_THREADS", "NUM_STREAMS")] == [2, 2]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("instruction_sets", lambda: "another CPU"),
        ("ov", type("Version", (), {**vars(openvino_cache.ov), "get_version": staticmethod(lambda: "2099.1")})),
        ("__file__", __file__),
    ],
)
def test_another_cpu_version_or_rewriting_compiles_anew(load, compilations, monkeypatch, name, answer):
    """What was made for one is not used by another, and both are kept."""
    load()
    with monkeypatch.context() as patch:
        patch.setattr(openvino_cache, name, answer)
        load()
        load()
    load()
    assert len(compilations) == 2


def test_a_cpu_without_bf16_is_another_cpu(load, compilations, monkeypatch, tmp_path):
    """What was compiled with AVX-512 BF16 is not used without; a new name of the model changes nothing."""
    cpuinfo = tmp_path / "cpuinfo"
    monkeypatch.setattr(openvino_cache, "instruction_sets", lambda: instruction_sets(cpuinfo))
    for number, flags in enumerate(("avx2 avx512f avx512_bf16", "avx2 avx512f", "avx512f avx2")):
        cpuinfo.write_text(f"vendor_id\t: X\nmodel name\t: {number}\nflags\t\t: fpu {flags}\n")
        load()
    assert len(compilations) == 2


def test_other_settings_or_model_files_compile_anew(load, compilations, tiny_tier, tmp_path):
    """Precision, parity, graphs and configurations are part of what an entry is of; the model's place is not."""
    load()
    load(choice=EXACT)
    load(choice=dataclasses.replace(CLOSE, precision="bf16"))
    load(choice=INT8)
    own = shutil.copytree(tiny_tier, tmp_path / "own")
    load(own)
    assert len(compilations) == 4
    for part in ("det", "rec"):
        with (own / part / "inference.yml").open("a") as config:
            config.write("\n# changed\n")
        load(own)
    assert len(compilations) == 6


def test_damage_is_logged_and_mended(load, compilations, tmp_path, caplog):
    """A damaged entry is not used, whatever OpenVINO would make of it: the start compiles, and replaces it."""
    caplog.set_level("INFO", "app.engines")
    load()
    (path,) = entries(tmp_path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    load()
    load()
    assert len(compilations) == 2
    assert [record.outcome for record in caplog.records] == ["written", "written", "hit"]
    assert "damaged" in caplog.records[1].detail


def test_a_blob_that_openvino_refuses_is_compiled_anew(load, compilations, monkeypatch, caplog):
    """An entry may be sound and its blobs not what this OpenVINO takes."""
    load()

    def refuse(*_):
        raise RuntimeError("another instruction set")

    caplog.set_level("INFO", "app.engines")
    monkeypatch.setattr(openvino_cache, "imported", refuse)
    assert load().recognizers
    assert len(compilations) == 2
    assert [record.detail for record in caplog.records] == ["another instruction set"]


@pytest.fixture(params=["file in the way", "unwritable", "full"])
def unusable(request, tmp_path, monkeypatch):
    """A cache directory that nothing can be written to."""
    if request.param == "file in the way":
        (tmp_path / "cache").touch()
    elif request.param == "unwritable":  # the suite may run as root, who may write everywhere
        monkeypatch.setattr(os, "access", lambda *_: False)
    else:
        monkeypatch.setattr(os, "fsync", lambda _: os.write(99_999, b""))


@pytest.mark.usefixtures("unusable")
def test_a_cache_that_cannot_be_written_is_no_failure(load, compilations, caplog):
    """The start compiles each time, and says so in one line."""
    caplog.set_level("INFO", "app.engines")
    for _ in range(2):
        load()
    assert len(compilations) == len(caplog.records) == 2
    assert {record.message for record in caplog.records} == {"compile cache"}


def test_missing_models_are_missing_models(load, tmp_path, tiny_tier):
    """With a cache as without, it is the models that the error names."""
    load()
    own = shutil.copytree(tiny_tier, tmp_path / "own")
    (own / "rec" / "inference.onnx").unlink()
    with pytest.raises(WeightsError, match=r"inference\.onnx is missing"):
        load(own)
