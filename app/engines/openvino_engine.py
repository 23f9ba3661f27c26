"""PP-OCR on OpenVINO: the fast engine of x86-64."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from app.engines.base import Engine
from app.engines.choice import EngineChoice
from app.engines.db_postprocess import DbThresholds
from app.engines.graph_detector import GraphDetector
from app.engines.graph_recognizer import GraphRecognizer
from app.engines.model_files import DetectorFiles, read_model_files
from app.engines.openvino_canvas import confine, restrict_means
from app.engines.openvino_runtime import PrePostProcessor, compiled, ov
from app.engines.openvino_sessions import ConfinedLineSession, DetectorSession, LineSession, check_confined
from app.engines.shape_buckets import DetectorBuckets
from app.errors import EngineError
from app.settings import Settings
from app.slot_plan import SlotPlan


def load(directory: Path, plan: SlotPlan, choice: EngineChoice, settings: Settings) -> Engine:
    """Read and compile the models in *directory*.

    A recogniser runs once as it is made, and that must be before there are several threads: OpenVINO's Python binding
    builds a table at its first tensor, under a C++ static guard and with the interpreter lock given up in between, so
    that two threads whose first tensors coincide wait for each other for ever.

    Raises:
        WeightsError: A model file is missing, or does not go with the others.
        EngineError: A graph cannot be confined to the picture on its canvas.
    """
    files = read_model_files(directory)
    limits = DbThresholds.of(settings, files.detector.max_candidates)
    buckets = DetectorBuckets.up_to(settings.det_max_side)
    core = ov.Core()
    detector_model, recognizer_model = core.read_model(files.detector.graph), core.read_model(files.recognizer.graph)
    with _confining() if choice.exact else nullcontext():
        detector_model = _detector_model(detector_model, files.detector, choice)
        detector = compiled(core, detector_model, choice.precision, plan.detector_threads, plan.detector_slots)
        if choice.exact:
            confine(recognizer_model)
        recognizer = compiled(core, recognizer_model, choice.precision, 1, plan.recognizer_slots)
        if choice.exact:
            check_confined(detector, recognizer)
    session = ConfinedLineSession if choice.exact else LineSession
    recognizers = tuple(
        GraphRecognizer(session(recognizer), files.recognizer.alphabet) for _ in range(plan.recognizer_slots)
    )
    return Engine(
        detectors=tuple(GraphDetector(DetectorSession(detector, buckets), limits) for _ in range(plan.detector_slots)),
        recognizers=recognizers,
    )


@contextmanager
def _confining() -> Iterator[None]:
    """Says what to do where a graph has a layer that the rewriting does not know, which somebody's own may have."""
    try:
        yield
    except RuntimeError as error:
        raise EngineError(
            f"a model cannot be confined ({error}): OCR_PARITY=close, or OCR_ENGINE=onnxruntime"
        ) from error


def _detector_model(model: ov.Model, files: DetectorFiles, choice: EngineChoice) -> ov.Model:
    """The graph indifferent to its canvas, with the normalisation built in: it takes uint8 (1, height, width, 3)."""
    picture = model.input(0).any_name
    if choice.exact:
        confine(model)
    else:
        restrict_means(model)
    steps = PrePostProcessor(model)
    steps.input(picture).tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input(picture).model().set_layout(ov.Layout("NCHW"))
    normalise = steps.input(picture).preprocess().convert_element_type(ov.Type.f32)
    normalise.mean(list(files.mean)).scale(list(files.scale))
    return steps.build()
