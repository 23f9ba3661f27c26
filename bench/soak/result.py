"""What a soak finds out, as it is written to disk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.load.result import LoadRun
from bench.soak.span import Span


@dataclass(frozen=True, slots=True)
class SoakResult:
    """One soak. Memory is PSS in bytes: the medians after settling and at the end; ``growth`` is their ratio less 1.

    None where the memory was not seen long enough to tell the two apart, as of a service that died. A soak by time has
    ``spans``, and ran at a ``share`` (of 1) of ``capacity``, good answers a second.
    """

    run: LoadRun
    settle: int
    settled_bytes: int | None
    final_bytes: int | None
    capacity: float | None = None
    share: float | None = None
    spans: tuple[Span, ...] = ()

    @property
    def replacements(self) -> int:
        """How often the service replaced a process of its own during the run, by its own count; 0 where it has none."""
        counted = [span.replacements for span in self.spans if span.replacements is not None]
        return counted[-1] if counted else 0

    @property
    def growth(self) -> float | None:
        """How much more memory the end has, as a share."""
        return self.final_bytes / self.settled_bytes - 1 if self.settled_bytes and self.final_bytes else None


def soak_result(run: LoadRun, settle: int) -> SoakResult:
    """Return a run's growth: its last tenth against the tenth behind the first ``settle`` answers, by their medians."""
    points = () if run.consumption is None else [point for point in run.consumption.memory if point.pss_bytes]
    tenth = (run.summary.requests - settle) / 10
    settled = [point for point in points if point.requests >= settle]
    if not settled or settled[-1].requests - settled[0].requests <= 2 * tenth:
        return SoakResult(run, settle, None, None)
    early = [point.pss_bytes for point in settled if point.requests <= settled[0].requests + tenth]
    late = [point.pss_bytes for point in settled if point.requests >= settled[-1].requests - tenth]
    return SoakResult(run, settle, int(np.median(early)), int(np.median(late)))
