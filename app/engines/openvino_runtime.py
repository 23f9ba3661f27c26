"""OpenVINO as it is used here: without its model converter, which ``import openvino`` would import as well.

Nobody here needs it, it takes a third of the import's time, writes an id below $HOME and sends usage data. A None in
its place makes it "not installed", which openvino allows. Whoever needs OpenVINO takes it from here.
"""

import os
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]

# OpenVINO keeps the kernels of few shapes itself; what oneDNN keeps beside them is only ever given back at its end.
os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] = "0"

import openvino as ov
from openvino import opset13 as ops
from openvino.preprocess import PrePostProcessor

_FEW_KERNELS = 250

__all__ = ["Execution", "PrePostProcessor", "compiled", "imported", "ops", "ov"]


@dataclass(frozen=True, slots=True)
class Execution:
    """How a model is run on the CPU: *streams* requests at a time, each on as many *threads*, in that *precision*.

    kept_kernels: layers compiled for a shape, of each kind; those least recently used go first. A detector has some 60
    convolutions a canvas.
    """

    precision: str
    threads: int = 1
    streams: int = 1
    kept_kernels: int = _FEW_KERNELS

    def properties(self) -> dict[str, Any]:
        """As OpenVINO calls all that."""
        return {
            "INFERENCE_PRECISION_HINT": self.precision,
            "INFERENCE_NUM_THREADS": self.threads * self.streams,
            "NUM_STREAMS": self.streams,
            "CPU_RUNTIME_CACHE_CAPACITY": self.kept_kernels,
            # Pinned, two processes both take core 0 and halve each other's speed.
            "ENABLE_CPU_PINNING": False,
        }


def compiled(core: ov.Core, model: ov.Model, execution: Execution) -> ov.CompiledModel:
    """*model*, ready to be run."""
    return core.compile_model(model, "CPU", execution.properties())


def imported(core: ov.Core, blob: npt.NDArray[np.uint8], execution: Execution) -> ov.CompiledModel:
    """As :func:`compiled`, from what a compiled model exported, whose memory must outlive the model.

    Raises:
        RuntimeError: It is of another version of OpenVINO, for another CPU, or no export at all.
    """
    return core.import_model(ov.Tensor(blob, shared_memory=True), "CPU", execution.properties())
