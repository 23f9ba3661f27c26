"""How lines are found, as settings and requests say it."""

import dataclasses
import pickle

import pytest

from app.engines.detection_options import DetectionOptions
from app.settings import Settings


def test_the_settings_are_the_defaults():
    """Side and thresholds are those of the settings, each in its place; the limit is PaddleOCR's pipeline's."""
    settings = Settings(det_max_side=960, det_threshold=0.25, det_box_threshold=0.5, det_unclip_ratio=1.25)
    options = DetectionOptions.of(settings)
    assert options == DetectionOptions(
        max_side=960, threshold=0.25, box_threshold=0.5, unclip_ratio=1.25, limit_type="min", limit_side=64
    )


def test_nobody_changes_them():
    """A request's options cannot be written to, whoever holds them, and are the same in another process."""
    options = DetectionOptions.of(Settings())
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.threshold = 0.5
    assert pickle.loads(pickle.dumps(options)) == options  # noqa: S301 - its own
    assert len({options, DetectionOptions.of(Settings())}) == 1
