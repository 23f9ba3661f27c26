"""Has most of a graph's work computed in 8-bit integers: in three quarters of bf16's time, in half of f32's.

Weights are rounded by output channel, symmetrically. What a layer is given is rounded to 256 levels over the range that
was measured for it, as in Jacob et al., "Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference", CVPR 2018. Layers that no range is known of are left in floating point.
"""

import numpy as np

from app.engines.int8_ranges import Ranges
from app.engines.openvino_runtime import ops, ov
from app.errors import WeightsError

_LEVELS = 256
_WEIGHT_LEVELS = 255
"""One fewer, so that zero lies in the middle."""


def quantise(model: ov.Model, ranges: Ranges) -> None:
    """Mark the layers of *model* that *ranges* name, in place; the runtime then computes them in integers.

    Raises:
        WeightsError: The graph has no such layer: the ranges are another model's.
    """
    layers = {node.get_friendly_name(): node for node in model.get_ops() if node.get_type_name() == "Convolution"}
    if missing := set(ranges) - set(layers):
        raise WeightsError(f"the ranges for int8 are of another model, with {min(missing)}: OCR_PRECISION=bf16 or f32")
    for name, (least, greatest) in ranges.items():
        layer = layers[name]
        _exchange_input(layer, 0, _rounded(layer.input_value(0), *_with_zero(least, greatest), _LEVELS))
        weights = layer.input_value(1).get_node().data.astype(np.float32)
        bound = np.abs(weights).max(axis=tuple(range(1, weights.ndim)), keepdims=True)
        _exchange_input(layer, 1, _rounded(ops.constant(weights), -bound, bound, _WEIGHT_LEVELS))
    model.validate_nodes_and_infer_types()


def _with_zero(least: float, greatest: float) -> tuple[np.float32, np.float32]:
    """The range, widened to hold zero and moved by less than a level, so that zero has a level of its own.

    Padding is zero, and so is much of what comes out of an activation.
    """
    least, greatest = min(least, 0.0), max(greatest, 0.0)
    step = (greatest - least) / (_LEVELS - 1)
    below = round(-least / step)
    return np.float32(-below * step), np.float32((_LEVELS - 1 - below) * step)


def _rounded(value: ov.Output | ov.Node, least: object, greatest: object, levels: int) -> ov.Node:
    return ops.fake_quantize(value, least, greatest, least, greatest, levels)


def _exchange_input(node: ov.Node, index: int, new: ov.Node) -> None:
    node.input(index).replace_source_output(new.output(0))
