"""The orientation classifiers on ONNX Runtime."""

from pathlib import Path

from app.engines.base import OrientationSlot
from app.engines.graph_orientation import (
    LINE_ANGLES,
    PAGE_ANGLES,
    GraphOrientationClassifier,
    line_tensor,
    page_tensor,
)
from app.engines.model_files import GRAPH_NAME
from app.engines.onnxruntime_graph import Graph
from app.slot_plan import SlotPlan


def load(directory: Path, plan: SlotPlan) -> tuple[OrientationSlot, ...]:
    """Load ``directory/page`` and ``directory/line``; all slots share the two graphs."""
    page, line = (Graph(directory / part / GRAPH_NAME, threads=1) for part in ("page", "line"))
    slot = OrientationSlot(
        GraphOrientationClassifier(page.run, page_tensor, PAGE_ANGLES),
        GraphOrientationClassifier(line.run, line_tensor, LINE_ANGLES),
    )
    return (slot,) * plan.recognizer_slots
