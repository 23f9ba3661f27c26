"""Makes a graph quicker, or smaller in memory, without changing what it computes but for rounding.

Each function looks for a pattern that PP-OCR's published models have, rewrites the model in place where it finds it and
leaves everything else as it is. What each one pays is in docs/performance.md.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.engines.openvino_runtime import ops, ov

Weights = npt.NDArray[np.float32]

_FACTOR = 4
"""A detector's head enlarges its map by this on each side, in two steps of two."""

_WITHOUT_OVERLAP = {
    "strides": [2, 2],
    "dilations": [1, 1],
    "pads_begin": [0, 0],
    "pads_end": [0, 0],
    "output_padding": [0, 0],
}


def merge_gates(model: ov.Model) -> None:
    """Compute ``x + x * gate`` as ``x * (gate + 1)``: one walk over a feature map in the place of two."""
    for total in _nodes(model, "Add"):
        for product, other in (total.input_values(), total.input_values()[::-1]):
            node = product.get_node()
            if node.get_type_name() == "Multiply" and _is_same(node.input_value(0), other):
                one = ops.constant(np.float32(1))
                _replace(total, ops.multiply(other, ops.add(node.input_value(1), one)))
                break


def split_concatenations(model: ov.Model) -> None:
    """Compute a convolution over joined feature maps as the sum of convolutions over each: nothing is joined."""
    for convolution in _nodes(model, "Convolution"):
        joined, weights = _source(convolution.input_value(0)), convolution.input_value(1).get_node()
        if joined.get_type_name() != "Concat" or weights.get_type_name() != "Constant" or not _joins_channels(joined):
            continue
        parts, first = [], 0
        for part in joined.input_values():
            last = first + part.get_partial_shape()[1].get_length()
            parts.append(_convolution_like(convolution, part, np.ascontiguousarray(weights.data[:, first:last])))
            first = last
        total = parts[0]
        for part in parts[1:]:
            total = ops.add(total, part)
        _replace(convolution, total)


def without_shuffling(model: ov.Model) -> ov.Model:
    """Return a detector whose head ends before its values are put in their places, *model* itself where that fails.

    The head's two transposed convolutions, 2 x 2 in steps of two, enlarge without overlap: every pixel of their input
    becomes 4 x 4 pixels that no other has a part in, so each of them is a product with a matrix, pixel by pixel. The
    result is (1, height / 4, width / 4, 16), the 4 x 4 pixels of each place row by row: see :func:`shuffled`.
    """
    head = _Head.of(model)
    if head is None:
        return model
    hidden = ops.relu(ops.add(_pointwise(head.before, head.spread()), np.tile(head.first_bias, 4).reshape(1, -1, 1, 1)))
    values = ops.sigmoid(ops.add(_pointwise(hidden, head.gather()), head.second_bias.reshape(1, 1, 1, 1)))
    by_place = ops.transpose(values, np.array([0, 2, 3, 1]))
    return ov.Model([ops.result(by_place)], model.get_parameters(), model.get_friendly_name())


def is_unshuffled(compiled: ov.CompiledModel) -> bool:
    """Whether *compiled* is what :func:`without_shuffling` made of a detector."""
    channels = compiled.output(0).get_partial_shape()[3]
    return bool(channels.is_static and channels.get_length() == _FACTOR**2)


def shuffled(places: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The map, (height, width), of what :func:`without_shuffling`'s model gives: (height / 4, width / 4, 16)."""
    height, width = places.shape[:2]
    quarters = places.reshape(height, width, _FACTOR, _FACTOR)
    return quarters.transpose(0, 2, 1, 3).reshape(height * _FACTOR, width * _FACTOR)


def ends_in_softmax(model: ov.Model) -> bool:
    """Whether what *model* gives are probabilities that it has made of logits."""
    return bool(_source(model.get_results()[0].input_value(0)).get_type_name() == "Softmax")


def without_softmax(model: ov.Model) -> ov.Model:
    """Return the part of a recogniser before its last softmax, which gives logits.

    The softmax would go through 18,710 classes at each step, of which a few are then looked at.
    """
    softmax = _source(model.get_results()[0].input_value(0))
    results = [ops.result(softmax.input_value(0))]
    return ov.Model(results, model.get_parameters(), model.get_friendly_name())


def _nodes(model: ov.Model, kind: str) -> list[ov.Node]:
    return [node for node in model.get_ordered_ops() if node.get_type_name() == kind]


def _source(value: ov.Output) -> ov.Node:
    """What computes *value*, past operations that do nothing."""
    node = value.get_node()
    while node.get_type_name() == "Identity":
        node = node.input_value(0).get_node()
    return node


def _is_same(one: ov.Output, other: ov.Output) -> bool:
    names = [value.get_node().get_friendly_name() for value in (one, other)]
    return names[0] == names[1] and bool(one.get_index() == other.get_index())


def _replace(node: ov.Node, by: ov.Node) -> None:
    for reader in list(node.output(0).get_target_inputs()):
        reader.replace_source_output(by.output(0))


def _joins_channels(joined: ov.Node) -> bool:
    return joined.get_attributes()["axis"] == 1 and all(
        part.get_partial_shape().rank.is_static and part.get_partial_shape()[1].is_static
        for part in joined.input_values()
    )


def _convolution_like(node: ov.Node, value: ov.Output, weights: Weights) -> ov.Node:
    how = node.get_attributes()
    sizes = (how["strides"], how["pads_begin"], how["pads_end"], how["dilations"])
    return ops.convolution(value, ops.constant(weights), *sizes, how["auto_pad"])


def _pointwise(value: ov.Node | ov.Output, weights: Weights) -> ov.Node:
    return ops.convolution(value, ops.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1])


@dataclass(frozen=True, slots=True)
class _Head:
    """The end of a detector; weights are (channels in, channels out, 2, 2).

    The value *before* it is convolved transposed, made positive, convolved transposed again to one channel, and put
    through a sigmoid.
    """

    before: ov.Output
    first: Weights
    first_bias: Weights
    second: Weights
    second_bias: Weights

    @classmethod
    def of(cls, model: ov.Model) -> "_Head | None":
        sigmoid = _source(model.get_results()[0].input_value(0))
        second = _Step.ending(sigmoid.input_value(0)) if sigmoid.get_type_name() == "Sigmoid" else None
        relu = None if second is None else _source(second.value)
        first = _Step.ending(relu.input_value(0)) if relu is not None and relu.get_type_name() == "Relu" else None
        if first is None or second is None or second.weights.shape[1] != 1:
            return None
        return cls(first.value, first.weights, first.bias, second.weights, second.bias)

    def spread(self) -> Weights:
        """(4 x middle channels, channels in, 1, 1): quarter by quarter (row, column), the middle channels of each."""
        channels = self.first.shape[1]
        return self.first.transpose(2, 3, 1, 0).reshape(4 * channels, -1, 1, 1)

    def gather(self) -> Weights:
        """(16, 4 x middle channels, 1, 1): each of the 16 pixels takes from its own quarter alone."""
        channels = self.second.shape[0]
        matrix = np.zeros((_FACTOR**2, 4 * channels, 1, 1), np.float32)
        for quarter in range(4):
            top, left = 2 * (quarter // 2), 2 * (quarter % 2)
            for row, column in np.ndindex(2, 2):
                pixel = _FACTOR * (top + row) + left + column
                matrix[pixel, quarter * channels : (quarter + 1) * channels, 0, 0] = self.second[:, 0, row, column]
        return matrix


@dataclass(frozen=True, slots=True)
class _Step:
    """A transposed convolution of *value*, 2 x 2 without overlap, with its bias."""

    value: ov.Output
    weights: Weights
    bias: Weights

    @classmethod
    def ending(cls, value: ov.Output) -> "_Step | None":
        total = _source(value)
        if total.get_type_name() != "Add" or total.input_value(1).get_node().get_type_name() != "Constant":
            return None
        node, bias = _source(total.input_value(0)), total.input_value(1).get_node().data
        if node.get_type_name() != "ConvolutionBackpropData" or len(node.inputs()) != 2:
            return None
        weights, how = node.input_value(1).get_node(), node.get_attributes()
        if weights.get_type_name() != "Constant" or weights.data.shape[2:] != (2, 2):
            return None
        if bias.size != weights.data.shape[1] or any(
            list(how[name]) != size for name, size in _WITHOUT_OVERLAP.items()
        ):
            return None
        return cls(node.input_value(0), weights.data.astype(np.float32), bias.reshape(-1).astype(np.float32))
