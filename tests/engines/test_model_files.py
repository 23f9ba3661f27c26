"""Reading a model directory in PaddleOCR's layout."""

from pathlib import Path

import pytest

from app.engines.model_files import read_model_files
from app.errors import WeightsError
from app.weights.manifest import read_manifest

DETECTOR = """
PreProcess:
  transform_ops:
  - DecodeImage: {channel_first: false, img_mode: BGR}
  - NormalizeImage: {mean: [0.1, 0.2, 0.3], std: [0.5, 0.25, 1.0], scale: 1./255., order: hwc}
  - ToCHWImage: null
  - KeepKeys: {keep_keys: [image, shape]}
PostProcess: {name: DBPostProcess, thresh: 0.2, max_candidates: 3000}
"""
RECOGNIZER = """
PreProcess:
  transform_ops:
  - RecResizeImg: {image_shape: [3, 48, 320]}
PostProcess:
  name: CTCLabelDecode
  character_dict: ["0", a, "\\u3000", "'", 中]
"""


@pytest.fixture
def directory(tmp_path):
    """Write a model directory and return it."""

    def write(det=DETECTOR, rec=RECOGNIZER) -> Path:
        for part, text in (("det", det), ("rec", rec)):
            (tmp_path / part).mkdir(exist_ok=True)
            (tmp_path / part / "inference.onnx").write_bytes(b"graph")
            (tmp_path / part / "inference.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return write


def test_a_directory_is_read(directory):
    """Graphs, normalisation in units of a pixel, candidates and the alphabet are those of the files."""
    folder = directory()
    files = read_model_files(folder)
    assert files.detector.graph == folder / "det" / "inference.onnx"
    assert files.detector.mean == pytest.approx((25.5, 51.0, 76.5))
    assert files.detector.scale == pytest.approx((127.5, 63.75, 255.0))
    assert files.detector.max_candidates == 3000
    assert files.recognizer.graph == folder / "rec" / "inference.onnx"
    assert files.recognizer.alphabet == ("", "0", "a", "\u3000", "'", "中", " ")


def test_the_alphabet_has_the_blank_first_and_the_space_last(directory):
    """Class 0 of the model is the blank, the last one the space, whatever lies between."""
    files = read_model_files(directory(rec='PostProcess: {character_dict: [x, "1", y]}'))
    assert files.recognizer.alphabet == ("", "x", "1", "y", " ")


def test_digits_without_quotes_are_characters(directory):
    """A dictionary that lists 0 to 2 unquoted means the characters."""
    files = read_model_files(directory(rec="PostProcess:\n  character_dict:\n  - 0\n  - 1\n  - 2\n"))
    assert files.recognizer.alphabet == ("", "0", "1", "2", " ")


def test_what_a_file_leaves_open_is_the_published_models_value(directory):
    """Without NormalizeImage ImageNet's mean and deviation hold, without max_candidates 1000."""
    detector = read_model_files(directory(det="Global: {model_name: mine}")).detector
    assert detector.mean == pytest.approx((123.675, 116.28, 103.53))
    assert detector.scale == pytest.approx((58.395, 57.12, 57.375))
    assert detector.max_candidates == 1000


@pytest.mark.parametrize("part", ["det", "rec"])
@pytest.mark.parametrize("name", ["inference.onnx", "inference.yml"])
def test_a_missing_file_is_named(directory, part, name):
    """Whichever of the four files is missing, the error says its path."""
    folder = directory()
    (folder / part / name).unlink()
    with pytest.raises(WeightsError, match=f"{part}/{name}"):
        read_model_files(folder)


def test_an_empty_directory_is_a_weights_error(tmp_path):
    """A directory without models, or none at all, is said to lack its first file."""
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(WeightsError, match="missing"):
            read_model_files(folder)


BROKEN_DETECTORS = {
    "no yaml": "a: [",
    "not text": b"\xff\xfe\x00\x01\x80",
    "empty": "",
    "a list": "[1, 2]",
    "mean of two": "PreProcess: {transform_ops: [{NormalizeImage: {mean: [0.1, 0.2]}}]}",
    "std of four": "PreProcess: {transform_ops: [{NormalizeImage: {std: [1, 1, 1, 1]}}]}",
    "mean of words": "PreProcess: {transform_ops: [{NormalizeImage: {mean: [a, b, c]}}]}",
    "mean is a number": "PreProcess: {transform_ops: [{NormalizeImage: {mean: 0.5}}]}",
    "std of zero": "PreProcess: {transform_ops: [{NormalizeImage: {std: [0.2, 0, 0.2]}}]}",
    "arguments are a list": "PreProcess: {transform_ops: [{NormalizeImage: [0.5]}]}",
    "steps are a number": "PreProcess: {transform_ops: 5}",
    "PreProcess is a number": "PreProcess: 5",
    "PostProcess is a list": "PostProcess: [1]",
    "candidates are a word": "PostProcess: {max_candidates: many}",
}
BROKEN_RECOGNIZERS = {
    "no yaml": "a: [",
    "empty": "",
    "no PostProcess": "{}",
    "PostProcess is empty": "PostProcess:",
    "no dictionary": "PostProcess: {name: CTCLabelDecode}",
    "empty dictionary": "PostProcess: {character_dict: []}",
    "dictionary is a number": "PostProcess: {character_dict: 5}",
    "dictionary is a file's name": "PostProcess: {character_dict: ppocr_keys_v1.txt}",
    "lines of 32": "PreProcess: {transform_ops: [{RecResizeImg: {image_shape: [3, 32, 320]}}]}\n"
    "PostProcess: {character_dict: [a]}",
    "grey lines": "PreProcess: {transform_ops: [{RecResizeImg: {image_shape: [1, 48, 320]}}]}\n"
    "PostProcess: {character_dict: [a]}",
    "shape is a number": "PreProcess: {transform_ops: [{RecResizeImg: {image_shape: 48}}]}\n"
    "PostProcess: {character_dict: [a]}",
}


@pytest.mark.parametrize("text", BROKEN_DETECTORS.values(), ids=BROKEN_DETECTORS)
def test_a_detectors_file_that_cannot_be_used_is_named(directory, text):
    """Whatever is wrong with a user's own file, it is a weights error that names it, no traceback."""
    with pytest.raises(WeightsError, match=r"det/inference\.yml"):
        read_model_files(directory(det=text))


@pytest.mark.parametrize("text", BROKEN_RECOGNIZERS.values(), ids=BROKEN_RECOGNIZERS)
def test_a_recognisers_file_that_cannot_be_used_is_named(directory, text):
    """Whatever is wrong with a user's own file, it is a weights error that names it, no traceback."""
    with pytest.raises(WeightsError, match=r"rec/inference\.yml"):
        read_model_files(directory(rec=text))


@pytest.mark.parametrize(
    "name", [name for name, tier in read_manifest().tiers.items() if "onnxruntime" in tier.engines]
)
def test_every_fetched_tier_can_be_read(weights_dir, tiny_tier, name):
    """A tier's alphabet has a character for each class of its model's output, and none twice."""
    onnxruntime = pytest.importorskip("onnxruntime")
    folder = weights_dir / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not fetched")
    files = read_model_files(folder)
    classes = onnxruntime.InferenceSession(files.recognizer.graph).get_outputs()[0].shape[-1]
    assert len(files.recognizer.alphabet) == classes
    assert all(len(character) >= 1 for character in files.recognizer.alphabet[1:])
