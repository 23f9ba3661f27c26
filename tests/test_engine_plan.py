"""What the settings come to, before anything is loaded."""

from dataclasses import replace

import pytest

from app.engine_plan import plan_engine
from app.errors import ConfigurationError, WeightsError
from app.settings import Settings


def test_the_null_engine_needs_no_models(tmp_path):
    """It has no directory, and is planned where no model was ever fetched."""
    plan = plan_engine(Settings(engine="null", weights_dir=tmp_path))
    assert (plan.model, plan.choice.name, plan.directory) == ("null", "null", None)
    assert plan.can_turn


def test_a_tier_is_found_where_the_weights_are(weights_dir):
    """The plan names the folder of the models, and says whether those for orientation are there, too."""
    plan = plan_engine(Settings(model="pp-ocrv6-tiny", engine="onnxruntime", weights_dir=weights_dir))
    assert plan.directory == weights_dir / "pp-ocrv6-tiny"
    assert plan.orientation_models is not None
    assert plan.can_turn


@pytest.mark.parametrize(
    ("name", "doubts"), [("openvino", True), ("onnxruntime", True), ("null", True), ("paddle", False)]
)
def test_paddleocr_alone_does_not_say_what_it_nearly_read(tmp_path, name, doubts):
    """Of the others it can be had."""
    plan = plan_engine(Settings(engine="null", weights_dir=tmp_path))
    assert replace(plan, choice=replace(plan.choice, name=name)).can_doubt is doubts


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"engine": "onnxruntime", "precision": "bf16"}, ConfigurationError),
        ({"model": "no-such"}, WeightsError),
        ({"engine": "onnxruntime", "autorotate": "on"}, WeightsError),
    ],
)
def test_what_cannot_be_loaded_is_found_before_a_process_is_started(tmp_path, settings, error):
    """Contradictions and missing models are told at once."""
    own = {"model_dir": None} if "model" in settings else {}
    with pytest.raises(error):
        plan_engine(Settings(weights_dir=tmp_path, **{"model_dir": tmp_path, **settings, **own}))
