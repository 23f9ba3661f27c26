"""Makes a detection graph indifferent to how much canvas lies around the picture.

The detectors weigh their channels by global means (squeeze and excitation: Hu et al., CVPR 2018). On a canvas larger
than the picture these means would be taken over the canvas, and lines are lost. Here each mean is restricted to the
picture: its input is multiplied by a mask, its result by canvas area / picture area.
"""

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13 as ops

_PROBE_SIDE = 640
_RATIO = "canvas_to_picture"


def restrict_means(model: ov.Model) -> tuple[int, ...]:
    """Rewrite every global mean of *model* in place, whose input is uint8 (1, height, width, 3).

    Returns the strides at which means are taken: the model now also takes what :func:`mask_inputs` makes of them.
    """
    strides = _strides_of_means(model)
    masks = {stride: _parameter(_mask_name(stride), [1, 1, -1, -1]) for stride in sorted(set(strides.values()))}
    ratio = _parameter(_RATIO, [1])
    for node in model.get_ops():
        if node.get_friendly_name() in strides:
            mask = masks[strides[node.get_friendly_name()]]
            readers = list(node.output(0).get_target_inputs())
            node.input(0).replace_source_output(ops.multiply(node.input_value(0), mask).output(0))
            scaled = ops.multiply(node, ratio).output(0)
            for reader in readers:
                reader.replace_source_output(scaled)
    if masks:
        model.add_parameters([*masks.values(), ratio])
        model.validate_nodes_and_infer_types()
    return tuple(masks)


def mask_inputs(
    strides: tuple[int, ...], picture: tuple[int, int], canvas: tuple[int, int]
) -> dict[str, npt.NDArray[np.float32]]:
    """The inputs for a *picture* (height, width) in the top left corner of a *canvas*, both in multiples of 32."""
    inputs = {}
    for stride in strides:
        mask = np.zeros((1, 1, canvas[0] // stride, canvas[1] // stride), np.float32)
        mask[:, :, : picture[0] // stride, : picture[1] // stride] = 1
        inputs[_mask_name(stride)] = mask
    if strides:
        inputs[_RATIO] = np.array([canvas[0] * canvas[1] / (picture[0] * picture[1])], np.float32)
    return inputs


def _strides_of_means(model: ov.Model) -> dict[str, int]:
    """Names of the nodes that average over a whole feature map, and the stride of that map."""
    probe = model.clone()
    probe.reshape([1, _PROBE_SIDE, _PROBE_SIDE, 3])
    strides = {}
    for node in probe.get_ops():
        if node.get_type_name() == "ReduceMean":
            before, after = node.input(0).get_shape(), node.output(0).get_shape()
            if len(before) == 4 and list(after)[2:] == [1, 1]:
                strides[node.get_friendly_name()] = _PROBE_SIDE // before[2]
    return strides


def _parameter(name: str, shape: list[int]) -> ov.Node:
    parameter = ops.parameter(shape, ov.Type.f32, name)
    parameter.output(0).set_names({name})
    return parameter


def _mask_name(stride: int) -> str:
    return f"inside_{stride}"
