"""A graph on ONNX Runtime, with as few threads and as little kept memory as a server wants."""

import os
from pathlib import Path

# The published builds send usage data to their maker unless this is set before the import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as ort

from app.engines.base import FloatArray


class Graph:
    """A loaded graph of one input and one output. Several threads may run it at once."""

    def __init__(self, path: Path, threads: int) -> None:
        self._session = _open(path, threads)
        self._input = self._session.get_inputs()[0].name

    def run(self, tensor: FloatArray) -> FloatArray:
        """The output for *tensor*, float32 (1, channels, height, width), without the batch axis."""
        output: FloatArray = self._session.run(None, {self._input: tensor})[0][0]
        return output


def _open(graph: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The arena keeps every block that it ever handed out, and the memory pattern a plan for every shape it ever saw.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    # Idle threads that spin take the processor from the other slots.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
