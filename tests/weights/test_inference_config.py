"""The ``inference.yml`` that is written for models without one, read back as the engines read it."""

import pytest
import yaml

from app.engines.model_files import read_model_files
from app.weights.inference_config import write_config

DETECTOR, RECOGNIZER = "PP-OCRv5_mobile_det", "PP-OCRv5_mobile_rec"


@pytest.fixture
def read_back(tmp_path):
    """Write both files beside empty graphs and read them as a model directory."""

    def read(dictionary):
        for part, content in (("det", write_config(DETECTOR, b"")), ("rec", write_config(RECOGNIZER, dictionary))):
            (tmp_path / part).mkdir(exist_ok=True)
            (tmp_path / part / "inference.onnx").write_bytes(b"")
            (tmp_path / part / "inference.yml").write_bytes(content)
        return read_model_files(tmp_path)

    return read


@pytest.mark.parametrize(
    "characters",
    [
        ["a", "b", "中"],
        ["\u3000", "a", "\u3000"],  # the ideographic space, first and last
        ["0", "1", "1.5", "yes", "no", "null", "~", "true", "-", "=", "<<"],  # what YAML takes for something else
        ["'", '"', "\\", "#", ":", "{", "}", "[", "]", ",", "&", "*", "!", "|", ">", "%", "@", "`"],
        ["𠮷", "𪚥", "😀", "﷼"],  # beyond the basic plane
        ["\u00a0", "\u00ad", "\u200b", "\u2028", "\ufeff", "é", "e\u0301"],
        [" ", "x"],
    ],
    ids=["plain", "ideographic space", "yaml words", "punctuation", "astral", "invisible", "space"],
)
def test_a_dictionary_survives(read_back, characters):
    """Every character is found again in its place, between the blank and the space."""
    dictionary = ("\n".join(characters) + "\n").encode()
    assert read_back(dictionary).recognizer.alphabet == ("", *characters, " ")


@pytest.mark.parametrize("dictionary", ["a\r\n\u3000\r\nb\r\n", "a\n\u3000\nb\n", "a\n\u3000\nb"])
def test_line_ends_are_no_characters(read_back, dictionary):
    """Either line end, and a last line with or without one, give the same three characters."""
    assert read_back(dictionary.encode()).recognizer.alphabet == ("", "a", "\u3000", "b", " ")


def test_the_detectors_values_are_the_published_ones(read_back):
    """ImageNet's mean and deviation in units of a pixel, and a thousand candidates."""
    detector = read_back(b"a\n").detector
    assert detector.mean == pytest.approx([255 * value for value in (0.485, 0.456, 0.406)])
    assert detector.scale == pytest.approx([255 * value for value in (0.229, 0.224, 0.225)])
    assert detector.max_candidates == 1000


def test_the_bytes_are_always_the_same():
    """The files can be pinned by checksum: made twice they are equal, and other YAML readers understand them."""
    assert write_config(DETECTOR, b"") == write_config(DETECTOR, b"")
    config = write_config(RECOGNIZER, b"a\nb\n")
    assert config == write_config(RECOGNIZER, b"a\nb\n")
    assert yaml.safe_load(config)["PostProcess"]["character_dict"] == ["a", "b"]


@pytest.mark.parametrize("model", [DETECTOR, RECOGNIZER, "PP-LCNet_x1_0_doc_ori"])
def test_the_model_is_called_by_its_official_name(model):
    """PaddleOCR chooses what it does with a model by that name, and refuses a directory that bears another."""
    assert yaml.safe_load(write_config(model, b"a\n"))["Global"]["model_name"] == model


def test_a_model_that_nobody_described_is_refused():
    """Nothing is made up."""
    with pytest.raises(KeyError):
        write_config("PP-LCNet_x9_table", b"")
