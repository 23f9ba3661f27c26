"""The dialects together: which one is spoken, and what those hear of whom that is not known."""

import json

import pytest

from app.protocols.catalogue import dialects_named, encode_error_for_any, speaker
from app.protocols.dialect import Dialect
from app.protocols.native import NATIVE
from app.protocols.wire import Problem, Reply, WireRequest
from app.settings import DIALECTS

PROBLEM = Problem(503, "Service Unavailable", "queue_full", "64 wait", "abc", headers={"Retry-After": "2"})


def peer(name, marks, **more):
    """A dialect that shares ``/ocr`` and answers errors with its own members."""

    def encode_error(problem):
        return Reply(json.dumps({"errorMsg": problem.detail, "status": "mine"}).encode(), problem.status)

    return Dialect(name, ("/ocr",), None, None, encode_error, speaks=lambda wire: marks in wire.query, **more)


def test_the_setting_names_every_dialect_but_the_native_one():
    """What the setting lists is what there is, in the order in which a shared path asks."""
    assert tuple(dict.fromkeys(dialect.name for dialect in dialects_named(DIALECTS))) == (*DIALECTS, "native")


@pytest.mark.parametrize("names", [(), DIALECTS[:1], DIALECTS])
def test_the_native_dialect_is_always_spoken(names):
    """It is the last, so that those who share its path are asked first."""
    assert dialects_named(names)[-1] is NATIVE
    assert list(dict.fromkeys(dialect.name for dialect in dialects_named(names)[:-1])) == list(names)


def test_the_first_dialect_that_knows_its_own_is_spoken():
    """A request that nobody claims is the last one's."""
    one, two = peer("one", "a"), peer("two", "b")
    for query, expected in (({"a": "1"}, one), ({"b": "1"}, two), ({"a": "1", "b": "1"}, one), ({}, NATIVE)):
        assert speaker(WireRequest("", query), [one, two, NATIVE]) is expected


def test_who_is_not_known_hears_all_who_may_have_sent_that_type():
    """The document is the native one, word for word, and has the members of the others beside its own."""
    native = json.loads(NATIVE.encode_error(PROBLEM).body)
    sharing = [peer("one", "a", media_types=frozenset({"application/json"})), NATIVE]
    reply = encode_error_for_any(PROBLEM, "application/json", sharing)
    assert json.loads(reply.body) == {"errorMsg": "64 wait"} | native
    assert (reply.status, reply.media_type, reply.headers) == (503, "application/problem+json", {"Retry-After": "2"})
    assert json.loads(encode_error_for_any(PROBLEM, "image/png", sharing).body) == native
