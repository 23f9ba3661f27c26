"""The orientation classifiers on OpenVINO."""

from pathlib import Path

from app.engines.base import FloatArray, OrientationSlot
from app.engines.graph_orientation import (
    LINE_ANGLES,
    PAGE_ANGLES,
    GraphOrientationClassifier,
    RunGraph,
    line_tensor,
    page_tensor,
)
from app.engines.model_files import GRAPH_NAME
from app.engines.openvino_runtime import Execution, compiled, ov
from app.slot_plan import SlotPlan


def load(directory: Path, plan: SlotPlan) -> tuple[OrientationSlot, ...]:
    """Load ``directory/page`` and ``directory/line``. In f32: they take a hundredth of a page's time."""
    core = ov.Core()
    page, line = (
        compiled(core, core.read_model(directory / part / GRAPH_NAME), Execution("f32", 1, plan.recognizer_slots))
        for part in ("page", "line")
    )
    return tuple(
        OrientationSlot(
            GraphOrientationClassifier(_runner(page), page_tensor, PAGE_ANGLES),
            GraphOrientationClassifier(_runner(line), line_tensor, LINE_ANGLES),
        )
        for _ in range(plan.recognizer_slots)
    )


def _runner(graph: ov.CompiledModel) -> RunGraph:
    request = graph.create_infer_request()

    def run(tensor: FloatArray) -> FloatArray:
        probabilities: FloatArray = request.infer([tensor], share_inputs=True, share_outputs=True)[0][0]
        return probabilities

    return run
