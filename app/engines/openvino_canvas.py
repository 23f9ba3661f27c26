"""Makes a graph indifferent to how much canvas lies around the picture, so that a few canvases serve every size.

Two things carry what lies outside into the picture. Global means (squeeze and excitation: Hu et al., CVPR 2018) are
taken over the canvas; and windows at the picture's edge reach beyond it, where a canvas holds what earlier layers made
of nothing, while at the picture's own size they would meet zeros. :func:`restrict_means` mends the first,
:func:`confine` both, and the attention of recognisers as well: what comes out inside the picture is then, but for
rounding, what the unchanged graph gives for the picture alone.

Both add two inputs, masks that are 1 inside the picture: see :func:`mask_inputs`.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from app.engines.openvino_runtime import ops, ov

_ROWS, _COLUMNS = "rows_inside", "columns_inside"
_WINDOWS = {"Convolution", "GroupConvolution", "MaxPool", "AvgPool"}
_ENLARGERS = {"ConvolutionBackpropData", "Interpolate"}
_PICTURE_AXES = np.array([2, 3])
_PROBE_SIDE = 640
_FAR = np.float32(1e9)
"""Subtracted from an attention's weight before the softmax, it leaves nothing of it."""


def restrict_means(model: ov.Model) -> None:
    """Rewrite every global mean of *model* in place; its input is (1, channels, height, width)."""
    _Rewriting(model, windows=False).run()


def confine(model: ov.Model) -> None:
    """Rewrite *model* in place so that nothing outside the picture reaches into it.

    A graph whose answer is a sequence gets a second output: how many of its steps lie inside, float32.

    Raises:
        RuntimeError: There is a layer that none of PP-OCR's published models has.
    """
    _Rewriting(model, windows=True).run()


def bound_shapes(model: ov.Model, largest: tuple[int, int], most: int = 1) -> None:
    """Say of *model*, in place, that no canvas is larger than *largest*, height and width, and *most* run together.

    Memory is then laid out once for that, in whatever order pictures come: left open, what is there for one picture is
    outgrown by the next, and the detector takes 218 MB for what it then does in 152.
    """
    count, (rows, columns) = ov.Dimension(1, most), (ov.Dimension(1, side) for side in largest)
    bounds = {_ROWS: [1, 1, rows, 1], _COLUMNS: [1, 1, 1, columns]}
    canvas = [count, 3, rows, columns]
    model.reshape({port: ov.PartialShape(bounds.get(port.any_name, canvas)) for port in model.inputs})


def mask_inputs(picture: tuple[int, int], canvas: tuple[int, int]) -> dict[str, npt.NDArray[np.float32]]:
    """The two inputs, float32, for a *picture* (height, width) in the top left corner of a *canvas*."""
    rows = np.zeros((1, 1, canvas[0], 1), np.float32)
    columns = np.zeros((1, 1, 1, canvas[1]), np.float32)
    rows[:, :, : picture[0]] = 1
    columns[..., : picture[1]] = 1
    return {_ROWS: rows, _COLUMNS: columns}


@dataclass(frozen=True, slots=True)
class _Window:
    """A sliding window, by axis (height, width). offsets: from its first element to its last one that is no padding."""

    size: tuple[int, int]
    steps: tuple[int, int]
    offsets: tuple[int, int]

    @classmethod
    def of(cls, node: ov.Node) -> "_Window":
        attributes = node.get_attributes()
        weights = node.input(1).get_partial_shape() if "kernel" not in attributes else None
        kernel = attributes["kernel"] if weights is None else [side.get_length() for side in list(weights)[-2:]]
        spread = attributes.get("dilations", (1, 1))
        high, wide = (1 + (int(side) - 1) * int(gap) for side, gap in zip(kernel, spread, strict=True))
        padding = [sum(pads) for pads in zip(attributes["pads_begin"], attributes["pads_end"], strict=True)]
        if attributes["auto_pad"].startswith("same"):
            padding = [high - 1, wide - 1]
        down, right = (int(step) for step in attributes["strides"])
        return cls((high, wide), (down, right), (max(high - 1 - padding[0], 0), max(wide - 1 - padding[1], 0)))


@dataclass(slots=True)
class _Extent:
    """The masks of one resolution, (1, 1, height, 1) and (1, 1, 1, width), and what is made of them once.

    finer: the resolution that it was made from, *step* times as large.
    """

    rows: ov.Output
    columns: ov.Output
    finer: "_Extent | None" = None
    step: int = 1
    coarser: dict[_Window, "_Extent"] = field(default_factory=dict)
    inside: ov.Output | None = None
    share: ov.Output | None = None

    def mask(self) -> ov.Output:
        """1 inside, 0 outside: (1, 1, height, width)."""
        if self.inside is None:
            self.inside = ops.multiply(self.rows, self.columns).output(0)
        return self.inside

    def picture_share(self) -> ov.Output:
        """The picture's part of the canvas: (1, 1, 1, 1)."""
        if self.share is None:
            high = ops.reduce_mean(self.rows, _PICTURE_AXES, keep_dims=True)
            wide = ops.reduce_mean(self.columns, _PICTURE_AXES, keep_dims=True)
            self.share = ops.multiply(high, wide).output(0)
        return self.share

    def after(self, window: _Window) -> "_Extent":
        """What *window* makes of it: a place is inside when all that it was made of is, padding aside."""
        if window.steps == (1, 1) and window.offsets == (0, 0):
            return self
        if window not in self.coarser:
            rows = _every(self.rows, 2, window.steps[0], window.offsets[0])
            columns = _every(self.columns, 3, window.steps[1], window.offsets[1])
            self.coarser[window] = _Extent(rows, columns, self, window.steps[1])
        return self.coarser[window]

    def before(self, factor: int) -> "_Extent":
        """That of a map *factor* times as large, which this one was made from."""
        extent = self
        while factor > 1 and extent.finer is not None:
            extent, factor = extent.finer, factor // extent.step
        return extent


class _Rewriting:
    """One walk over a graph, which tells of every node on which resolution's picture it works."""

    def __init__(self, model: ov.Model, *, windows: bool) -> None:
        self._model = model
        self._windows = windows
        self._factors = _enlargements(model)
        self._extents: dict[str, _Extent] = {}

    def run(self) -> None:
        rows, columns = _parameter(_ROWS, [1, 1, -1, 1]), _parameter(_COLUMNS, [1, 1, 1, -1])
        whole = _Extent(rows.output(0), columns.output(0))
        for node in self._model.get_ordered_ops():
            extent = whole if node.get_type_name() == "Parameter" else self._extent_before(node)
            if extent is not None:
                self._visit(node, extent)
        self._model.add_parameters([rows, columns])
        self._model.validate_nodes_and_infer_types()

    def _extent_before(self, node: ov.Node) -> _Extent | None:
        """That of the first input that has one; weights and shapes have none."""
        names = (port.get_source_output().get_node().get_friendly_name() for port in node.inputs())
        return next((self._extents[name] for name in names if name in self._extents), None)

    def _visit(self, node: ov.Node, extent: _Extent) -> None:
        kind = node.get_type_name()
        if kind == "ReduceMean" and _is_global(node):
            _restrict(node, extent)
            return  # what is behind it has no extent
        if kind in _WINDOWS:
            window = _Window.of(node)
            if self._windows and window.size != (1, 1):
                _exchange_input(node, ops.multiply(node.input_value(0), extent.mask()))
            extent = extent.after(window)
        elif kind in _ENLARGERS:
            extent = extent.before(self._factors[node.get_friendly_name()])
        elif self._windows:
            self._visit_sequence(node, extent)
        self._extents[node.get_friendly_name()] = extent

    def _visit_sequence(self, node: ov.Node, extent: _Extent) -> None:
        """Keep attention, softmax over (1, heads, steps, steps), inside; count the steps of an answer."""
        kind, rank = node.get_type_name(), len(node.output(0).get_partial_shape())
        if kind == "Softmax" and rank == 4:
            far = ops.multiply(ops.subtract(extent.columns, np.float32(1)), _FAR)
            _exchange_input(node, ops.add(node.input_value(0), far))
        elif kind == "Result" and rank == 3:
            self._model.add_results([ops.result(ops.reduce_sum(extent.columns, np.arange(4)))])


def _enlargements(model: ov.Model) -> dict[str, int]:
    """By how much each node that enlarges does so; a graph that reads lines has none."""
    if not any(node.get_type_name() in _ENLARGERS for node in model.get_ops()):
        return {}
    probe = model.clone()
    probe.reshape([1, 3, _PROBE_SIDE, _PROBE_SIDE])
    return {
        node.get_friendly_name(): node.output(0).get_shape()[3] // node.input(0).get_shape()[3]
        for node in probe.get_ops()
        if node.get_type_name() in _ENLARGERS
    }


def _is_global(mean: ov.Node) -> bool:
    """Whether one value is left of each feature map."""
    shape = list(mean.output(0).get_partial_shape())
    return len(shape) == 4 and shape[2] == 1 and shape[3] == 1


def _restrict(mean: ov.Node, extent: _Extent) -> None:
    """Make *mean* one over the picture: mask what goes in, divide what comes out by the picture's share."""
    readers = list(mean.output(0).get_target_inputs())
    _exchange_input(mean, ops.multiply(mean.input_value(0), extent.mask()))
    scaled = ops.divide(mean, extent.picture_share()).output(0)
    for reader in readers:
        reader.replace_source_output(scaled)


def _exchange_input(node: ov.Node, new: ov.Node) -> None:
    node.input(0).replace_source_output(new.output(0))


def _every(mask: ov.Output, axis: int, step: int, offset: int) -> ov.Output:
    start, stop = np.array([offset]), np.array([np.iinfo(np.int32).max])
    return ops.slice(mask, start, stop, np.array([step]), np.array([axis])).output(0)


def _parameter(name: str, shape: list[int]) -> ov.Node:
    parameter = ops.parameter(shape, ov.Type.f32, name)
    parameter.output(0).set_names({name})
    return parameter
