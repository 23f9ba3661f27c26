"""The events of each platform, as its vendor documents them, and what they come to."""

import base64
import json
from typing import Any

import pytest

from app.errors import MalformedRequestError
from app.faas import alibaba_fc_events, huawei_events, tencent_scf_events
from app.faas.calls import HttpCall, HttpReply, ObjectCall
from app.faas.events import Event

PLATFORMS = {"fc": alibaba_fc_events, "scf": tencent_scf_events, "huawei": huawei_events}
PNG = b"\x89PNG\r\n"
ENCODED = {"body": base64.b64encode(PNG).decode(), "isBase64Encoded": True}

# Of the pages that the decoders name, shortened.
GATEWAYS = {
    "fc": {
        "path": "/ocr",
        "httpMethod": "POST",
        "headers": {"x-api-key": "k"},
        "queryParameters": {"min_score": "0.5", "format": "a b"},
        "pathParameters": {},
    },
    "scf": {
        "requestContext": {"serviceId": "s", "path": "/{p}", "httpMethod": "POST", "sourceIp": "192.0.2.7"},
        "headers": {"x-api-key": "k"},
        "queryStringParameters": {},
        "path": "/ocr",
        "queryString": {"min_score": "0.5", "format": "a b"},
        "httpMethod": "POST",
    },
    "huawei": {
        "requestContext": {"apiId": "a", "requestId": "r", "stage": "RELEASE"},
        "queryStringParameters": {"min_score": "0.5", "format": "a b"},
        "httpMethod": "POST",
        "pathParameters": {},
        "headers": {"x-api-key": "k", "x-real-ip": "192.0.2.7"},
        "path": "/ocr",
    },
}
RECORDS: dict[str, dict[str, Any]] = {
    "fc": {
        "eventName": "ObjectCreated:PutObject",
        "eventSource": "acs:oss",
        "oss": {"bucket": {"name": "scans", "ownerIdentity": "1"}, "object": {"key": "a/b c%20.png", "size": 7}},
        "region": "cn-hangzhou",
    },
    "scf": {
        "cos": {
            "cosObject": {
                "url": "http://scans-1253970026.cos.ap-chengdu.myqcloud.com/a/b",
                "key": "/1253970026/scans/a/b c%20.png",
                "size": 7,
            },
            "cosBucket": {"region": "cd", "name": "scans", "appid": "1253970026"},
        },
        "event": {"eventName": "cos:ObjectCreated:Put", "eventSource": "qcs::cos"},
    },
    "huawei": {
        "eventSource": "aws:s3",
        "awsRegion": "cn-north-4",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": "scans"}, "object": {"key": "a/b c%20.png", "size": 7}},
    },
}
LISTS = {"fc": "events", "scf": "Records", "huawei": "Records"}
OBJECTS = {
    "fc": ObjectCall("oss", "cn-hangzhou", "scans", "a/b c%20.png", 7),
    "scf": ObjectCall("cos", "ap-chengdu", "scans-1253970026", "a/b c%20.png", 7),
    "huawei": ObjectCall("obs", "cn-north-4", "scans", "a/b c%20.png", 7),
}


def decode(name: str, event: object) -> Event:
    """Return what *event* asks for on a platform."""
    payload = event if isinstance(event, bytes) else json.dumps(event).encode()
    return PLATFORMS[name].decode_event(payload)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_gateways_event_is_its_request(name: str) -> None:
    """Method, path, query, headers and body are the client's; so is the address where the gateway tells it."""
    event = decode(name, GATEWAYS[name] | ENCODED)
    client = "" if name == "fc" else "192.0.2.7"
    headers = tuple(GATEWAYS[name]["headers"].items())
    wanted = HttpCall("POST", "/ocr", "min_score=0.5&format=a+b", headers, PNG, client)
    assert event == Event("gateway", wanted)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_body_is_text_unless_it_is_said_to_be_base64(name: str) -> None:
    """Also where the mark is a string, as some gateways write it."""
    for mark, body in ((False, b"AAAA"), ("false", b"AAAA"), (None, b"AAAA"), ("true", b"\0\0\0"), (True, b"\0\0\0")):
        wanted = decode(name, GATEWAYS[name] | {"body": "AAAA", "isBase64Encoded": mark}).wanted
        assert isinstance(wanted, HttpCall)
        assert wanted.body == body, mark


def test_an_http_triggers_event_is_its_request() -> None:
    """Function Compute's own form: https://www.alibabacloud.com/help/en/functioncompute/http-trigger-invoking-function."""
    http = {"method": "GET", "path": "/info", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "x"}
    event = {"version": "v1", "rawPath": "/info", "body": "", "requestContext": {"http": http}, "headers": {"A": "1,2"}}
    wanted = HttpCall("GET", "/info", "", (("A", "1,2"),), b"", "192.0.2.7")
    assert decode("fc", event | {"queryParameters": None}) == Event("gateway", wanted)


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_buckets_event_names_its_new_objects(name: str) -> None:
    """Bucket and region as addresses have them, the key as it is; what tells of an object's end asks for nothing."""
    record = RECORDS[name]
    assert decode(name, {LISTS[name]: [record, record]}) == Event("store", (OBJECTS[name],) * 2)
    if name == "scf":
        gone = record | {"event": {"eventName": "cos:ObjectRemove:Delete"}}
    else:
        gone = record | {"eventName": "ObjectRemoved:DeleteObject"}
    assert decode(name, {LISTS[name]: [gone]}) == Event("store", ())


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("event", [{"image": "AAAA"}, {"url": "https://a/b", "min_score": 1}, {"images": []}])
def test_a_callers_json_is_a_request_to_ocr(name: str, event: dict[str, Any]) -> None:
    """To the byte: whatever may be wrong with it, the route says it."""
    payload = json.dumps(event).encode()
    wanted = HttpCall("POST", "/ocr", headers=(("Content-Type", "application/json"),), body=payload)
    assert decode(name, payload) == Event("caller", wanted)


def test_on_function_compute_a_payload_may_be_an_image() -> None:
    """Its payloads are bytes; the other two send JSON alone."""
    wanted = HttpCall("POST", "/ocr", headers=(("Content-Type", "application/octet-stream"),), body=PNG)
    assert decode("fc", PNG) == Event("caller", wanted)
    for name in ("scf", "huawei"):
        with pytest.raises(MalformedRequestError, match="not JSON"):
            decode(name, PNG)


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize(
    "event",
    [
        b"{",
        b'{"a":' + b"[" * 70_000,
        b'{"a":' * 40_000,
        {},
        {"httpMethod": 1},
        {"httpMethod": "GET"},
        {"httpMethod": "GET", "path": "ocr"},
        {"httpMethod": "GET", "path": "/", "headers": []},
        {"httpMethod": "GET", "path": "/", "headers": {"a": {}}},
        {"httpMethod": "GET", "path": "/", "headers": {"a": "b\r\nX-API-Key: k"}},
        {"httpMethod": "GET", "path": "/", "body": {}},
        {"httpMethod": "GET", "path": "/", "body": "%", "isBase64Encoded": True},
        {"httpMethod": "GET", "path": "/", "queryParameters": [], "queryString": [], "queryStringParameters": []},
        {"events": {}, "Records": {}},
        {"events": [1], "Records": [1]},
        {
            "events": [{"oss": {"bucket": "b"}}],
            "Records": [{"cos": {"cosBucket": 1}, "s3": {"bucket": 1}}],
        },
    ],
    ids=lambda event: str(event)[:40],
)
def test_what_is_no_event_is_malformed(name: str, event: object) -> None:
    """Whatever is sent, the answer is that it is malformed: never an error of the service's own."""
    with pytest.raises(MalformedRequestError):
        decode(name, event)


@pytest.mark.parametrize("name", PLATFORMS)
@pytest.mark.parametrize("text", ["\ud800", "a\r\nX-API-Key: k", "\0"])
def test_what_no_request_can_hold_is_malformed(name: str, text: str) -> None:
    """JSON can write what HTTP cannot: halves of characters, line ends in headers. A body may hold anything."""
    whole = GATEWAYS[name]
    changes: list[dict[str, Any]] = [{"path": "/" + text}, {"httpMethod": text}, {"headers": {"a": text}}]
    for change in [*changes, {"headers": {text: "a"}}]:
        with pytest.raises(MalformedRequestError):
            decode(name, whole | change)
    assert isinstance(decode(name, whole | {"body": text}).wanted, HttpCall)


GATEWAY = Event("gateway", HttpCall("GET", "/"))
CALLER = Event("caller", HttpCall("GET", "/"))
TEXT = HttpReply(422, (("Content-Type", "text/plain"), ("X-Request-Id", "r"), ("A", "1"), ("A", "2")), "ä".encode())


@pytest.mark.parametrize("name", PLATFORMS)
def test_a_gateway_gets_its_answer_as_json(name: str) -> None:
    """With the client's status inside, since the call itself went well; text as it is, everything else in base64."""
    reply = PLATFORMS[name].encode_reply(GATEWAY, TEXT)
    headers = {"Content-Type": "text/plain", "X-Request-Id": "r", "A": "1, 2"}
    assert reply.status == 200
    assert json.loads(reply.body) == {"isBase64Encoded": False, "statusCode": 422, "headers": headers, "body": "ä"}
    assert {("Content-Type", "application/json"), ("X-Request-Id", "r")} <= set(reply.headers)
    document = json.loads(PLATFORMS[name].encode_reply(GATEWAY, HttpReply(200, (), PNG)).body)
    assert (document["isBase64Encoded"], base64.b64decode(document["body"])) == (True, PNG)


@pytest.mark.parametrize("event", [CALLER, None])
def test_a_call_that_failed_is_told_as_each_platform_reads_it(event: Event | None) -> None:
    """Function Compute: 404 and x-fc-status; FunctionGraph: its JSON, under the status; SCF: the answer as it is."""
    failed = alibaba_fc_events.encode_reply(event, TEXT)
    assert (failed.status, failed.headers[-1], failed.body) == (404, ("x-fc-status", "404"), TEXT.body)
    assert tencent_scf_events.encode_reply(event, TEXT) == TEXT
    failed = huawei_events.encode_reply(event, TEXT)
    assert (failed.status, json.loads(failed.body)["statusCode"]) == (422, 422)
