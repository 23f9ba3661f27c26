"""The events of AWS Lambda, as AWS documents them, and what they come to."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.errors import MalformedRequestError
from app.faas.aws_events import decode, decode_event, encode, kind_of
from app.faas.calls import HttpCall, HttpReply, ObjectCall
from tests.faas import aws_samples as samples
from tests.faas.aws_samples import GATEWAYS, PNG

OBJECT = ObjectCall("s3", "eu-north-1", "scans", "in box/a+b.png", 1024)
REPLY = HttpReply(200, (("Content-Type", "application/json"), ("X-Request-Id", "r")), '{"text":"é"}'.encode())


def decoded(event: dict[str, Any]) -> Any:
    """What *event* asks for, as it comes out of JSON."""
    return decode(event, kind_of(event)).wanted


@pytest.mark.parametrize("kind", GATEWAYS)
def test_a_gateways_event_is_its_clients_request(kind: str) -> None:
    """Method, path, query, every header, the body's bytes and the client's address."""
    event = GATEWAYS[kind]()
    assert kind_of(event) == kind
    found = decode(event, kind_of(event))
    assert found.origin == "gateway"
    call = found.wanted
    assert (call.method, call.path, call.query, call.body, call.client) == (
        "POST",
        "/ocr",
        "min_score=0.5",
        PNG,
        "192.0.2.7",
    )
    headers = {name.lower(): value for name, value in call.headers}
    assert (headers["content-type"], headers["x-api-key"]) == ("image/png", "a-key-of-sixteen-letters")
    assert headers.get("cookie") == ("a=1; b=2" if kind == "gateway-2" else None)


@pytest.mark.parametrize("kind", GATEWAYS)
def test_a_body_of_text_comes_as_text(kind: str) -> None:
    """Without isBase64Encoded it is what UTF-8 makes of it; without a body there is none."""
    event = GATEWAYS[kind]()
    assert decoded(event | {"body": '{"image":"é"}', "isBase64Encoded": False}).body == '{"image":"é"}'.encode()
    assert decoded(event | {"body": None, "isBase64Encoded": False}).body == b""


@pytest.mark.parametrize(
    ("event", "path"),
    [
        (samples.gateway_1(path="/mapped/ocr"), "/ocr"),
        (samples.gateway_1(resource="/v1/{proxy+}"), "/v1/ocr"),
        (samples.gateway_1(resource="/ocr", pathParameters=None), "/ocr"),
        (samples.gateway_1(resource="$default", path="/prod/ocr"), "/ocr"),
        (samples.gateway_1(resource="$default", path="/production/ocr"), "/production/ocr"),
        (samples.gateway_1(resource="/{id}", pathParameters=None), "/ocr"),
        (samples.gateway_2(rawPath="/prod/ocr", requestContext={"http": {"method": "GET"}, "stage": "prod"}), "/ocr"),
        (samples.gateway_2(rawPath="/prod", requestContext={"http": {"method": "GET"}, "stage": "prod"}), "/"),
        (samples.gateway_2(rawPath="/ocr", requestContext={"http": {"method": "GET"}, "stage": "prod"}), "/ocr"),
        (samples.gateway_2(rawPath="/$default/x"), "/x"),
    ],
)
def test_a_path_is_the_services(event: dict[str, Any], path: str) -> None:
    """Neither the stage nor what a custom domain maps to the API is part of it."""
    assert decoded(event).path == path


@pytest.mark.parametrize(
    ("event", "query"),
    [
        (samples.gateway_1(multiValueQueryStringParameters={"a": ["1 2", "&"], "b": [""]}), "a=1+2&a=%26&b="),
        (samples.gateway_1(multiValueQueryStringParameters=None, queryStringParameters=None), ""),
        (samples.gateway_2(rawQueryString="a=%20+&a=b&c"), "a=%20+&a=b&c"),
        (samples.gateway_2(rawQueryString="a=é\r\n"), "a=%C3%A9%0D%0A"),
        (samples.alb(queryStringParameters={"a": "%20%26", "b": ""}), "a=%20%26&b="),
        (samples.alb_many(multiValueQueryStringParameters={"a": ["%20", "2"]}), "a=%20&a=2"),
    ],
)
def test_a_query_is_on_the_wire_what_it_was(event: dict[str, Any], query: str) -> None:
    """API Gateway decodes parameters in format 1.0, and load balancers do not."""
    assert decoded(event).query == query


def test_a_balancers_client_is_the_one_that_it_saw() -> None:
    """What clients write into X-Forwarded-For stands before that; a balancer's own health check has none."""
    assert decoded(samples.alb_many()).client == "192.0.2.7"
    assert decoded(samples.alb(headers={"user-agent": "ELB-HealthChecker/2.0"})).client == ""


@pytest.mark.parametrize("kind", GATEWAYS)
@pytest.mark.parametrize(
    "change",
    [
        {"body": "not base64!"},
        {"body": 5},
        {"headers": [], "multiValueHeaders": []},
        {"headers": {"a": {}}, "multiValueHeaders": {"a": {}}},
        {"headers": {"a": "b\r\nc: d"}, "multiValueHeaders": {"a": ["b\r\nc: d"]}},
        {"path": "ocr", "rawPath": "ocr", "resource": "ocr"},
        {"path": 5, "rawPath": 5, "resource": "ocr"},
        {"path": "/\ud800", "rawPath": "/\ud800", "resource": "ocr"},
    ],
    ids=json.dumps,
)
def test_a_malformed_request_is_told_of(kind: str, change: dict[str, Any]) -> None:
    """Whatever is not as documented is a clear error, and never one of Python's."""
    with pytest.raises(MalformedRequestError):
        decode(GATEWAYS[kind]() | change, kind)


@pytest.mark.parametrize("event", [samples.s3(), samples.s3_by_bus()], ids=["s3", "bus"])
def test_a_buckets_event_names_objects(event: dict[str, Any]) -> None:
    """The key is the object's own, whichever way it was written."""
    assert kind_of(event) == "bucket"
    assert decode(event, "bucket").origin == "store"
    assert decoded(event) == (OBJECT,)


def test_a_size_that_is_none_is_unknown() -> None:
    """Nothing depends on it."""
    record = samples.s3()["Records"][0]
    record["s3"]["object"]["size"] = "big"
    assert decoded({"Records": [record]}) == (replace(OBJECT, size=None),)


@pytest.mark.parametrize(
    "event",
    [
        samples.s3(name="ObjectRemoved:Delete"),
        samples.TEST_OF_BUCKET,
        samples.s3_by_bus(**{"detail-type": "Object Deleted"}),
        {"Records": []},
    ],
    ids=["removed", "test", "deleted", "none"],
)
def test_an_event_of_no_new_object_asks_for_nothing(event: dict[str, Any]) -> None:
    """There is nothing to read in an object that is gone, nor in the test of a new notification."""
    assert decoded(event) == ()


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (samples.s3(eventSource="aws:sqs"), "aws:sqs"),
        ({"Records": [{"EventSource": "aws:sns", "Sns": {}}]}, "aws:sns"),
        ({"Records": "none"}, "list of objects"),
        ({"Records": [1]}, "list of objects"),
        (samples.s3(key=""), "names no bucket"),
        (samples.s3(s3={"bucket": {"name": 5}}), "name is not a string"),
        (samples.s3(s3=None), "names no bucket"),
        (samples.s3_by_bus(detail={"bucket": {}}), "names no bucket"),
        ({}, "no known form"),
        ({"hello": 1}, "no known form"),
        ({"requestContext": {}, "routeKey": "$connect"}, "no known form"),
    ],
)
def test_an_unknown_event_is_told_of(event: dict[str, Any], word: str) -> None:
    """The error says what is missing, or whose event it is."""
    with pytest.raises(MalformedRequestError, match=word):
        decoded(event)


@pytest.mark.parametrize("event", [samples.SCHEDULE, {"warm": True}, {"warm": 1, "concurrency": 3}])
def test_a_ping_only_asks_whether_the_instance_is_ready(event: dict[str, Any]) -> None:
    """Nothing is recognised for it."""
    assert kind_of(event) == "ping"
    assert decoded(event) == HttpCall("GET", "/readyz")


def test_a_callers_event_is_what_the_route_takes() -> None:
    """The JSON of POST /ocr, options included."""
    event = {"image": "aGk=", "min_score": 0.5}
    call = decoded(event)
    assert (call.method, call.path, json.loads(call.body)) == ("POST", "/ocr", event)
    assert dict(call.headers)["Content-Type"] == "application/json"
    assert encode("caller", REPLY) == {"text": "é"}


def test_replies_have_the_form_of_their_kind() -> None:
    """As documented: load balancers want a description, and the kind of headers that they sent; cookies stand apart."""
    reply = replace(REPLY, headers=(*REPLY.headers, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Vary", "a")))
    both = {"statusCode": 200, "isBase64Encoded": False, "body": '{"text":"é"}'}
    lists = {"Content-Type": ["application/json"], "X-Request-Id": ["r"], "Set-Cookie": ["a=1", "b=2"], "Vary": ["a"]}
    plain = {"Content-Type": "application/json", "X-Request-Id": "r", "Vary": "a"}
    assert encode("gateway-1", reply) == both | {"multiValueHeaders": lists}
    assert encode("gateway-2", reply) == both | {"headers": plain, "cookies": ["a=1", "b=2"]}
    assert encode("alb-many", reply) == both | {"multiValueHeaders": lists, "statusDescription": "200 OK"}
    assert encode("alb", reply) == both | {
        "headers": plain | {"Set-Cookie": "a=1, b=2"},
        "statusDescription": "200 OK",
    }


@pytest.mark.parametrize(
    ("kind", "encoding", "body", "is_encoded"),
    [
        ("application/json", "", b"\xff", True),
        ("application/json", "gzip", b"{}", True),
        ("application/pdf", "", b"%PDF", True),
        ("text/html; charset=utf-8", "", b"<p>", False),
        ("application/problem+json", "", b"{}", False),
        ("", "", b"", False),
    ],
)
def test_bodies_that_are_no_text_go_as_base64(kind: str, encoding: str, body: bytes, *, is_encoded: bool) -> None:
    """What JSON cannot hold, and what is no text by its type."""
    headers = (("Content-Type", kind), *((("Content-Encoding", encoding),) if encoding else ()))
    assert encode("gateway-2", HttpReply(200, headers, body))["isBase64Encoded"] is is_encoded


def test_a_status_without_a_name_has_a_description() -> None:
    """A load balancer is always told one."""
    assert encode("alb", replace(REPLY, status=499))["statusDescription"].startswith("499 ")


@pytest.mark.parametrize("kind", GATEWAYS)
def test_the_web_adapter_sends_no_gateways_events(kind: str) -> None:
    """It makes HTTP of them: whoever posts one to its path would choose the address that counts against the limits."""
    with pytest.raises(MalformedRequestError, match="the Web Adapter sends as such"):
        decode_event(json.dumps(GATEWAYS[kind]()).encode())


def test_a_resource_is_filled_in_once() -> None:
    """What stands in the place of a parameter is not looked through for parameters, and none stands for many."""
    event = GATEWAYS["gateway-1"]() | {
        "path": "/base/x",
        "resource": "/a/{p}/{q+}",
        "pathParameters": {"p": "{q}", "q": "1"},
    }
    assert decoded(event).path == "/a/{q}/1"
    event |= {"resource": "/" + "{p}" * 1000, "pathParameters": {"p": "x" * 1000}}
    assert len(decoded(event).path) < 100
