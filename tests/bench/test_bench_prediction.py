"""Reading the service's and the reference's documents."""

import copy
from typing import Any

import pytest

from bench.prediction import Line, MalformedPredictionError, Prediction

POLYGON = [[0, 0], [9, 0], [9, 5], [0, 5]]
PAGE = {
    "index": 0, "width": 90, "height": 50, "angle": 0, "text": "one",
    "lines": [{"text": "one", "score": 0.9, "polygon": POLYGON, "box": [0, 0, 9, 5]}],
}  # fmt: skip
DOCUMENT: dict[str, Any] = {
    "id": "x",
    "model": "m",
    "text": "one",
    "pages": [PAGE],
    "timings_ms": {},
    "truncated": False,
}
RECORD: dict[str, Any] = {
    "texts": ["one"], "scores": [0.9], "polys": [POLYGON], "width": 90, "height": 50, "seconds": 0.2,
}  # fmt: skip


def test_both_documents_give_the_same_prediction() -> None:
    """The service's JSON and a reference record with the same content are read as equal predictions."""
    line = Line("one", 0.9, ((0.0, 0.0), (9.0, 0.0), (9.0, 5.0), (0.0, 5.0)))
    expected = Prediction((line,), 90, 50, 0.2)
    assert Prediction.from_service(DOCUMENT, 0.2) == expected
    assert Prediction.from_reference(RECORD) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"pages": []},
        {"pages": [PAGE, PAGE]},
        {"pages": None},
        {"pages": [{**PAGE, "lines": [{"text": None, "score": 1, "polygon": POLYGON}]}]},
        {"pages": [{**PAGE, "lines": [{"text": "a", "score": 1, "polygon": [[0, 0], [1, 1]]}]}]},
        {"pages": [{**PAGE, "lines": [{"text": "a", "polygon": POLYGON}]}]},
        {"pages": [{**PAGE, "width": "wide"}]},
    ],
)
def test_a_document_of_another_form_is_refused(change: dict[str, Any]) -> None:
    """Missing members, wrong types and any number of pages but one are an error, never an empty prediction."""
    with pytest.raises(MalformedPredictionError):
        Prediction.from_service({**copy.deepcopy(DOCUMENT), **change}, 0.2)
    with pytest.raises(MalformedPredictionError):
        Prediction.from_service("text", 0.2)


def test_a_reference_record_of_uneven_columns_is_refused() -> None:
    """A record with more texts than polygons is an error instead of being cut to the shorter."""
    with pytest.raises(MalformedPredictionError):
        Prediction.from_reference({**RECORD, "texts": ["one", "two"]})
