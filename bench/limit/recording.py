"""What is handed to OpenVINO, seen where every request of it runs: no matter how an engine lays out its sessions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from app.engines.openvino_runtime import ov

Tensors = tuple[npt.NDArray[Any], ...]


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One run of a request: copies of what its inputs held, in their order (none where only times are noted).

    Times are of ``time.perf_counter``.
    """

    request: ov.InferRequest
    tensors: Tensors
    began_s: float
    ended_s: float


class Recorder:
    """Notes every run of every request while its context is open. Not for several threads at once."""

    def __init__(self, *, keep_tensors: bool) -> None:
        """Copies are made after a run's time was taken, but in the time of whoever asked for it."""
        self.runs: list[ModelRun] = []
        self._keep = keep_tensors
        self._infer = ov.InferRequest.infer

    def __enter__(self) -> Self:
        """Begin."""
        original, recorder = self._infer, self

        def infer(request: ov.InferRequest, *arguments: Any, **named: Any) -> Any:
            began_s = time.perf_counter()
            outputs = original(request, *arguments, **named)
            recorder.note(request, began_s, time.perf_counter())
            return outputs

        ov.InferRequest.infer = infer
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        ov.InferRequest.infer = self._infer

    def note(self, request: ov.InferRequest, began_s: float, ended_s: float) -> None:
        """Note one run."""
        tensors = tuple(np.array(tensor.data) for tensor in request.input_tensors) if self._keep else ()
        self.runs.append(ModelRun(request, tensors, began_s, ended_s))
