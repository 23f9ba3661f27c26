"""Layers in 8-bit integers: they are really run as such, and read what floating point reads."""

from collections import Counter

import numpy as np
import pytest

from app.engines.choice import EngineChoice
from app.engines.int8_ranges import FOLDER, read_ranges
from app.engines.openvino_int8 import quantise
from app.engines.openvino_runtime import ops, ov
from app.engines.registry import load_engine
from app.errors import WeightsError
from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits
from app.pipeline.line_crop import crop_line
from app.pipeline.line_groups import one_by_one
from app.pipeline.reading_order import reading_order
from app.settings import Settings
from app.slot_plan import SlotPlan
from tests.options import detection

F32 = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
PREPARED = sorted(path.stem for path in FOLDER.glob("*.toml"))
PRECISIONS = ("f32", "int8")


@pytest.fixture(scope="module", params=PREPARED)
def engines(request, tier):
    """Each tier that is prepared, by precision: its name, and the engines."""
    settings, plan = Settings(det_max_side=960), SlotPlan(1, 1, 1, 1)
    choices = {precision: EngineChoice("openvino", precision, exact=False) for precision in PRECISIONS}
    directory = tier(request.param)
    return request.param, {name: load_engine(choice, settings, directory, plan) for name, choice in choices.items()}


def precisions(recognizer):
    """Return what the runtime computes a recogniser's convolutions in: by its layer's name, such as ``u8``."""
    model = recognizer._session._request.get_compiled_model().get_runtime_model()
    found = {}
    for node in model.get_ops():
        info = {name: node.get_rt_info()[name].astype(str) for name in node.get_rt_info()}
        if info.get("layerType") == "Convolution":
            found |= dict.fromkeys(info["originalLayersNames"].split(","), info["runtimePrecision"])
    return found


def test_the_layers_with_ranges_are_computed_in_integers(engines):
    """All of them, and in the runtime's own words; without int8 none is."""
    name, loaded = engines
    layers = read_ranges(name)
    computed = precisions(loaded["int8"].recognizers[0])
    assert Counter(computed[layer] for layer in layers) == {"u8": len(layers)}
    computed = precisions(loaded["f32"].recognizers[0])
    assert Counter(computed[layer] for layer in layers) == {"f32": len(layers)}


def test_int8_reads_what_f32_reads_surely(engines, image):
    """On the pictures of the tests every line that f32 is sure of has the same text, but for a space now and then."""
    _, loaded = engines
    sure = []
    for picture in ("latin.png", "chinese.png", "japanese.png", "photo.jpg", "page.png"):
        pixels = decode_image(image(picture), ImageLimits(1 << 24, 1 << 13)).pixels
        (found,) = loaded["f32"].detectors[0].detect([pixels], detection(960))
        crops = [crop_line(pixels, found.quads[index]) for index in reading_order(found.quads)]
        groups = one_by_one([crop.shape[1] / crop.shape[0] for crop in crops])
        for crop, group in zip(crops, groups, strict=True):
            f32, int8 = (loaded[name].recognizers[0].recognise([crop], group.canvas_ratio)[0] for name in PRECISIONS)
            if f32.score > 0.9:
                sure.append((f32, int8))
    assert len(sure) >= 20
    for f32, int8 in sure:
        assert int8.text.replace(" ", "") == f32.text.replace(" ", "")
        assert int8.score == pytest.approx(f32.score, abs=0.05)


def layer(weights):
    """Return a graph of one pointwise convolution, called ``layer``, over (1, channels, 2, 64)."""
    x = ops.parameter([1, weights.shape[1], 2, 64], ov.Type.f32, "x")
    node = ops.convolution(x, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])
    node.set_friendly_name("layer")
    return ov.Model([node], [x], "one layer")


def random_weights():
    """Return weights whose output channels are of very different sizes, and one that is nothing at all."""
    weights = np.random.default_rng(2).uniform(-1, 1, (16, 96, 1, 1)).astype(np.float32)
    weights *= np.geomspace(0.01, 100, 16, dtype=np.float32).reshape(-1, 1, 1, 1)
    weights[7] = 0
    return weights


def run(model, tensor):
    """Return what *model* gives."""
    return np.array(ov.Core().compile_model(model, "CPU", F32)([tensor])[0])


@pytest.mark.parametrize("bounds", [(-0.17, 3.9), (-2.263, 2.521), (0.0, 6.0), (-5.0, 0.0), (0.4, 3.0), (-3.0, -0.4)])
def test_zero_stays_exactly_zero(bounds):
    """Whatever the range, with zero inside or not: what is padded, or cut off by an activation, adds nothing."""
    model = layer(random_weights())
    quantise(model, {"layer": bounds})
    assert (run(model, np.zeros((1, 96, 2, 64), np.float32)) == 0).all()


@pytest.mark.parametrize("bounds", [(-0.17, 3.9), (-2.263, 2.521), (0.0, 6.0), (-5.0, 0.0), (0.4, 3.0), (-3.0, -0.4)])
def test_zero_is_a_level_and_the_range_is_kept(bounds):
    """The 256 levels reach over what was measured, but for a level at an end, and one of them is zero."""
    model = layer(random_weights())
    quantise(model, {"layer": bounds})
    (node,) = [node for node in model.get_ops() if node.get_friendly_name() == "layer"]
    rounded = node.input_value(0).get_node()
    least, greatest = (float(rounded.input_value(index).get_node().data.item()) for index in (1, 2))
    step = (greatest - least) / 255
    assert -least / step == pytest.approx(round(-least / step), abs=1e-3)
    assert least == pytest.approx(min(bounds[0], 0), abs=step)
    assert greatest == pytest.approx(max(bounds[1], 0), abs=step)


def test_the_error_is_that_of_rounding():
    """Within the range the result is off by no more than half a level of input and weight can make it."""
    weights, bounds = random_weights(), (-1.0, 3.0)
    tensor = np.random.default_rng(3).uniform(*bounds, (1, 96, 2, 64)).astype(np.float32)
    model = layer(weights)
    quantise(model, {"layer": bounds})
    error = np.abs(run(model, tensor) - run(layer(weights), tensor))[0].max(axis=(1, 2))
    largest = np.abs(weights).max(axis=(1, 2, 3))
    step_of_inputs, steps_of_weights = (bounds[1] - bounds[0]) / 255, largest / 127
    allowed = 96 * (largest * step_of_inputs / 2 + steps_of_weights / 2 * max(map(abs, bounds)))
    assert (error <= allowed).all()
    typical = np.sqrt(96) * largest * (step_of_inputs + 3 / 127)  # errors cancel out
    assert (error <= typical).all()


def test_each_output_channel_has_levels_of_its_own():
    """A channel of small weights is rounded by its own largest: its error is as small as its weights."""
    weights = random_weights()
    tensor = np.random.default_rng(4).uniform(-1, 3, (1, 96, 2, 64)).astype(np.float32)
    model = layer(weights)
    quantise(model, {"layer": (-1.0, 3.0)})
    expected, got = run(layer(weights), tensor)[0], run(model, tensor)[0]
    kept = [channel for channel in range(16) if channel != 7]
    shares = [np.abs(got[c] - expected[c]).max() / np.abs(expected[c]).max() for c in kept]
    assert max(shares) < 0.03
    assert (got[7] == 0).all()


def test_what_exceeds_the_range_is_cut_off():
    """A value beyond what was measured counts as the greatest that was."""
    weights = np.ones((1, 96, 1, 1), np.float32)
    model = layer(weights)
    quantise(model, {"layer": (-1.0, 3.0)})
    assert run(model, np.full((1, 96, 2, 64), 50, np.float32)) == pytest.approx(96 * 3.0, rel=0.01)


def test_layers_without_a_range_are_left_alone():
    """Nothing is rounded where nothing was measured."""
    weights = random_weights()
    tensor = np.random.default_rng(5).uniform(-1, 3, (1, 96, 2, 64)).astype(np.float32)
    model = layer(weights)
    quantise(model, {})
    assert np.array_equal(run(model, tensor), run(layer(weights), tensor))


def test_the_ranges_of_another_model_are_refused(tiny_tier):
    """A layer that the graph has not is named, and the graph is as it was: whoever mixed files up hears of it."""
    model = ov.Core().read_model(tiny_tier / "rec" / "inference.onnx")
    with pytest.raises(WeightsError, match=r"another model, with Conv\.\d+: OCR_PRECISION=bf16 or f32"):
        quantise(model, read_ranges("pp-ocrv6-small"))
    assert not [node for node in model.get_ops() if node.get_type_name() == "FakeQuantize"]
