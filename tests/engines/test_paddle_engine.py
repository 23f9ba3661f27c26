"""What is particular to PaddleOCR behind the seam; what it shares with the others is in the contract suite."""

import functools
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app.engines.choice import choose_engine
from app.engines.registry import load_engine
from app.settings import Settings
from app.slot_plan import SlotPlan
from tests.options import detection

ROOT = Path(__file__).parents[2]
PLAN = SlotPlan(cpus=2, detector_slots=2, detector_threads=1, recognizer_slots=2)


@functools.cache
def load(directory, **settings):
    """Return the engine, with two slots of each kind."""
    chosen = Settings(engine="paddle", det_max_side=640, **settings)
    return load_engine(choose_engine(chosen), chosen, directory, PLAN)


@pytest.fixture(scope="module")
def engine(tier):
    """The engine with its default tier."""
    pytest.importorskip("paddle", reason="PaddlePaddle is not installed: pip install -r requirements.txt")
    return load(tier("pp-ocrv4-mobile"))


def run(code, *arguments, **environment):
    """Run *code* in a process of its own, with nothing in its environment but what is given."""
    return subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
    )


LOAD = """
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from app.engines.choice import choose_engine
from app.engines.detection_options import DetectionOptions
from app.engines.registry import load_engine
from app.settings import Settings
from app.slot_plan import SlotPlan
settings = Settings(engine="paddle", det_max_side=320)
engine = load_engine(choose_engine(settings), settings, Path(sys.argv[1]), SlotPlan(1, 1, 1, 1))
import numpy as np
engine.detectors[0].detect([np.zeros((64, 64, 3), np.uint8)], DetectionOptions.of(settings))
engine.recognizers[0].recognise([np.zeros((48, 64, 3), np.uint8)], 320 / 48)
print(os.environ["HOME"], "PADDLE_PDX_CACHE_HOME" in os.environ)
"""


def test_each_slot_has_a_predictor_of_its_own(engine):
    """PaddleX keeps state in a predictor: shared, the answers of two threads would mix."""
    slots = [*engine.detectors, *engine.recognizers]
    assert len({id(slot._predictor) for slot in slots}) == len(slots) == 4


def test_lines_are_handed_over_as_paddleocr_reads_them(engine):
    """Six at a time, all of one page: it pads by batch, and reads a batch in little more time than a line."""
    assert {engine.batching.most(canvas_ratio) for canvas_ratio in (1.0, 10.0, 66.0)} == {6}
    assert not engine.batching.across_requests


def test_nothing_is_written_or_printed(engine, tier, tmp_path):
    """Nothing lies at home, which is home again after the imports; stdout and stderr are the JSON log's alone."""
    home = tmp_path / "home"
    home.mkdir()
    finished = run(LOAD, tier("pp-ocrv4-mobile"), HOME=str(home), PYTHONDONTWRITEBYTECODE="1")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout == f"{home} False\n"
    assert list(home.iterdir()) == []


def test_without_the_packages_one_line_says_what_to_install(tier, tmp_path):
    """A slim installation says which file is missing, as the start's one clear line."""
    code = 'import sys; sys.modules["paddleocr"] = None\n' + LOAD
    finished = run(code, tier("pp-ocrv4-mobile"), HOME=str(tmp_path))
    assert finished.returncode != 0
    last = finished.stderr.splitlines()[-1]
    assert "ConfigurationError: engine paddle: " in last
    assert "pip install -r requirements.txt" in last


def test_thresholds_of_nothing_are_not_taken_for_none_given(engine, draw):
    """PaddleX takes 0 for "not set" and would use its own: a box threshold of 0 keeps what 1 throws away."""
    picture = draw("THRESHOLD")
    found = [
        engine.detectors[0].detect([picture], detection(640, box_threshold=threshold))[0] for threshold in (0.0, 1.0)
    ]
    assert len(found[0].scores) >= 1
    assert len(found[1].scores) == 0


def test_a_batch_is_padded_to_its_canvas_not_to_its_widest_line(engine, draw):
    """A line has as many steps over itself on a wide canvas as on a narrow one: no canvas is taken for the crop."""
    crop = draw("CANVAS", width=300)[30:100]
    narrow, wide = (engine.recognizers[0].recognise([crop], ratio)[0] for ratio in (320 / 48, 20.0))
    assert wide.text == narrow.text == "CANVAS"
    assert wide.steps == pytest.approx(narrow.steps, rel=0.1)
    assert np.allclose(wide.columns, narrow.columns, atol=1)


def test_no_two_predictors_run_at_once(engine, draw, monkeypatch):
    """They share a cache that PaddlePaddle does not lock: two at once end the process now and then."""
    busy, overlaps = threading.Lock(), []

    def watched(run):
        def watch(x):
            alone = busy.acquire(blocking=False)
            overlaps.append(not alone)
            try:
                return run(x)
            finally:
                if alone:
                    busy.release()

        return watch

    slots = [*engine.detectors, *engine.recognizers]
    for slot in slots:
        runner = slot._predictor.paddlex_predictor.runner
        monkeypatch.setattr(runner, "_run", watched(runner._run))
    picture = draw("AT ONCE")
    works = [lambda slot=slot: slot.detect([picture], detection(640)) for slot in engine.detectors]
    works += [lambda slot=slot: slot.recognise([picture[30:100]], 320 / 48) for slot in engine.recognizers]
    with ThreadPoolExecutor(len(works)) as threads:
        for _ in range(8):
            list(threads.map(lambda work: work(), works))
    assert len(overlaps) == 8 * len(works)
    assert not any(overlaps)


def test_signals_are_handled_as_before(engine, tier, tmp_path):
    """PaddlePaddle's handlers, which would end a worker that has accepted requests, are not there after the load."""
    state = 'print(next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("SigCgt")))\n'
    term = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: print('handled'))\n"
    raised = "signal.raise_signal(signal.SIGTERM)\n"
    finished = run(term + LOAD + raised + state, tier("pp-ocrv4-mobile"), HOME=str(tmp_path))
    assert (finished.returncode, finished.stderr) == (0, "")
    _, handled, caught = finished.stdout.split("\n", 2)
    assert handled == "handled"
    fatal = {signal.SIGSEGV, signal.SIGILL, signal.SIGFPE, signal.SIGBUS, signal.SIGABRT}
    assert not [number for number in fatal if int(caught.split()[1], 16) >> (number - 1) & 1]
