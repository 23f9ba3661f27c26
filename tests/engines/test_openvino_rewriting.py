"""Graphs made quicker: the same answers but for rounding, and nothing left of what was slow."""

import cv2
import numpy as np
import pytest

from app.engines.openvino_rewriting import (
    ends_in_softmax,
    is_unshuffled,
    merge_gates,
    shuffled,
    split_concatenations,
    without_shuffling,
    without_softmax,
)
from app.engines.openvino_runtime import ops, ov

F32 = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
TIERS = ("pp-ocrv6-tiny", "pp-ocrv6-small")
OTHER = "pp-ocrv5-mobile"
"""Its detector's head has more in it than two steps, and its gates are no sums."""

SIDE = 160


@pytest.fixture(params=TIERS)
def directory(request, tier):
    """Each tier whose graphs have the patterns."""
    return tier(request.param)


def read(directory, part):
    """Return a fresh copy of a tier's ``det`` or ``rec``."""
    return ov.Core().read_model(directory / part / "inference.onnx")


def run(model, tensor):
    """Return what *model* gives for *tensor* in f32."""
    (values,) = ov.Core().compile_model(model, "CPU", F32)([tensor]).values()
    return np.array(values)


def page():
    """Return a normalised picture that differs in every corner, with a line of text on it."""
    pixels = np.random.default_rng(3).integers(150, 256, (SIDE, SIDE + 32, 3), np.uint8)
    cv2.putText(pixels, "Rewritten", (4, 90), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 3)
    return (pixels.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / 255 - 0.45) / 0.225


def line():
    """Return a line of text."""
    pixels = np.full((48, 320, 3), 255, np.uint8)
    cv2.putText(pixels, "Rewritten 42", (3, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 2)
    return pixels.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / 127.5 - 1


def count(model, kind):
    """Return how many nodes of a kind *model* has."""
    return sum(node.get_type_name() == kind for node in model.get_ops())


def layout(model):
    """Return what *model* consists of, and from where each node takes its inputs."""
    return [
        (
            node.get_friendly_name(),
            node.get_type_name(),
            [v.get_node().get_friendly_name() for v in node.input_values()],
        )
        for node in model.get_ordered_ops()
    ]


def joined_inputs(model):
    """Return how many convolutions are given what was joined from several maps."""
    sources = [node.input_value(0).get_node() for node in model.get_ops() if node.get_type_name() == "Convolution"]
    return sum(_past_identities(source).get_type_name() == "Concat" for source in sources)


def _past_identities(node):
    while node.get_type_name() == "Identity":
        node = node.input_value(0).get_node()
    return node


def gates(model):
    """Return how many sums ``x + x * gate`` there are."""
    found = 0
    for total in model.get_ops():
        if total.get_type_name() == "Add":
            one, other = (value.get_node() for value in total.input_values())
            pairs = ((one, other), (other, one))
            found += any(
                product.get_type_name() == "Multiply" and product.input_value(0).get_node() == x for product, x in pairs
            )
    return found


def test_gates_are_merged_into_one_product(directory):
    """Of the detector's sums of a map and its gated self none is left, and its answer is the same."""
    plain, model = read(directory, "det"), read(directory, "det")
    assert gates(plain) > 0
    merge_gates(model)
    assert gates(model) == 0
    assert np.abs(run(model, page()) - run(plain, page())).max() < 1e-5


@pytest.mark.parametrize("swapped", [False, True])
def test_a_gate_is_found_on_either_side_of_the_sum(swapped):
    """``x + x * gate`` and ``x * gate + x`` both become ``x * (gate + 1)``."""
    x, gate = (ops.parameter([1, 4, 3, 3], ov.Type.f32, name) for name in ("x", "gate"))
    parts = (x, ops.multiply(x, gate))
    model = ov.Model([ops.add(*(parts[::-1] if swapped else parts))], [x, gate], "gate")
    merge_gates(model)
    assert gates(model) == 0
    values = np.random.default_rng(0).uniform(-2, 2, (2, 1, 4, 3, 3)).astype(np.float32)
    (out,) = ov.Core().compile_model(model, "CPU", F32)(list(values)).values()
    assert out == pytest.approx(values[0] + values[0] * values[1], abs=1e-6)


def test_a_sum_with_another_maps_gate_is_left_alone():
    """``y + x * gate`` is no gate of y."""
    x, y, gate = (ops.parameter([1, 4, 3, 3], ov.Type.f32, name) for name in ("x", "y", "gate"))
    model = ov.Model([ops.add(y, ops.multiply(x, gate))], [x, y, gate], "no gate")
    before = layout(model)
    merge_gates(model)
    assert layout(model) == before


@pytest.mark.parametrize(("name", "part"), [(TIERS[0], "det"), (TIERS[1], "det"), (TIERS[1], "rec"), (OTHER, "rec")])
def test_nothing_is_joined_before_a_convolution(tier, name, part):
    """Every convolution over joined maps becomes a sum, and the answer is the same."""
    plain, model = read(tier(name), part), read(tier(name), part)
    assert joined_inputs(plain) > 0
    split_concatenations(model)
    assert joined_inputs(model) == 0
    tensor = page() if part == "det" else line()
    assert np.abs(run(model, tensor) - run(plain, tensor)).max() < 1e-4


def joined(axis, shapes, weights_shape, **options):
    """Return a graph: a convolution over parameters of *shapes*, joined along *axis*."""
    parts = [ops.parameter(ov.PartialShape(shape), ov.Type.f32, f"part{n}") for n, shape in enumerate(shapes)]
    weights = np.random.default_rng(1).uniform(-1, 1, weights_shape).astype(np.float32)
    how = {"strides": [1, 1], "pads_begin": [1, 1], "pads_end": [1, 1], "dilations": [1, 1]} | options
    return ov.Model([ops.convolution(ops.concat(parts, axis), weights, **how)], parts, "joined")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strides": [2, 1]},
        {"dilations": [2, 2], "pads_begin": [2, 0], "pads_end": [0, 1]},
        {"auto_pad": "same_upper", "strides": [2, 2]},
    ],
)
def test_the_sum_has_the_steps_and_padding_of_the_convolution(options):
    """Parts of different depth get their own share of the weights, in their order."""
    shapes = ([1, 2, 9, 8], [1, 5, 9, 8], [1, 1, 9, 8])
    plain, model = (joined(1, shapes, (3, 8, 3, 3), **options) for _ in range(2))
    split_concatenations(model)
    assert count(model, "Concat") == 0
    tensors = [np.random.default_rng(n).uniform(-1, 1, shape).astype(np.float32) for n, shape in enumerate(shapes)]
    outs = [ov.Core().compile_model(one, "CPU", F32)(tensors)[0] for one in (plain, model)]
    assert outs[0].shape == outs[1].shape
    assert outs[0] == pytest.approx(outs[1], abs=1e-4)


@pytest.mark.parametrize(
    ("axis", "shapes"),
    [
        (2, ([1, 8, 4, 8], [1, 8, 5, 8])),  # one above the other
        (1, ([1, -1, 9, 8], [1, -1, 9, 8])),  # nobody knows whose weights are whose
    ],
)
def test_what_cannot_be_split_is_left_alone(axis, shapes):
    """Maps that are joined along another axis, or of unknown depth, stay joined."""
    model = joined(axis, shapes, (3, 8, 3, 3))
    before = layout(model)
    split_concatenations(model)
    assert layout(model) == before


def test_a_detector_without_shuffling_gives_the_same_map(directory):
    """No transposed convolution is left, and every pixel, once put in its place, is the unchanged model's."""
    plain = read(directory, "det")
    model = without_shuffling(read(directory, "det"))
    assert count(plain, "ConvolutionBackpropData") == 2
    assert count(model, "ConvolutionBackpropData") == 0
    expected = run(plain, page())[0, 0]
    assert expected.max() > 0.5  # there is something to find
    places = run(model, page())[0]
    assert places.shape == (SIDE // 4, (SIDE + 32) // 4, 16)
    assert np.abs(shuffled(places) - expected).max() < 1e-5


def test_pixels_are_put_in_their_places():
    """Each place holds its 4 x 4 pixels row by row."""
    map_ = np.arange(8 * 12, dtype=np.float32).reshape(8, 12)
    places = np.empty((2, 3, 16), np.float32)
    for row, column in np.ndindex(2, 3):
        places[row, column] = map_[4 * row : 4 * row + 4, 4 * column : 4 * column + 4].reshape(-1)
    assert np.array_equal(shuffled(places), map_)


def test_whether_pixels_are_shuffled_is_told_by_the_model(directory, tier):
    """Of compiled models those without shuffling are known, and no others, whatever was done to them before."""
    models = [
        without_shuffling(read(directory, "det")),
        read(directory, "det"),
        without_shuffling(read(tier(OTHER), "det")),
    ]
    compiled = [ov.Core().compile_model(model, "CPU", F32) for model in models]
    assert [is_unshuffled(one) for one in compiled] == [True, False, False]


def head(**options):
    """Return a detector that is hardly more than its head: *options* are those of the first step."""
    picture = ops.parameter([1, 3, -1, -1], ov.Type.f32, "picture")
    rng = np.random.default_rng(5)
    first, second = (rng.uniform(-1, 1, shape).astype(np.float32) for shape in ((3, 6, 2, 2), (6, 1, 2, 2)))
    hidden = ops.convolution_backprop_data(picture, ops.constant(first), **{"strides": [2, 2]} | options)
    hidden = ops.relu(ops.add(hidden, rng.uniform(-1, 1, (1, 6, 1, 1)).astype(np.float32)))
    values = ops.convolution_backprop_data(hidden, ops.constant(second), strides=[2, 2])
    return ov.Model([ops.sigmoid(ops.add(values, np.float32([[[[0.3]]]])))], [picture], "head")


def test_a_head_of_two_steps_is_recognised():
    """The pattern alone, without a detector before it."""
    tensor = np.random.default_rng(6).uniform(-1, 1, (1, 3, 5, 7)).astype(np.float32)
    model = without_shuffling(head())
    assert shuffled(run(model, tensor)[0]) == pytest.approx(run(head(), tensor)[0, 0], abs=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"strides": [1, 1]},
        {"dilations": [2, 2]},
        {"pads_begin": [1, 1], "pads_end": [1, 1]},
        {"output_padding": [1, 1]},
    ],
    ids=str,
)
def test_steps_that_overlap_are_left_alone(options):
    """Where pixels share what they come from, or a rim is cut off, no matrix pixel by pixel would do."""
    model = head(**options)
    before = layout(model)
    assert without_shuffling(model) is model
    assert layout(model) == before


def test_another_head_is_left_alone(tier):
    """A detector that ends otherwise is given back as it is."""
    model = read(tier(OTHER), "det")
    before = layout(model)
    assert without_shuffling(model) is model
    merge_gates(model)
    assert layout(model) == before


@pytest.mark.parametrize("name", [*TIERS, OTHER])
def test_logits_are_what_the_softmax_is_taken_of(tier, name):
    """The graph without its last softmax gives what, under a softmax, are the unchanged graph's probabilities."""
    plain = read(tier(name), "rec")
    model = without_softmax(read(tier(name), "rec"))
    assert ends_in_softmax(plain)
    assert not ends_in_softmax(model)
    assert count(model, "Softmax") == count(plain, "Softmax") - 1  # attention keeps its own
    logits, probabilities = run(model, line()), run(plain, line())
    terms = np.exp(logits - logits.max(axis=2, keepdims=True))
    assert np.abs(terms / terms.sum(axis=2, keepdims=True) - probabilities).max() < 1e-5
    assert (logits.argmax(axis=2) != 0).sum() > 3  # there is something to read
