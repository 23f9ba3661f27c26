"""OpenVINO as it is used here: without its model converter, which ``import openvino`` would import as well.

Nobody here needs it, it takes a third of the import's time, writes an id below $HOME and sends usage data. A None in
its place makes it "not installed", which openvino allows. Whoever needs OpenVINO takes it from here.
"""

import sys

sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]

import openvino as ov
from openvino import opset13 as ops
from openvino.preprocess import PrePostProcessor

__all__ = ["PrePostProcessor", "compiled", "ops", "ov"]


def compiled(core: ov.Core, model: ov.Model, precision: str, threads: int, streams: int) -> ov.CompiledModel:
    """*model* for the CPU: *streams* requests at a time, each on as many *threads*, in that *precision*."""
    return core.compile_model(
        model,
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads * streams,
            "NUM_STREAMS": streams,
            # Pinned, two processes both take core 0 and halve each other's speed.
            "ENABLE_CPU_PINNING": False,
        },
    )
