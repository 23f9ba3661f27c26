"""The results that can be billed."""

from __future__ import annotations

from bench.cost.burst_usage import of_burst
from bench.cost.load_usage import of_load
from bench.cost.usage import InstanceSize, Measured
from bench.errors import BenchError
from bench.report.document import Document


def measured(document: Document, size: InstanceSize) -> Measured:
    """Return what a burst or a load used; raises BenchError for another command's result, or one without a run.

    A burst knows its instances' size, a load does not: BenchError asks for it, or for leaving it out.
    """
    match document.command:
        case "burst":
            return of_burst(document, size)
        case "load":
            return of_load(document, size)
        case _:
            raise BenchError(f"{document.label}: a result of bench {document.command}; this reads burst and load")
