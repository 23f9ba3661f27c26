"""PP-OCR on OpenVINO: the fast engine of x86-64."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from app.engines.base import Batching, Engine
from app.engines.choice import EngineChoice
from app.engines.graph_detector import GraphDetector
from app.engines.graph_recognizer import GraphRecognizer
from app.engines.int8_ranges import read_ranges
from app.engines.model_files import DetectorFiles, read_model_files
from app.engines.openvino_cache import TierModels, TierRequest, through_cache
from app.engines.openvino_canvas import bound_shapes, confine, restrict_means
from app.engines.openvino_int8 import quantise
from app.engines.openvino_rewriting import (
    ends_in_softmax,
    merge_gates,
    split_concatenations,
    without_shuffling,
    without_softmax,
)
from app.engines.openvino_runtime import PrePostProcessor, compiled, ov
from app.engines.openvino_sessions import ConfinedLineSession, DetectorSession, LineSession, check_confined
from app.engines.shape_buckets import (
    FEW_LINE_BUCKETS,
    LINE_BUCKETS,
    LINE_HEIGHT,
    LINE_MAX_WIDTH,
    MAX_CANVAS_RATIO,
    DetectorBuckets,
    LineBuckets,
)
from app.errors import EngineError
from app.memory_plan import MemoryPlan
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
    memory = MemoryPlan.for_settings(settings, plan, choice)
    lines = LINE_BUCKETS if memory.is_ample else FEW_LINE_BUCKETS
    buckets = DetectorBuckets.up_to(settings.det_max_side, memory.det_max_pixels)
    request = TierRequest(ov.Core(), directory, plan, choice, settings.det_max_side, memory)
    models = through_cache(request, settings.cache_dir, _compile)
    session = ConfinedLineSession if choice.exact else LineSession
    return Engine(
        detectors=tuple(
            GraphDetector(DetectorSession(models.detector, buckets), models.max_candidates, memory.det_max_pixels)
            for _ in range(plan.detector_slots)
        ),
        recognizers=tuple(
            GraphRecognizer(session(models.recognizer, lines), models.alphabet, gives_logits=models.gives_logits)
            for _ in range(plan.recognizer_slots)
        ),
        batching=Batching(_lines_at_once(lines), across_requests=True),
    )


def _lines_at_once(buckets: LineBuckets) -> Callable[[float], int]:
    def most(canvas_ratio: float) -> int:
        return buckets.lines_at_once(buckets.width(int(LINE_HEIGHT * min(canvas_ratio, MAX_CANVAS_RATIO))))

    return most


def _compile(request: TierRequest) -> TierModels:
    core, choice = request.core, request.choice
    files = read_model_files(request.directory)
    detector_model, recognizer_model = core.read_model(files.detector.graph), core.read_model(files.recognizer.graph)
    with _confining() if choice.exact else nullcontext():
        detector_model = _detector_model(detector_model, files.detector, request)
        detector = compiled(core, detector_model, request.detecting)
        gives_logits = ends_in_softmax(recognizer_model)
        recognizer_model = _recognizer_model(recognizer_model, request)
        recognizer = compiled(core, recognizer_model, request.recognising)
        if choice.exact:
            check_confined(detector, recognizer)
    limits = files.detector.max_candidates
    return TierModels(detector, recognizer, gives_logits, files.recognizer.alphabet, limits)


@contextmanager
def _confining() -> Iterator[None]:
    """Says what to do where a graph has a layer that the rewriting does not know, which somebody's own may have."""
    try:
        yield
    except RuntimeError as error:
        raise EngineError(
            f"a model cannot be confined ({error}): OCR_PARITY=close, or OCR_ENGINE=onnxruntime"
        ) from error


def _detector_model(model: ov.Model, files: DetectorFiles, request: TierRequest) -> ov.Model:
    """The graph indifferent to its canvas, with the normalisation built in: it takes uint8 (1, height, width, 3)."""
    picture = model.input(0).any_name
    if request.choice.exact:
        confine(model)
    else:
        restrict_means(model)
        merge_gates(model)
        split_concatenations(model)
        model = without_shuffling(model)
    bound_shapes(model, (request.max_side, request.max_side))
    steps = PrePostProcessor(model)
    steps.input(picture).tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input(picture).model().set_layout(ov.Layout("NCHW"))
    normalise = steps.input(picture).preprocess().convert_element_type(ov.Type.f32)
    normalise.mean(list(files.mean)).scale(list(files.scale))
    return steps.build()


def _recognizer_model(model: ov.Model, request: TierRequest) -> ov.Model:
    """The graph without its last softmax, indifferent to its canvas or with most of it in 8-bit integers."""
    if ends_in_softmax(model):
        model = without_softmax(model)
    if request.choice.exact:
        confine(model)
    else:
        split_concatenations(model)
    if request.choice.precision == "int8":
        quantise(model, read_ranges(request.directory.name))
    bound_shapes(model, (LINE_HEIGHT, LINE_MAX_WIDTH), LINE_BUCKETS.lines_at_once(0))
    return model
