"""The service against PaddleOCR itself on the same weights: real processes both, picture by picture.

At f32 with exact parity a picture brings the same lines, with the same text, outlines and words. The service's own
dialect lists them as a person reads them; here they are put into PaddleOCR's order, as for the dialects of others.
"""

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.pipeline.reading_order import reading_order
from bench.accuracy.geometry import overlaps
from bench.client import OcrClient
from bench.parity.configurations import Configuration
from bench.peers.paddleocr_models import ModelFiles, TierModels
from bench.peers.paddleocr_run import Job, run_predictions
from bench.prediction import Line, Prediction
from bench.service_process import started_service
from tests.parity.pictures import DRAWN, GIVEN, TURNED, draw, draw_turned

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("paddleocr") is None, reason="needs PaddleOCR: pip install -r requirements.txt"
)

SIDE = 960
"""Longest side that the detectors see, in pixels: quick, and less than some of the pictures have."""

SCORE = 1e-3
"""The same network in another order of additions: 1e-6 at a step. The service rounds scores to four digits."""

OVERLAP = 0.98
"""Corners are whole pixels: one that lies on the edge between two may fall to either side."""

SHIFTED_OVERLAP = 0.85
"""Outlines of a page that lies a pixel off are off by up to two: 28 / 32 = 0.875 in a line of thirty."""

PIXELS = 2
"""By which a side of a word's box may differ, for the same reason: both ends are cut to whole pixels twice."""

CONFIGURATIONS = [
    Configuration("pp-ocrv6-tiny", "openvino", "f32", "exact"),
    Configuration("pp-ocrv6-tiny", "onnxruntime", "f32", "exact"),
    Configuration("pp-ocrv4-mobile", "paddle", "f32", "exact"),
]

PADDED = ("tiny", "small")
"""Pictures whose sides add up to less than 64 pixels: see ``test_the_tiniest_pictures_are_not_padded_here``."""


@dataclass(frozen=True)
class Answers:
    """What PaddleOCR says of each picture, and a client of the service."""

    paddleocr: dict[str, Prediction]
    client: OcrClient
    pictures: dict[str, Path]

    def both(self, name: str) -> tuple[Prediction, Prediction]:
        """The service's and PaddleOCR's answer; of the latter only lines that say something, as the service has it."""
        theirs = self.paddleocr[name]
        lines = tuple(line for line in theirs.lines if line.text)
        ours = in_paddleocr_order(self.client.read(self.pictures[name]))
        return ours, Prediction(lines, theirs.width, theirs.height, theirs.seconds)


def in_paddleocr_order(prediction: Prediction) -> Prediction:
    """The same lines, ordered as those of a page are."""
    quads = np.array([line.polygon for line in prediction.lines], np.int32).reshape(-1, 4, 2)
    return replace(prediction, lines=tuple(prediction.lines[index] for index in reading_order(quads)))


def ask_paddleocr(job: Job, pictures: dict[Any, Path]) -> dict[Any, Prediction]:
    """PaddleOCR's answer to each picture; an error of its would be one of the test."""
    with run_predictions(job, list(pictures.values())) as (_, records):
        return {name: Prediction.from_reference(record) for name, record in zip(pictures, records, strict=True)}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every picture by name."""
    return draw(tmp_path_factory.mktemp("pictures"))


@pytest.fixture(scope="module")
def paddleocr(pictures: dict[str, Path], weights_dir: Path) -> dict[str, dict[str, Prediction]]:
    """PaddleOCR's answers by tier and picture."""
    tiers = dict.fromkeys(configuration.tier for configuration in CONFIGURATIONS)
    return {
        tier: ask_paddleocr(Job(Path(sys.executable), TierModels.open(weights_dir, tier), SIDE, details=True), pictures)
        for tier in tiers
    }


@pytest.fixture(scope="module", params=CONFIGURATIONS, ids=lambda configuration: configuration.name)
def answers(
    request: pytest.FixtureRequest,
    paddleocr: dict[str, dict[str, Prediction]],
    pictures: dict[str, Path],
    weights_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Answers]:
    """A service in each configuration, beside PaddleOCR with the same weights."""
    configuration = request.param
    log = tmp_path_factory.mktemp("service") / "log"
    with (
        started_service(log, configuration.settings(weights_dir, SIDE)) as url,
        OcrClient(url, {"words": "true"}) as client,
    ):
        yield Answers(paddleocr[configuration.tier], client, pictures)


@pytest.mark.parametrize("name", [*GIVEN, *(name for name in DRAWN if name not in PADDED)])
def test_a_picture_brings_the_same_lines(answers: Answers, name: str) -> None:
    """As many, in the same order, with the same text and score, in the same place."""
    ours, theirs = answers.both(name)
    assert (ours.width, ours.height) == (theirs.width, theirs.height)
    assert_same_lines(ours, theirs)


@pytest.mark.parametrize("name", [*GIVEN, *(name for name in DRAWN if name not in PADDED)])
def test_a_line_has_the_same_words(answers: Answers, name: str) -> None:
    """``words=true`` tells the words apart as ``return_word_box`` does, and puts them in the same places."""
    ours, theirs = answers.both(name)
    for line, other in zip(ours.lines, theirs.lines, strict=True):
        assert_same_words(line, other)


def test_there_is_something_to_compare(answers: Answers) -> None:
    """The pictures have text, PaddleOCR finds it, and what is blank is blank."""
    found = {name: len(prediction.lines) for name, prediction in answers.paddleocr.items()}
    assert all(found[name] for name in GIVEN)
    assert found["slanted"] == found["vertical-latin"] == found["vertical-chinese"] == 4
    assert found["tall"]
    assert found["blank"] == 0


@pytest.mark.parametrize("name", PADDED)
def test_the_tiniest_pictures_are_not_padded_here(answers: Answers, name: str) -> None:
    """PaddleOCR lays pictures whose sides add up to less than 64 pixels on black, and then scales the boxes wrongly.

    The service looks at the picture as it is; it answers, and every line lies within the picture.
    """
    ours, _ = answers.both(name)
    corners = [corner for line in ours.lines for corner in line.polygon]
    assert all(0 <= x <= ours.width and 0 <= y <= ours.height for x, y in corners)


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The page, lying on its sides and on its head."""
    return draw_turned(tmp_path_factory.mktemp("turned"))


def test_a_turned_page_is_turned_back_alike(
    turned: dict[int, Path], paddleocr: dict[str, dict[str, Prediction]], weights_dir: Path, tmp_path: Path
) -> None:
    """``autorotate=page`` finds the angle that ``use_doc_orientation_classify`` finds, and reads the upright page.

    PaddleOCR reads a page that lies one pixel off: it turns by interpolation, about a centre half a pixel beside the
    true one. So its lines are compared by their place, and the text with what it reads on the page as it was.
    """
    page = ModelFiles.open(weights_dir / "orientation" / "page")
    models = TierModels.open(weights_dir, "pp-ocrv6-tiny")
    theirs = ask_paddleocr(Job(Path(sys.executable), models, SIDE, details=True, page=page), turned)
    upright = paddleocr["pp-ocrv6-tiny"]["page.png"]
    settings = CONFIGURATIONS[0].settings(weights_dir, SIDE)
    options = {"words": "true", "autorotate": "page"}
    with started_service(tmp_path / "log", settings) as url, OcrClient(url, options) as client:
        for angle in TURNED:
            ours = in_paddleocr_order(client.read(turned[angle]))
            assert ours.angle == theirs[angle].angle == angle
            assert (ours.width, ours.height) == (theirs[angle].width, theirs[angle].height)
            assert_same_lines(ours, upright)
            assert_same_places(ours, theirs[angle], SHIFTED_OVERLAP)


def assert_same_lines(ours: Prediction, theirs: Prediction) -> None:
    """Line by line: text, score and outline."""
    assert [line.text for line in ours.lines] == [line.text for line in theirs.lines]
    for line, other in zip(ours.lines, theirs.lines, strict=True):
        assert line.score == pytest.approx(other.score, abs=SCORE), line.text
    assert_same_places(ours, theirs, OVERLAP)


def assert_same_places(ours: Prediction, theirs: Prediction, least: float) -> None:
    """Line by line: outlines that share at least this IoU."""
    for line, other in zip(ours.lines, theirs.lines, strict=True):
        (overlap,) = overlaps([line.polygon], [other.polygon])
        assert overlap.iou >= least, line.text


def assert_same_words(line: Line, other: Line) -> None:
    """Word by word: text and box."""
    ours, theirs = line.words or (), other.words or ()
    assert [word.text for word in ours] == [word.text for word in theirs]
    for one, two in zip(ours, theirs, strict=True):
        assert one.box == pytest.approx(two.box, abs=PIXELS), one.text
