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
from app.engines.openvino_runtime import ov
from app.slot_plan import SlotPlan


def load(directory: Path, plan: SlotPlan) -> tuple[OrientationSlot, ...]:
    """Load ``directory/page`` and ``directory/line``. In f32: they take a hundredth of a page's time."""
    core = ov.Core()
    page, line = (_compile(core, directory / part / GRAPH_NAME, plan.recognizer_slots) for part in ("page", "line"))
    return tuple(
        OrientationSlot(
            GraphOrientationClassifier(_runner(page), page_tensor, PAGE_ANGLES),
            GraphOrientationClassifier(_runner(line), line_tensor, LINE_ANGLES),
        )
        for _ in range(plan.recognizer_slots)
    )


def _compile(core: ov.Core, graph: Path, streams: int) -> ov.CompiledModel:
    properties = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": streams,
        "NUM_STREAMS": streams,
        "ENABLE_CPU_PINNING": False,
    }
    return core.compile_model(core.read_model(graph), "CPU", properties)


def _runner(compiled: ov.CompiledModel) -> RunGraph:
    request = compiled.create_infer_request()

    def run(tensor: FloatArray) -> FloatArray:
        probabilities: FloatArray = request.infer([tensor], share_inputs=True, share_outputs=True)[0][0]
        return probabilities

    return run
