"""Infer requests on the few canvases, and the proof that what was confined is confined."""

import functools

import numpy as np
import pytest

from app.engines.openvino_canvas import bound_shapes, confine, restrict_means
from app.engines.openvino_rewriting import without_shuffling
from app.engines.openvino_runtime import ov
from app.engines.openvino_sessions import ConfinedLineSession, DetectorSession, LineSession, check_confined
from app.engines.shape_buckets import FEW_LINE_BUCKETS, LINE_BUCKETS, DetectorBuckets
from app.errors import EngineError

BUCKETS = DetectorBuckets((96, 192), 192 * 192)


def only(side):
    """Return buckets of one canvas, a square of that side."""
    return DetectorBuckets((side,), side * side)


def confine_no_attention(model):
    """Confine all but the attention, as if its layers were unknown."""
    softmaxes = [node for node in model.get_ops() if node.get_type_name() == "Softmax"]
    sources = [node.input_value(0) for node in softmaxes]
    confine(model)
    for node, source in zip(softmaxes, sources, strict=True):
        node.input(0).replace_source_output(source)
    model.validate_nodes_and_infer_types()


def confine_no_windows(model):
    """Confine means and attention alone."""
    kinds = {"Convolution", "GroupConvolution"}
    exchanged = [(node, node.input_value(0)) for node in model.get_ops() if node.get_type_name() in kinds]
    confine(model)
    for node, source in exchanged:
        node.input(0).replace_source_output(source)
    model.validate_nodes_and_infer_types()


@functools.cache
def detector(path, rewrite, precision="f32", change=lambda model: model):
    """Return a compiled detector that takes uint8 (1, height, width, 3), as the engine's does."""
    model = ov.Core().read_model(path)
    name = model.input(0).any_name
    rewrite(model)
    model = change(model)
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input(name).tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input(name).model().set_layout(ov.Layout("NCHW"))
    steps.input(name).preprocess().convert_element_type(ov.Type.f32).mean([120.0] * 3).scale([58.0] * 3)
    return ov.Core().compile_model(steps.build(), "CPU", {"INFERENCE_PRECISION_HINT": precision})


@functools.cache
def recognizer(path, rewrite=None, precision="f32"):
    """Return a compiled recogniser."""
    model = ov.Core().read_model(path)
    if rewrite:
        rewrite(model)
    return ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": precision})


@pytest.fixture(scope="module")
def paths(tiny_tier):
    """The graphs of the smallest tier."""
    return tiny_tier / "det" / "inference.onnx", tiny_tier / "rec" / "inference.onnx"


@pytest.mark.parametrize("precision", ["f32", "bf16"])
def test_confined_models_pass_the_proof(paths, precision):
    """The published models, rewritten, are found indifferent to their canvas, rounded to bf16 too."""
    det, rec = paths
    models = detector(det, confine, precision), recognizer(rec, confine, precision)
    assert check_confined(*models) is None


def test_a_detector_that_looks_beyond_the_picture_is_refused(paths):
    """One whose means alone are restricted is no match for exact parity: the error says what to do instead."""
    det, rec = paths
    with pytest.raises(EngineError, match=r"detection model.*OCR_PARITY=close"):
        check_confined(detector(det, restrict_means), recognizer(rec, confine))


@pytest.mark.parametrize("rewrite", [confine_no_attention, confine_no_windows])
def test_a_recogniser_that_looks_beyond_the_line_is_refused(paths, tier, rewrite):
    """A layer that the rewriting does not know lets the canvas in: that is seen before anything is served."""
    attentive = tier("pp-ocrv6-small") / "rec" / "inference.onnx"  # the smallest tier has no attention
    with pytest.raises(EngineError, match="recognition model"):
        check_confined(detector(paths[0], confine), recognizer(attentive, rewrite))


def text_picture(height, width):
    """Return a picture of a bar, which a detector may take for text."""
    picture = np.full((height, width, 3), 240, np.uint8)
    picture[height // 3 : height // 2, 10 : width - 10 : 7] = 0
    return picture


@pytest.mark.parametrize("size", [(96, 96), (64, 96), (96, 160), (192, 32)])
def test_a_text_map_is_that_of_the_picture(paths, size):
    """It has the picture's size, whatever canvas was run, and is the same on any."""
    compiled = detector(paths[0], confine)
    picture = text_picture(*size)
    maps = [DetectorSession(compiled, buckets).text_map(picture).copy() for buckets in (BUCKETS, only(320))]
    assert [map_.shape for map_ in maps] == [size, size]
    assert maps[0].dtype == np.float32
    assert np.abs(maps[0] - maps[1]).max() < 1e-4


class Recording:
    """A compiled model's stand-in that keeps what its requests were given."""

    def __init__(self, compiled):
        self.compiled, self.shapes = compiled, []

    def __getattr__(self, name):
        return getattr(self.compiled, name)

    def create_infer_request(self):
        """Return one that tells what shapes it is given."""
        request = self.compiled.create_infer_request()

        def infer(inputs, **options):
            largest = max(inputs.values() if isinstance(inputs, dict) else inputs, key=lambda value: value.size)
            self.shapes.append(largest.shape)
            return request.infer(inputs, **options)

        return type("Request", (), {"infer": staticmethod(infer)})()


def test_only_the_canvases_of_the_list_are_run(paths):
    """The warm-up runs the smallest, the largest is offered ahead, and no picture meets any beyond the list."""
    recording = Recording(detector(paths[0], confine))
    session = DetectorSession(recording, BUCKETS)
    session.warm_up()
    assert [shape[1:3] for shape in recording.shapes] == [(96, 96)]
    assert session.shapes_ahead() == [(192, 192)]
    for size in ((32, 32), (96, 128), (160, 64), (192, 192)):
        session.text_map(text_picture(*size))
    assert [shape[1:3] for shape in recording.shapes[1:]] == [(96, 96), (96, 192), (192, 96), (192, 192)]


def bounded(side):
    """Return what restricts a model's means, and its shapes to squares of *side* at most."""

    def rewrite(model):
        restrict_means(model)
        bound_shapes(model, (side, side))

    return rewrite


def test_the_same_map_comes_of_a_model_without_shuffling(paths):
    """A session puts the pixels in their places where the model has not: the map is the same, of any size."""
    models = [detector(paths[0], restrict_means), detector(paths[0], restrict_means, change=without_shuffling)]
    for size in ((96, 96), (64, 96), (96, 160)):
        maps = [DetectorSession(model, BUCKETS).text_map(text_picture(*size)).copy() for model in models]
        assert [map_.shape for map_ in maps] == [size, size]
        assert np.abs(maps[0] - maps[1]).max() < 1e-5


def test_a_bounded_model_runs_nothing_larger(paths):
    """Up to the bound every canvas runs, and gives what an unbounded model gives; beyond, the runtime refuses."""
    compiled, free = detector(paths[0], bounded(192)), detector(paths[0], restrict_means)
    for size in ((96, 96), (192, 96), (192, 192)):
        maps = [DetectorSession(model, BUCKETS).text_map(text_picture(*size)).copy() for model in (compiled, free)]
        assert np.abs(maps[0] - maps[1]).max() < 1e-5
    session = DetectorSession(compiled, only(224))
    with pytest.raises(RuntimeError):
        session.text_map(text_picture(224, 224))


def test_a_bounded_recogniser_takes_the_longest_line_and_none_longer(paths):
    """Nor more lines at a time than the bound says. Its masks, where it is confined, are bounded with it."""

    def rewrite(model):
        confine(model)
        bound_shapes(model, (48, 400), 2)

    session = ConfinedLineSession(recognizer(paths[1], rewrite), LINE_BUCKETS)
    canvases = np.random.default_rng(1).uniform(-1, 1, (3, 3, 48, 480)).astype(np.float32)
    assert session.run(canvases[:1, ..., :400], 400).shape[:2] == (1, 50)
    assert session.run(canvases[:2, ..., :400], 400).shape[:2] == (2, 50)
    with pytest.raises(RuntimeError):
        session.run(canvases[:1], 480)
    with pytest.raises(RuntimeError):
        session.run(canvases[..., :400], 400)


@pytest.mark.parametrize("width", [90, 160, 333, 341])
def test_a_confined_line_is_run_on_canvases_of_few_widths(paths, width):
    """The session takes lines of any width; the model sees those of the list; the steps are those of the line alone."""
    recording = Recording(recognizer(paths[1], confine))
    session = ConfinedLineSession(recording, LINE_BUCKETS)
    assert session.canvas_width(width) == width
    canvas = np.random.default_rng(1).uniform(-1, 1, (1, 3, 48, width)).astype(np.float32)
    (map_,) = (values.copy() for values in session.character_maps(canvas))
    assert recording.shapes == [(1, 3, 48, LINE_BUCKETS.width(width))]
    (alone,) = recognizer(paths[1])([canvas]).values()
    assert map_.shape == alone[0].shape
    assert np.abs(map_ - alone[0]).max() < 1e-4


def test_a_plain_line_asks_for_a_canvas_of_the_list(paths):
    """Where the canvas counts, the session says how wide it must be, and runs what it is given."""
    recording = Recording(recognizer(paths[1]))
    session = LineSession(recording, LINE_BUCKETS)
    assert [session.canvas_width(width) for width in (90, 160, 333)] == [160, 160, 336]
    few = LineSession(recording, FEW_LINE_BUCKETS)
    assert [few.canvas_width(width) for width in (90, 160, 333, 432)] == [160, 160, 336, 672]
    assert len(list(session.character_maps(np.zeros((1, 3, 48, 480), np.float32)))) == 1
    assert recording.shapes == [(1, 3, 48, 480)]


@pytest.mark.parametrize(
    ("count", "width", "sizes"),
    [(0, 160, []), (1, 160, [1]), (3, 160, [2, 1]), (7, 160, [2, 2, 2, 1]), (5, 832, [2, 2, 1]), (2, 2240, [1, 1])],
)
@pytest.mark.parametrize("kind", [LineSession, ConfinedLineSession])
def test_lines_are_run_in_batches_of_the_few_sizes(paths, kind, count, width, sizes):
    """Each line has its own map, in order: the one it has alone, to the last bit."""
    recording = Recording(recognizer(paths[1], confine if kind is ConfinedLineSession else None))
    session = kind(recording, LINE_BUCKETS)
    canvases = np.random.default_rng(count).uniform(-1, 1, (count, 3, 48, width)).astype(np.float32)
    maps = [values.copy() for values in session.character_maps(canvases)]
    assert recording.shapes == [(size, 3, 48, width) for size in sizes]
    assert len(maps) == count
    for line, together in enumerate(maps):
        (alone,) = (values.copy() for values in session.character_maps(canvases[line : line + 1]))
        assert np.array_equal(alone, together)
