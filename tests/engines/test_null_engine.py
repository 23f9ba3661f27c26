"""The engine without a model."""

import zlib

import numpy as np
import pytest

from app.engines import null_engine
from app.engines.base import Orientation
from app.slot_plan import SlotPlan
from tests.options import detection


@pytest.fixture
def engine():
    """One with three recognisers and no delay."""
    return null_engine.load(SlotPlan(cpus=3, detector_slots=1, detector_threads=3, recognizer_slots=3), 0)


def test_the_whole_picture_is_one_line(engine):
    """The only quad is the picture's own border, clockwise from the top left, with certainty."""
    found = engine.detectors[0].detect([np.zeros((30, 50, 3), np.uint8)], detection(640))[0]
    assert found.quads.tolist() == [[[0, 0], [50, 0], [50, 30], [0, 30]]]
    assert found.scores.tolist() == [1.0]


def test_the_text_tells_the_pixels_apart(engine):
    """The text is the CRC-32 of the crop's bytes, so that a test can tell whose answer it got."""
    crop = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)
    other = crop.copy()
    other[3, 4, 2] ^= 1
    texts = [recognition.text for recognition in engine.recognizers[2].recognise([crop, other], 8)]
    assert texts == [f"null-{zlib.crc32(bytes(range(60))):08x}", f"null-{zlib.crc32(other.tobytes()):08x}"]
    assert texts[0] != texts[1]


def test_a_line_takes_the_delay(monkeypatch):
    """The delay is slept once a line, so that load can be made without a model."""
    slept = []
    monkeypatch.setattr("app.engines.null_engine.time.sleep", slept.append)
    engine = null_engine.load(SlotPlan(cpus=1, detector_slots=1, detector_threads=1, recognizer_slots=1), 0.25)
    engine.recognizers[0].recognise([np.zeros((1, 1, 3), np.uint8)] * 3, 8)
    assert slept == [0.25] * 3


def test_its_characters_share_the_line_evenly(engine):
    """Each of the text's 13 characters takes one of 13 steps, so that words and their boxes can be asked for."""
    recognition = engine.recognizers[0].recognise([np.zeros((4, 5, 3), np.uint8)], 8)[0]
    assert recognition.columns == tuple(range(13))
    assert recognition.steps == len(recognition.text) == 13


def test_everything_lies_upright():
    """Pages and lines are surely at 0 degrees; there is a slot a recogniser."""
    plan = SlotPlan(cpus=3, detector_slots=1, detector_threads=3, recognizer_slots=3)
    slots = null_engine.load_orientation(plan)
    assert len(slots) == 3
    for slot in slots:
        slot.warm_up()
        for classifier in (slot.page, slot.line):
            assert classifier.classify([np.zeros((4, 5, 3), np.uint8)] * 2) == [Orientation(0, 1.0)] * 2


def test_there_are_no_shapes_to_warm(engine):
    """Nothing is compiled, so nothing is named, and warming does nothing."""
    for slot in (engine.detectors[0], engine.recognizers[0]):
        assert list(slot.shapes_ahead()) == []
        slot.warm_shape((48, 320))
