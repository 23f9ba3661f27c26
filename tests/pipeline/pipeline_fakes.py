"""What the tests of the pipeline share: slots that are fakes, on real pools, and pages whose text is grey."""

import numpy as np

from app.engines.base import ONE_BY_ONE, Detection, Orientation, OrientationSlot, Recognition
from app.pipeline.line_groups import one_by_one
from app.pipeline.line_reader import LineReader
from app.pipeline.pipeline import Pipeline
from app.pipeline.result import Run
from app.scheduling.deadline import Deadline
from app.scheduling.inference_pool import InferencePool
from tests.options import page_options

PATIENCE_SECONDS = 20


class Detector:
    """Finds the boxes it was told, keeps what it was asked for, and can do something meanwhile."""

    def __init__(self, *boxes, meanwhile=lambda: None):
        corners = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]] for x0, y0, x1, y1 in boxes]
        self.detection = Detection(np.array(corners, np.int32).reshape(-1, 4, 2), np.ones(len(boxes), np.float32))
        self.meanwhile = meanwhile
        self.asked = []

    def detect(self, images, options):
        """Answer for one picture."""
        self.asked.append(([image.shape for image in images], options))
        self.meanwhile()
        return [self.detection for _ in images]


class Reader:
    """Reads a crop as the grey in its middle: 40 is "line 40". Scores by *scores*, and can do something before."""

    def __init__(self, scores=None, before=lambda _: None, seen=None):
        self.scores, self.before, self.seen = scores or {}, before, [] if seen is None else seen

    def recognise(self, crops, _):
        """Answer for each crop."""
        return [self._read(crop) for crop in crops]

    def _read(self, crop):
        grey = int(crop[crop.shape[0] // 2, crop.shape[1] // 2, 0])
        text = f"line {grey}" if grey else ""
        self.before(text)
        self.seen.append(text)
        return Recognition(text, self.scores.get(text, 0.9), tuple(range(len(text))), len(text))


class Classifier:
    """Finds every picture lying as it was told, and keeps their shapes."""

    def __init__(self, angle=0, score=0.99):
        self.answer, self.shapes = Orientation(angle, score), []

    def classify(self, images):
        """Answer for each picture."""
        self.shapes += [image.shape for image in images]
        return [self.answer for _ in images]


def page_of(*rows):
    """Return a picture with an even bar of grey for each of *rows*, 20 pixels high, 30 apart, and the bars' boxes."""
    picture = np.full((30 * len(rows) + 10, 200, 3), 255, np.uint8)
    boxes = []
    for index, grey in enumerate(rows):
        top = 10 + 30 * index
        picture[top : top + 20, 20:180] = grey
        boxes.append((20, top, 180, top + 20))
    return picture, boxes


def pipeline(detectors, readers, page=None, line=None):
    """Return a pipeline on warm pools; *page* and *line* classify orientations."""
    orientation = [OrientationSlot(page or Classifier(), line or Classifier())]
    slots = {"d": detectors, "r": readers, "o": orientation}
    pools = [InferencePool(name, slots_, lambda _: None) for name, slots_ in slots.items()]
    for pool in pools:
        for future in pool.start():
            future.result(PATIENCE_SECONDS)
    return Pipeline(pools[0], LineReader(pools[1], one_by_one, ONE_BY_ONE), lambda: pools[2])


def run_of(seconds=60, min_score=0.0, ticket=0, deadline=None, **options):
    """Return a request under way."""
    return Run(ticket, deadline or Deadline(seconds), page_options(960, min_score, **options))


def texts(page):
    """Return the page's lines."""
    return [line.text for line in page.lines]
