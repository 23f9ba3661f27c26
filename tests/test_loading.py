"""Loading beside the other imports: what the start waits for, and where an error ends up."""

import threading

import pytest

from app import loading
from app.engines import null_engine
from app.errors import ConfigurationError, EngineError, WeightsError
from app.loading import begin_loading
from app.settings import Settings

NULL = Settings(engine="null")


def test_the_engine_comes_with_the_time_that_it_took():
    """What was chosen is known at once, the engine when it is loaded."""
    begun = begin_loading(NULL)
    assert (begun.choice.name, begun.directory) == ("null", None)
    loaded = begun.engine.result(10)
    assert len(loaded.engine.recognizers) == begun.plan.recognizer_slots
    assert loaded.seconds >= 0


@pytest.mark.parametrize("warmup", ["import", "background"])
def test_only_a_start_that_serves_nothing_yet_waits_for_the_runtime(monkeypatch, warmup):
    """With ``warmup=import`` the runtime is imported before anything else; in the background probes do not wait."""
    release, events = threading.Event(), []

    def slow_import(_):
        release.wait(0.2 if warmup == "import" else 10)
        events.append("imported")

    monkeypatch.setattr(loading, "import_engine", slow_import)
    begun = begin_loading(Settings(engine="null", warmup=warmup))
    events.append("returned")
    release.set()
    begun.engine.result(10)
    assert events == (["imported", "returned"] if warmup == "import" else ["returned", "imported"])


def test_loading_does_not_keep_the_start_waiting(monkeypatch):
    """The other imports run while the models are read."""
    release = threading.Event()
    monkeypatch.setattr(loading, "load_engine", lambda _, __, ___, plan: release.wait(10) and null_engine.load(plan, 0))
    begun = begin_loading(NULL)
    assert not begun.engine.done()
    release.set()
    assert begun.engine.result(10).engine.recognizers


@pytest.mark.parametrize("function", ["import_engine", "load_engine"])
def test_what_goes_wrong_behind_is_told_to_whoever_wants_the_engine(monkeypatch, function):
    """No error is lost, and nobody waits for ever."""

    def fail(*_):
        raise EngineError("broken")

    monkeypatch.setattr(loading, function, fail)
    with pytest.raises(EngineError, match="broken"):
        begin_loading(NULL).engine.result(10)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"engine": "onnxruntime", "precision": "bf16"}, ConfigurationError),
        ({"model": "no-such"}, WeightsError),
        ({"engine": "onnxruntime", "autorotate": "on"}, WeightsError),
    ],
)
def test_what_cannot_be_loaded_starts_no_thread(tmp_path, monkeypatch, settings, error):
    """Contradictions and missing models are found first: a process that ends must not have a runtime at work."""
    monkeypatch.setattr(threading.Thread, "start", lambda _: pytest.fail("a thread was started"))
    with pytest.raises(error):
        begin_loading(Settings(weights_dir=tmp_path, **{"model_dir": tmp_path, **settings, **own(settings)}))


def own(settings):
    """Leave out the user's own models where a tier is asked for."""
    return {"model_dir": None} if "model" in settings else {}
