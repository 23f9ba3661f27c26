"""``python -m bench ranges``: the values that layers are given, on graphs computed by hand and on drawn text."""

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from app.engines import int8_ranges
from app.engines.base import Detection
from app.engines.detection_options import DetectionOptions
from app.engines.graph_recognizer import line_canvases
from app.engines.int8_ranges import read_ranges
from app.engines.openvino_int8 import quantise
from app.engines.openvino_rewriting import split_concatenations, without_softmax
from app.engines.openvino_runtime import ops, ov
from app.weights.store import installed_directory
from bench.accuracy.corpus import Sample
from bench.cli import main
from bench.compare.sample_set import own_samples
from bench.ranges.command import as_toml
from bench.ranges.lines import chosen_lines, evenly
from bench.ranges.measurement import measure, measured_layers
from bench.service_process import ROOT
from tests.options import detection

TIERS = ("pp-ocrv6-small", "pp-ocrv6-tiny")
DYNAMIC = "pp-ocrv5-mobile"
"""Its graph has a layer whose shape is known only when it runs."""


@pytest.mark.parametrize(
    ("many", "count", "chosen"),
    [(10, 5, [0, 2, 4, 6, 8]), (10, 3, [0, 3, 6]), (3, 3, [0, 1, 2]), (2, 24, [0, 1]), (0, 24, [])],
)
def test_lines_are_chosen_at_even_distances(many: int, count: int, chosen: list[int]) -> None:
    """As many as are asked for from beginning to end, all where there are no more."""
    assert evenly(range(many), count) == chosen


class HalvesDetector:
    """Finds the left and the right half of every picture, and keeps how it was to look."""

    def __init__(self) -> None:
        self.asked: list[DetectionOptions] = []

    def detect(self, images: list[np.ndarray], options: DetectionOptions) -> list[Detection]:
        """Answer."""
        self.asked.append(options)
        height, width = images[0].shape[:2]
        lefts = (0, width // 2)
        quads = [[[x, 0], [x + width // 2, 0], [x + width // 2, height], [x, height]] for x in lefts]
        return [Detection(np.array(quads, np.int32), np.ones(2, np.float32))]


def test_each_set_has_its_own_share_of_lines(tmp_path: Path) -> None:
    """Of all the lines of a set, over all its pictures, some are chosen; they are cut out of their picture."""
    samples = []
    for number, name in enumerate(("a", "a", "a", "b")):
        pixels = np.full((20, 200, 3), 40 * number, np.uint8)
        pixels[:, 100:] += 10
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), pixels)
        samples.append(Sample(name, path.name, path, "", ()))
    detector: Any = HalvesDetector()
    chosen = chosen_lines(samples, detector, detection(640), 3)
    greys = {name: [int(line[10, 50, 0]) for line in lines] for name, lines in chosen.items()}
    assert greys == {"a": [0, 40, 80], "b": [120, 130]}  # the 1st, 3rd and 5th of six, and both of two
    assert detector.asked == [detection(640)] * 4


@pytest.fixture(scope="module")
def lines() -> list[np.ndarray]:
    """Three lines of drawn text."""
    drawn = []
    for text in ("Ranges 2026", "of a few", "drawn lines, this one long"):
        width = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.1, 2)[0][0] + 20
        pixels = np.full((48, width, 3), 255, np.uint8)
        cv2.putText(pixels, text, (8, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 2)
        drawn.append(pixels)
    return drawn


def directory(tier: str) -> Path:
    """Return where a tier lies."""
    return installed_directory(ROOT / "weights", tier)


def graph(tier: str) -> Any:
    """Return a tier's recogniser."""
    return ov.Core().read_model(directory(tier) / "rec" / "inference.onnx")


@pytest.mark.parametrize("tier", [*TIERS, DYNAMIC])
def test_what_is_measured_can_be_quantised(tier: str, lines: list[np.ndarray]) -> None:
    """Every layer is one of the graph as the engine rewrites it, and each has a range with zero in it."""
    ranges = measure(directory(tier), lines)
    assert len(ranges) >= 10
    assert all(least < greatest for least, greatest in ranges.values())
    model = without_softmax(graph(tier))
    split_concatenations(model)
    quantise(model, ranges)
    rounded = [node for node in model.get_ops() if node.get_type_name() == "FakeQuantize"]
    assert len(rounded) == 2 * len(ranges)  # what it is given, and its weights


@pytest.mark.parametrize("tier", TIERS)
def test_the_layers_are_those_of_the_service(tier: str) -> None:
    """The files that come with the service name the layers that the command measures, in the graph's order."""
    assert measured_layers(graph(tier)) == list(read_ranges(tier))


def test_the_range_is_that_of_the_values_given(lines: list[np.ndarray]) -> None:
    """Over all lines, to the third decimal: what a layer is given, taken out of the unchanged graph."""
    ranges = measure(directory("pp-ocrv6-tiny"), lines)
    model = graph("pp-ocrv6-tiny")
    name = list(ranges)[-1]
    (layer,) = [node for node in model.get_ops() if node.get_friendly_name() == name]
    probe = ov.Model([ops.result(layer.input_value(0))], model.get_parameters(), "probe")
    run = ov.Core().compile_model(probe, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    widths = (256, 192, 544)  # the narrowest canvas of each
    given = [run([line_canvases([line], width)])[0] for line, width in zip(lines, widths, strict=True)]
    expected = min(map(np.min, given)), max(map(np.max, given))
    assert ranges[name] == pytest.approx(expected, abs=0.0011)


def convolved(value: Any, weights: tuple[int, ...], name: str, pads: tuple[int, int] = (0, 0)) -> Any:
    """Return a convolution called *name*."""
    constant = ops.constant(np.ones(weights, np.float32))
    node = ops.convolution(value, constant, [1, 1], list(pads), list(pads), [1, 1])
    node.set_friendly_name(name)
    return node


def test_only_pointwise_layers_of_many_channels_over_rows_are_measured() -> None:
    """No layer over one row or an unknown number, with larger windows or few channels, nor one that is split up."""
    rows = ops.parameter([1, 96, 6, -1], ov.Type.f32, "rows")
    unknown = ops.parameter([1, 96, -1, -1], ov.Type.f32, "unknown")
    few = ops.parameter([1, 95, 6, -1], ov.Type.f32, "few")
    one = ops.parameter([1, 96, 1, -1], ov.Type.f32, "one")
    layers = [
        convolved(rows, (8, 96, 1, 1), "measured"),
        convolved(rows, (8, 96, 3, 3), "window", (1, 1)),
        convolved(few, (8, 95, 1, 1), "few"),
        convolved(one, (8, 96, 1, 1), "one row"),
        convolved(unknown, (8, 96, 1, 1), "unknown rows"),
        convolved(ops.concat([rows, few], 1), (8, 191, 1, 1), "joined"),
    ]
    model = ov.Model([ops.result(layer) for layer in layers], [rows, unknown, few, one], "layers")
    assert measured_layers(model) == ["measured"]


def test_the_file_is_what_the_service_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and values come back; the comment says what it comes from, not counting sets without lines."""
    ranges = {"Conv.8": (-1.598, 1.982), "Conv.9": (-0.17, 5.1)}
    line = np.zeros((1, 1, 3), np.uint8)
    text = as_toml(ranges, {"a": [line] * 3, "b": [line], "c": []})
    assert text.startswith("# Measured by `python -m bench ranges` on 4 lines of 2 sets")
    (tmp_path / "tier.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(int8_ranges, "FOLDER", tmp_path)
    assert read_ranges("tier") == ranges
    assert list(tomllib.loads(text)) == ["recognizer"]


@pytest.fixture
def own_corpus(tmp_path: Path) -> Path:
    """The tests' own pictures as a corpus: a set of two, and one of one."""
    for name, pictures in (("first", ("latin.png", "photo.jpg")), ("second", ("chinese.png",))):
        folder = tmp_path / "corpus" / name
        folder.mkdir(parents=True)
        rows = []
        for sample in own_samples():
            if sample.path.name in pictures:
                shutil.copy(sample.path, folder)
                rows.append(json.dumps({"image": sample.path.name, "lines": []}))
        (folder / "labels.jsonl").write_text("\n".join(rows) + "\n")
    return tmp_path / "corpus"


def test_a_file_a_tier_is_written(own_corpus: Path, tmp_path: Path) -> None:
    """For the tiers that are named, over the first images of each set, with as many lines as are asked for."""
    out = tmp_path / "new" / "ranges"
    command = ["ranges", "pp-ocrv6-tiny", DYNAMIC, "--corpus", str(own_corpus), "--limit", "1", "--lines", "3"]
    assert main([*command, "--out-dir", str(out), "--det-max-side", "640"]) == 0
    assert sorted(path.name for path in out.iterdir()) == [f"{DYNAMIC}.toml", "pp-ocrv6-tiny.toml"]
    text = (out / "pp-ocrv6-tiny.toml").read_text(encoding="utf-8")
    assert "on 6 lines of 2 sets" in text
    every = ["ranges", "pp-ocrv6-tiny", *command[3:-1], "100", "--out-dir", str(out)]
    assert main(every) == 0
    text = (out / "pp-ocrv6-tiny.toml").read_text(encoding="utf-8")
    assert "on 8 lines of 2 sets" in text  # four of either's first picture
    assert list(tomllib.loads(text)["recognizer"]) == list(read_ranges("pp-ocrv6-tiny"))


@pytest.mark.parametrize(
    ("arguments", "word"), [(["pp-ocrv9"], "pp-ocrv9"), (["--weights", "/nonexistent"], "app.weights fetch")]
)
def test_what_is_not_there_is_named(
    own_corpus: Path, tmp_path: Path, arguments: list[str], word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2, one line, and nothing is written."""
    assert main(["ranges", *arguments, "--corpus", str(own_corpus), "--out-dir", str(tmp_path / "out")]) == 2
    assert word in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
