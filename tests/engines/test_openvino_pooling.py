"""Means over the picture alone, on graphs small enough to compute by hand."""

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from app.engines.openvino_pooling import mask_inputs, restrict_means


def graph(*strides):
    """Return a graph whose every output pixel is the sum of means: the n-th of n times the picture, at the n-th stride.

    It takes uint8 (1, height, width, 3) and answers with float32 (1, 1, height, width), like a detector.
    """
    picture = ops.parameter([1, -1, -1, 3], ov.Type.u8, "picture")
    picture.output(0).set_names({"picture"})
    x = ops.transpose(ops.convert(picture, "f32"), np.array([0, 3, 1, 2]))
    out = ops.multiply(x, np.float32(0))
    for number, stride in enumerate(strides, 1):
        kernel, none = [stride, stride], [0, 0]
        scaled = ops.multiply(x, np.float32(number))
        pooled = ops.avg_pool(scaled, kernel, none, none, kernel, exclude_pad=True) if stride > 1 else scaled
        out = ops.add(out, ops.reduce_mean(pooled, np.array([2, 3]), keep_dims=True))
    return ov.Model([ops.reduce_mean(out, np.array([1]), keep_dims=True)], [picture], "means")


def run(model, strides, picture, canvas_size):
    """Return the one value that *model* gives for *picture* on a canvas that is otherwise full of 255."""
    canvas = np.full((*canvas_size, 3), 255, np.uint8)
    canvas[: picture.shape[0], : picture.shape[1]] = picture
    inputs = {"picture": canvas[np.newaxis], **mask_inputs(strides, picture.shape[:2], canvas_size)}
    out = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(inputs)[0]
    assert out.shape == (1, 1, *canvas_size)
    assert out.max() - out.min() < 1e-2
    return float(out[0, 0, 0, 0])


@pytest.mark.parametrize("strides", [(1,), (4,), (32,), (1, 4, 32), (4, 4)])
@pytest.mark.parametrize(("size", "canvas"), [((32, 64), (32, 64)), ((32, 64), (64, 96)), ((96, 32), (128, 160))])
def test_a_mean_is_that_of_the_picture_whatever_the_canvas(strides, size, canvas):
    """Every global mean of the graph, at any stride, is the arithmetic mean of the picture's own samples."""
    picture = np.random.default_rng(6).integers(0, 256, (*size, 3), np.uint8)
    model = graph(*strides)
    assert set(restrict_means(model)) == set(strides)
    times = sum(range(len(strides) + 1))
    assert run(model, tuple(set(strides)), picture, canvas) == pytest.approx(times * picture.mean(), rel=1e-4)


def test_without_the_rewriting_the_canvas_counts():
    """The fault that is cured exists: the graph as it comes averages over the canvas."""
    picture = np.zeros((32, 32, 3), np.uint8)
    assert run(graph(1), (), picture, (64, 64)) == pytest.approx(255 * 3 / 4, rel=1e-4)


def test_a_graph_without_means_is_left_alone():
    """Nothing to restrict, nothing to feed: the graph keeps its one input."""
    model = graph()
    assert restrict_means(model) == ()
    assert len(model.inputs) == 1
    assert mask_inputs((), (32, 32), (64, 64)) == {}
