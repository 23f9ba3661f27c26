"""The least and the greatest value that each layer of a recogniser is given, over many lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from app.engines.base import FloatArray, Image
from app.engines.graph_recognizer import line_canvases
from app.engines.int8_ranges import Ranges
from app.engines.model_files import read_model_files
from app.engines.openvino_rewriting import split_concatenations
from app.engines.openvino_runtime import Execution, compiled, ops, ov
from app.engines.shape_buckets import LINE_BUCKETS, LINE_HEIGHT
from app.pipeline.line_groups import by_canvas
from bench.errors import BenchError

MIN_CHANNELS = 96
"""Below that a layer has too few products for 8-bit integers to save what the rounding of its input costs."""

_DECIMALS = 3


def measure(directory: Path, lines: Iterable[Image]) -> Ranges:
    """Run *lines* through the recogniser in *directory*, in f32, each on the canvas that it has at close parity.

    Raises:
        WeightsError: A model file is missing.
        BenchError: The graph has no layer to measure, or one that is always given the same.
    """
    core = ov.Core()
    model = core.read_model(read_model_files(directory).recognizer.graph)
    names = measured_layers(model)
    if not names:
        raise BenchError(f"{directory.name}: no pointwise convolution of {MIN_CHANNELS} channels over several rows")
    request = compiled(core, _extremes(model, names), Execution("f32")).create_infer_request()
    bounds = np.array([[np.inf, -np.inf]] * len(names))
    for line in lines:
        values = np.reshape([float(value) for value in request.infer([_canvas(line)]).values()], (-1, 2))
        bounds[:, 0] = np.minimum(bounds[:, 0], values[:, 0])
        bounds[:, 1] = np.maximum(bounds[:, 1], values[:, 1])
    ranges = {name: _rounded(least, greatest) for name, (least, greatest) in zip(names, bounds.tolist(), strict=True)}
    if still := [name for name, (least, greatest) in ranges.items() if not least < greatest]:
        raise BenchError(f"{directory.name}: {still[0]} is always given the same value")
    return ranges


def measured_layers(model: ov.Model) -> list[str]:
    """Rewrite *model* in place as the service does, and return the names of the layers to compute in integers.

    They are the pointwise convolutions of many channels over more than one row: three quarters of the products. What
    comes after them, over one row, decides between characters, and is left in floating point.
    """
    named = {node.get_friendly_name() for node in model.get_ops()}  # a rewriting's own layers have passing names
    split_concatenations(model)
    return [
        node.get_friendly_name()
        for node in model.get_ordered_ops()
        if node.get_type_name() == "Convolution" and node.get_friendly_name() in named and _is_measured(node)
    ]


def _is_measured(convolution: ov.Node) -> bool:
    _, channels, *window = convolution.input_value(1).get_shape()
    rows = convolution.output(0).get_partial_shape()[2]
    return bool(channels >= MIN_CHANNELS and window == [1, 1] and rows.get_min_length() > 1)


def _extremes(model: ov.Model, names: list[str]) -> ov.Model:
    """The graph whose outputs are, layer by layer, the least and the greatest value of what it is given."""
    nodes = {node.get_friendly_name(): node for node in model.get_ops()}
    axes = np.arange(4)
    given = [nodes[name].input_value(0) for name in names]
    extremes = [reduce(value, axes) for value in given for reduce in (ops.reduce_min, ops.reduce_max)]
    return ov.Model([ops.result(value) for value in extremes], model.get_parameters(), "ranges")


def _canvas(line: Image) -> FloatArray:
    (group,) = by_canvas([line.shape[1] / line.shape[0]])
    return line_canvases([line], LINE_BUCKETS.width(int(LINE_HEIGHT * group.canvas_ratio)))


def _rounded(least: float, greatest: float) -> tuple[float, float]:
    return round(least, _DECIMALS), round(greatest, _DECIMALS)
