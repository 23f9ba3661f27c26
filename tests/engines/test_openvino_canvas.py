"""Graphs that do not care for their canvas: on the published models, and on graphs small enough to compute by hand."""

import functools

import cv2
import numpy as np
import pytest

from app.engines.openvino_canvas import confine, mask_inputs, restrict_means
from app.engines.openvino_runtime import ops, ov

F32 = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
PICTURE_AXES = np.array([2, 3])


@functools.cache
def compiled(path, rewrite=None):
    """Return the graph in a file, rewritten by a function or as it comes."""
    model = ov.Core().read_model(path)
    if rewrite:
        rewrite(model)
    return ov.Core().compile_model(model, "CPU", F32)


def on_canvas(tensor, size, fill):
    """Return *tensor* in the top left corner of a canvas that is otherwise full of *fill*."""
    canvas = np.full((*tensor.shape[:2], *size), fill, np.float32)
    canvas[:, :, : tensor.shape[2], : tensor.shape[3]] = tensor
    return canvas


def run_masked(model, tensor, size, fill):
    """Return the outputs for *tensor* on a canvas of *size*."""
    name = model.input(0).any_name
    outputs = model({name: on_canvas(tensor, size, fill), **mask_inputs(tensor.shape[2:], size)})
    return [np.array(output) for output in outputs.values()]


def page_tensor(height, width):
    """Return a normalised picture with text on it, up to its very edges."""
    rng = np.random.default_rng(height * width)
    pixels = cv2.resize(rng.integers(120, 256, (height // 16, width // 16, 3), np.uint8), (width, height))
    for bottom in range(24, height + 24, 40):
        cv2.putText(pixels, "Canvas 42 " * 9, (-7, bottom), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    return (pixels.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / 255 - 0.45) / 0.225


def line_tensor(width, text="Canvas 2026"):
    """Return a line that fills its width."""
    pixels = np.full((48, width, 3), 255, np.uint8)
    cv2.putText(pixels, text * 9, (3, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (0, 0, 0), 2)
    return pixels.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / 127.5 - 1


@pytest.mark.parametrize("fill", [0, 2.5])
@pytest.mark.parametrize(
    ("size", "canvas"),
    [((96, 96), (320, 320)), ((64, 320), (320, 320)), ((320, 224), (320, 320)), ((160, 416), (320, 640))],
)
def test_a_confined_detector_sees_the_picture_alone(tiny_tier, size, canvas, fill):
    """The published detector's map of a picture is, whatever lies around, the unchanged graph's without canvas."""
    path, tensor = tiny_tier / "det" / "inference.onnx", page_tensor(*size)
    (alone,) = compiled(path)([tensor]).values()
    (framed,) = run_masked(compiled(path, confine), tensor, canvas, fill)
    assert alone.max() > 0.5  # there is something to find
    assert np.abs(framed[..., : size[0], : size[1]] - alone).max() < 1e-4


@pytest.mark.parametrize("name", ["pp-ocrv6-tiny", "pp-ocrv6-small"])  # without attention, and with it
@pytest.mark.parametrize("fill", [0, 0.7])
@pytest.mark.parametrize(("width", "canvas"), [(160, 320), (320, 320), (341, 480), (333, 640), (77, 160), (900, 2240)])
def test_a_confined_recogniser_reads_the_line_alone(tier, name, width, canvas, fill):
    """Its character map, as far as its second output says, is that of the unchanged graph without canvas."""
    path, tensor = tier(name) / "rec" / "inference.onnx", line_tensor(width)
    (alone,) = compiled(path)([tensor]).values()
    framed, steps = run_masked(compiled(path, confine), tensor, (48, canvas), fill)
    assert float(steps) == pytest.approx(alone.shape[1], abs=1e-3)
    inside = framed[:, : alone.shape[1]]
    assert np.abs(inside - alone).max() < 1e-4
    assert (inside.argmax(axis=2) != 0).sum() > 3  # there is something to read


def test_as_they_come_the_models_care_for_their_canvas(tiny_tier):
    """The fault that is cured exists: without the rewriting both maps differ, and by more than rounding."""
    for part, tensor, canvas in (("det", page_tensor(96, 96), (320, 320)), ("rec", line_tensor(160), (48, 640))):
        model = compiled(tiny_tier / part / "inference.onnx")
        (alone,), (framed,) = model([tensor]).values(), model([on_canvas(tensor, canvas, 0)]).values()
        inside = framed[..., :96, :96] if part == "det" else framed[:, : alone.shape[1]]
        assert np.abs(inside - alone).max() > 0.01


def test_with_restricted_means_the_canvas_matters_less(tiny_tier):
    """The detector's error on a canvas is clearly less, though nothing is done about windows."""
    path, tensor = tiny_tier / "det" / "inference.onnx", page_tensor(96, 96)
    (alone,) = compiled(path)([tensor]).values()
    (plain,) = compiled(path)([on_canvas(tensor, (320, 320), 0)]).values()
    (restricted,) = run_masked(compiled(path, restrict_means), tensor, (320, 320), 0)
    errors = [np.abs(map_[..., :96, :96] - alone).mean() for map_ in (plain, restricted)]
    assert errors[1] < 0.8 * errors[0]


def graph(build):
    """Return a graph around ``build(x)``, whose input and output are float32 (1, 1, height, width)."""
    picture = ops.parameter([1, 1, -1, -1], ov.Type.f32, "picture")
    picture.output(0).set_names({"picture"})
    return ov.Model([build(picture)], [picture], "small")


def convolved(x, weights, stride=1, padding=1):
    """Return *x* under a convolution."""
    pads = [padding, padding]
    weights = np.array(weights, np.float32)[np.newaxis, np.newaxis]
    return ops.convolution(x, weights, [stride, stride], pads, pads, [1, 1])


def run_small(build, rewrite, picture, canvas, fill=100.0):
    """Return what the rewritten graph gives for *picture* on a canvas full of *fill*."""
    model = graph(build)
    rewrite(model)
    compiled_model = ov.Core().compile_model(model, "CPU", F32)
    return run_masked(compiled_model, picture[np.newaxis, np.newaxis], canvas, fill)[0]


PICTURE = np.arange(1, 65, dtype=np.float32).reshape(8, 8)


@pytest.mark.parametrize("rewrite", [restrict_means, confine])
@pytest.mark.parametrize("canvas", [(8, 8), (8, 24), (32, 16)])
def test_a_mean_is_that_of_the_picture(rewrite, canvas):
    """A global mean is the arithmetic mean of the picture's own pixels, 32.5 here."""
    out = run_small(lambda x: ops.reduce_mean(x, PICTURE_AXES, keep_dims=True), rewrite, PICTURE, canvas)
    assert out.reshape(-1) == pytest.approx([32.5])


def test_a_mean_behind_strides_is_that_of_the_picture():
    """A mean of every second pixel is that of the picture's: its extent was halved with it."""

    def build(x):
        return ops.reduce_mean(convolved(x, [[1]], stride=2, padding=0), PICTURE_AXES, keep_dims=True)

    out = run_small(build, confine, PICTURE, (24, 32))
    assert out.reshape(-1) == pytest.approx([PICTURE[::2, ::2].mean()])


def test_a_window_meets_nothing_beyond_the_picture():
    """A sum over 3 x 3 in the picture's far corner is that of four pixels, the rest counting as 0."""
    out = run_small(lambda x: convolved(x, np.ones((3, 3))), confine, PICTURE, (24, 24))[0, 0]
    assert out[7, 7] == pytest.approx(PICTURE[6:, 6:].sum())
    assert out[3, 7] == pytest.approx(PICTURE[2:5, 6:].sum())
    assert out[4, 4] == pytest.approx(PICTURE[3:6, 3:6].sum())


def test_with_restricted_means_alone_a_window_meets_the_canvas():
    """That is what the cheaper rewriting leaves: five pixels of 100 lie in the same window."""
    out = run_small(lambda x: convolved(x, np.ones((3, 3))), restrict_means, PICTURE, (24, 24))[0, 0]
    assert out[7, 7] == pytest.approx(PICTURE[6:, 6:].sum() + 500)


def test_windows_one_after_the_other_stay_inside():
    """What an earlier window made beyond the edge does not come back through a later one, strides or not."""
    weights = np.arange(1, 10, dtype=np.float32).reshape(3, 3)

    def build(x):
        biased = ops.add(convolved(x, weights, stride=2), np.full((1, 1, 1, 1), 7, np.float32))
        return convolved(biased, weights)

    alone = plain(build, PICTURE)
    framed = run_small(build, confine, PICTURE, (32, 16))
    assert framed[0, 0, :4, :4] == pytest.approx(alone[0, 0], rel=1e-5)


def plain(build, picture):
    """Return what the unchanged graph gives for *picture* alone."""
    (out,) = ov.Core().compile_model(graph(build), "CPU", F32)([picture[np.newaxis, np.newaxis]]).values()
    return np.array(out)


def test_masks_are_1_inside_and_0_outside():
    """Two vectors, float32: as many ones as the picture has rows and columns."""
    masks = {mask.size: mask for mask in mask_inputs((3, 5), (4, 8)).values()}
    assert {mask.shape for mask in masks.values()} == {(1, 1, 4, 1), (1, 1, 1, 8)}
    assert masks[4].reshape(-1).tolist() == [1] * 3 + [0]
    assert masks[8].reshape(-1).tolist() == [1] * 5 + [0] * 3
    assert {mask.dtype for mask in masks.values()} == {np.dtype(np.float32)}
