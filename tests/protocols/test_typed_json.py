"""JSON objects read by the types that describe them."""

import json
from typing import Literal

import msgspec
import pytest

from app.errors import InvalidOptionError, MalformedRequestError
from app.protocols.typed_json import failure_reply, typed, typed_body
from app.protocols.wire import Problem, WireRequest
from tests.protocols.peer_samples import json_wire


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """A member under another name on the wire, and one that may be left out."""

    number: int = msgspec.field(name="aNumber")
    text: str = ""


class Failure(msgspec.Struct):
    """An error."""

    why: str


@pytest.mark.parametrize("media_type", ["application/json", "", "application/x-www-form-urlencoded"])
def test_the_body_is_json_whatever_its_type_says(media_type):
    """Clients of these dialects often declare none, and curl a wrong one."""
    assert typed_body(json_wire({"aNumber": 1}, media_type), Shape) == Shape(1)


@pytest.mark.parametrize("document", [{}, {"aNumber": "1"}, {"aNumber": None}, {"aNumber": 1, "text": 2}, [], "text"])
def test_a_body_of_another_shape_is_malformed(document):
    """What is needed must be there, and nothing is taken for what it is not."""
    with pytest.raises(MalformedRequestError):
        typed_body(json_wire(document), Shape)


def test_a_member_that_is_not_known_is_told_by_its_name():
    """The message is short, however long the name."""
    with pytest.raises(InvalidOptionError, match="unknown member 'other'; known are aNumber, text"):
        typed_body(json_wire({"aNumber": 1, "other": 2}), Shape)
    with pytest.raises(InvalidOptionError) as caught:
        typed_body(json_wire({"x" * 10_000: 2}), Shape)
    assert len(str(caught.value)) < 200


def test_a_query_is_refused():
    """Nothing is read from the address, so nothing in it is passed over."""
    with pytest.raises(InvalidOptionError, match="'min_score'"):
        typed_body(json_wire({"aNumber": 1}, min_score="1"), Shape)


def test_the_class_of_the_error_is_the_callers():
    """Options that are wrong are no malformed body; what is quoted of them is cut off."""
    with pytest.raises(InvalidOptionError):
        typed({"aNumber": "x"}, Shape, InvalidOptionError)
    Choice = msgspec.defstruct("Choice", [("one", Literal["a"])])  # noqa: N806 - a type
    with pytest.raises(InvalidOptionError) as caught:
        typed({"one": "x" * 10_000}, Choice, InvalidOptionError)
    assert len(str(caught.value)) <= 200
    with pytest.raises(InvalidOptionError, match="surrogate"):
        typed({"one": "\ud800"}, Choice, InvalidOptionError)


def test_a_failure_may_quote_what_is_no_text():
    """Half of a surrogate pair is written as JSON escapes it; status and headers are the problem's."""
    problem = Problem(503, "Service Unavailable", "queue_full", "\ud800", "id", headers={"Retry-After": "2"})
    reply = failure_reply(Failure(problem.detail), problem)
    assert json.loads(reply.body) == {"why": "\ud800"}
    assert (reply.status, reply.media_type, reply.headers) == (503, "application/json", {"Retry-After": "2"})


def test_a_form_is_no_json():
    """A multipart form has no body that could be read."""
    with pytest.raises(MalformedRequestError):
        typed_body(WireRequest("multipart/form-data", {}, form={"aNumber": "1"}), Shape)
