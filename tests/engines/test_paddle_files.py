"""What is read of a model directory in Paddle's format before PaddleOCR itself reads it."""

import pytest

from app.engines.paddle_files import read_detector, read_recognizer
from app.errors import WeightsError

DETECTOR = "Global: {model_name: PP-OCRv4_mobile_det}\nPostProcess: {name: DBPostProcess}\n"
RECOGNIZER = "Global: {model_name: PP-OCRv4_mobile_rec}\nPostProcess: {name: CTCLabelDecode, character_dict: [a, b]}\n"


@pytest.fixture
def directory(tmp_path):
    """Make a model directory with this description."""

    def make(config, files=("inference.json", "inference.pdiparams")):
        for name in files:
            (tmp_path / name).touch()
        (tmp_path / "inference.yml").write_text(config, encoding="utf-8")
        return tmp_path

    return make


@pytest.mark.parametrize("graph", ["inference.json", "inference.pdmodel"])
def test_both_generations_of_graphs_are_read(directory, graph):
    """PaddlePaddle 3 writes one name, 2 the other; the model's own name is what PaddleOCR is told."""
    folder = directory(DETECTOR, (graph, "inference.pdiparams"))
    model = read_detector(folder)
    assert (model.name, model.directory) == ("PP-OCRv4_mobile_det", folder)


@pytest.mark.parametrize(
    ("characters", "single"), [("[a, b, 中]", True), ("[a, ab]", False), ('["é", "e\\u0301"]', False)]
)
def test_a_recogniser_says_whether_its_characters_are_single(directory, characters, single):
    """PaddleX counts code points: with an entry of two it would mistake where every later character stands."""
    model = read_recognizer(directory(RECOGNIZER.replace("[a, b]", characters)))
    assert (model.name, model.single_characters) == ("PP-OCRv4_mobile_rec", single)


@pytest.mark.parametrize("missing", ["inference.json", "inference.pdiparams", "inference.yml"])
@pytest.mark.parametrize(("read", "config"), [(read_detector, DETECTOR), (read_recognizer, RECOGNIZER)])
def test_a_missing_file_is_named(directory, missing, read, config):
    """Which file, and where."""
    folder = directory(config)
    (folder / missing).unlink()
    with pytest.raises(WeightsError, match=str(folder / missing)):
        read(folder)


@pytest.mark.parametrize(
    ("read", "config", "why"),
    [
        (read_detector, RECOGNIZER, "CTCLabelDecode; a model that detects text has DBPostProcess"),
        (read_recognizer, DETECTOR, "DBPostProcess; a model that reads text has CTCLabelDecode"),
        (read_detector, DETECTOR.replace("DBPostProcess", "DBPostProcess, box_type: poly"), "curves"),
        (read_detector, "PostProcess: {name: DBPostProcess}\n", "Global"),
        (read_recognizer, "Global: {}\n" + RECOGNIZER.splitlines()[1], "model_name"),
        (read_recognizer, RECOGNIZER.replace(", character_dict: [a, b]", ""), "character_dict"),
    ],
)
def test_a_model_of_another_kind_is_refused(directory, read, config, why):
    """Detector and recogniser exchanged, or one that finds curves: the file is named, and what is wrong with it."""
    folder = directory(config)
    with pytest.raises(WeightsError, match=why) as caught:
        read(folder)
    assert str(folder / "inference.yml") in str(caught.value)
