"""The spans that a real service sends a collector, for requests over HTTP and gRPC."""

import base64
import itertools
import json
from typing import Any

import httpx2
import pytest

from tests import pdf_files
from tests.rpc.client import SERVICE, RpcClient, refusal, request
from tests.tracing.collector import ERROR, Collector, children, names, root
from tests.tracing.conftest import KEY

Traced = tuple[Any, Collector, RpcClient]

STAGES = ["decode", "detect", "crop", "recognise", "assemble"]
PARENT, PARENT_SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{PARENT}-{PARENT_SPAN}-01"


def test_a_request_is_a_span_and_so_is_each_stage(traced: Traced, image: Any) -> None:
    """The request holds its queue, its page and its answer, and the page its stages, one behind the other."""
    service, collector, _ = traced
    answer = service.client.post("/ocr?words=true", content=image("latin.png"), headers={"X-Request-Id": "tree"})
    spans = collector.request("tree")
    server = root(spans)
    assert (server.name, server.parent, server.status) == ("POST /ocr", "", 0)
    queue, page, encode = children(spans, server)
    assert [queue.name, page.name, encode.name] == ["queue", "page", "encode"]
    assert queue.ended <= page.begun <= page.ended <= encode.begun
    stages = children(spans, page)
    assert names(stages) == STAGES
    assert all(one.ended <= other.begun for one, other in itertools.pairwise(stages))
    assert all(page.holds(stage) for stage in stages)
    assert all(server.holds(span) for span in spans)
    assert {(span.attributes["ocr.image"], span.attributes["ocr.page"]) for span in [page, *stages]} == {(0, 0)}
    assert len(spans) == 4 + len(STAGES)
    timings = answer.json()["timings_ms"]
    told = {span.name: (span.ended - span.begun) / 1e6 for span in [queue, *stages]}
    assert told == pytest.approx({name: timings[name] for name in told}, abs=5)


def test_what_the_span_of_a_request_says(traced: Traced, image: Any, labels: dict[str, list[str]]) -> None:
    """By the conventions for HTTP servers, and in names of the service's own; what runs is said as well."""
    service, collector, _ = traced
    data = image("latin.png")
    service.client.post("/ocr?words=true", content=data, headers={"X-Request-Id": "attributes"})
    server = root(collector.request("attributes"))
    assert server.attributes == {
        "http.request.method": "POST",
        "http.route": "/ocr",
        "url.path": "/ocr",
        "url.scheme": "http",
        "http.response.status_code": 200,
        "ocr.request_id": "attributes",
        "ocr.dialect": "native",
        "ocr.model": "pp-ocrv6-tiny",
        "ocr.engine": service.client.get("/info").json()["engine"],
        "ocr.bytes": len(data),
        "ocr.images": 1,
        "ocr.pages": 1,
        "ocr.lines": len(labels["latin.png"]),
    }
    assert server.resource["service.name"] == "ppocr-service"
    assert server.resource.keys() >= {"service.version", "service.instance.id", "telemetry.sdk.version"}


def test_images_that_are_worked_on_side_by_side_overlap(traced: Traced, image: Any) -> None:
    """Every page has its own span, with its image's number and its own, and two are under way at a time."""
    service, collector, _ = traced
    pictures = [image("page.png"), pdf_files.scanned("page.png", "latin.png"), b"no image"]
    body = {"images": [base64.b64encode(picture).decode() for picture in pictures], "autorotate": "on"}
    service.client.post("/ocr", json=body, headers={"X-Request-Id": "several"})
    spans = collector.request("several")
    pages = [span for span in children(spans, root(spans)) if span.name == "page"]
    by_number = {(page.attributes["ocr.image"], page.attributes["ocr.page"]): page for page in pages}
    assert by_number.keys() == {(0, 0), (1, 0), (1, 1), (2, 0)}
    broken = by_number.pop((2, 0))
    assert (broken.status, broken.attributes["error.type"]) == (ERROR, "unsupported_media_type")
    assert names(children(spans, broken)) == ["decode"]
    for page in by_number.values():
        assert page.status == 0
        assert names(children(spans, page)) == ["decode", "orient", "detect", "crop", "orient", "recognise", "assemble"]
    first, second = sorted(by_number.values(), key=lambda page: page.begun)[:2]
    assert first.begun < second.begun < first.ended
    assert root(spans).status == 0


def test_what_is_drawn_and_fetched_has_its_span(traced: Traced, image: Any) -> None:
    """Where a page is drawn, and where an image is fetched, or refused to be; its URL is nowhere."""
    service, collector, _ = traced
    service.client.post("/ocr?format=pdf", content=image("latin.png"), headers={"X-Request-Id": "drawn"})
    spans = collector.request("drawn")
    assert names(children(spans, children(spans, root(spans))[1])) == [*STAGES, "draw"]
    body = {"url": "https://localhost/s3cret?signature=s3cret"}
    assert service.client.post("/ocr", json=body, headers={"X-Request-Id": "fetched"}).status_code == 403
    spans = collector.request("fetched")
    assert names(children(spans, root(spans)))[:2] == ["fetch", "queue"]


def test_the_caller_is_the_parent(traced: Traced, image: Any) -> None:
    """The span belongs to the trace of ``traceparent``, and hands ``tracestate`` on; the log line has its ids."""
    service, collector, _ = traced
    headers = {"traceparent": TRACEPARENT, "tracestate": "congo=t61rcWkgMzE", "X-Request-Id": "child"}
    service.client.post("/ocr", content=image("latin.png"), headers=headers)
    server = root(collector.request("child"))
    assert (server.trace, server.parent, server.state) == (PARENT, PARENT_SPAN, "congo=t61rcWkgMzE")
    (line,) = [line for line in service.log() if line.get("request_id") == "child"]
    assert (line["trace_id"], line["span_id"]) == (PARENT, server.id)


@pytest.mark.parametrize("traceparent", ["00-0-0-01", f"00-{'0' * 32}-{PARENT_SPAN}-01", "\xff", "00", "a" * 4000])
def test_a_malformed_parent_is_none(traced: Traced, traceparent: str) -> None:
    """It begins a trace of its own, and nobody hears an error of it."""
    service, collector, _ = traced
    headers = {b"traceparent": traceparent.encode("latin-1"), b"X-Request-Id": b"malformed"}
    assert service.client.post("/ocr", content=b"no image", headers=headers).status_code == 415
    server = root(collector.request("malformed"))
    assert (server.parent, server.trace != PARENT) == ("", True)


def test_who_is_not_traced_is_not_here_either(traced: Traced, image: Any) -> None:
    """A caller that says that it does not record its request is heeded; its trace's id is in the log all the same."""
    service, collector, _ = traced
    other = PARENT[::-1]
    headers = {"traceparent": f"00-{other}-{PARENT_SPAN}-00", "X-Request-Id": "unsampled"}
    service.client.post("/ocr", content=image("latin.png"), headers=headers)
    service.client.post("/ocr", content=image("latin.png"), headers={"X-Request-Id": "next"})
    assert collector.request("next")
    assert [span for span in collector.spans if span.trace == other] == []
    (line,) = [line for line in service.log() if line.get("request_id") == "unsampled"]
    assert (line["trace_id"], "span_id" in line) == (other, False)


def test_probes_make_no_spans(traced: Traced) -> None:
    """Nor do scrapes, even where their caller is traced; what is refused does."""
    service, collector, client = traced
    for path in ("/healthz", "/readyz", "/metrics", "/info"):
        assert service.client.get(path, headers={"traceparent": TRACEPARENT}).status_code == 200
    assert client.method("ServerReady")(b"", metadata=client.headers, timeout=60)
    httpx2.post(service.url + "/ocr", content=b"x", headers={"X-Request-Id": "refused"})
    server = root(collector.request("refused"))
    assert (server.attributes["http.response.status_code"], server.attributes["ocr.error_code"]) == (
        401,
        "unauthorized",
    )
    assert (server.status, "error.type" in server.attributes) == (0, False)
    seen = {span.attributes.get("http.route") for span in collector.spans} - {None}
    assert seen <= {"/ocr"}
    assert not [span for span in collector.spans if "ServerReady" in span.name]


def test_an_answer_by_pages_has_the_same_spans(traced: Traced) -> None:
    """Where pages are sent while others are read, the request ends with its last line."""
    service, collector, _ = traced
    headers = {"Accept": "application/x-ndjson", "X-Request-Id": "ndjson"}
    answer = service.client.post("/ocr", content=pdf_files.scanned("latin.png", "latin.png"), headers=headers)
    assert len(answer.text.splitlines()) == 3
    spans = collector.request("ndjson")
    server = root(spans)
    assert sorted(names(children(spans, server))) == ["encode", "page", "page", "queue"]
    assert all(server.holds(span) for span in spans)
    assert server.attributes["ocr.pages"] == 2


def test_a_call_of_grpc_is_a_span_of_its_caller(traced: Traced, image: Any) -> None:
    """By the conventions for RPC, with the stages below it, and its parent from the metadata."""
    _, collector, client = traced
    metadata = (("traceparent", TRACEPARENT), ("x-request-id", "rpc"))
    client.infer(image("latin.png"), metadata=metadata)
    server = root([span for span in collector.request("rpc") if span.attributes.get("ocr.request_id") != "child"])
    assert (server.name, server.trace, server.parent) == (f"{SERVICE}/ModelInfer", PARENT, PARENT_SPAN)
    about = {key: value for key, value in server.attributes.items() if key.startswith("rpc.")}
    assert about == {
        "rpc.system.name": "grpc",
        "rpc.method": f"{SERVICE}/ModelInfer",
        "rpc.response.status_code": "OK",
    }
    queue, page, encode = children(collector.trace(PARENT), server)
    assert [queue.name, page.name, encode.name] == ["queue", "page", "encode"]
    assert names(children(collector.trace(PARENT), page)) == STAGES


def test_a_call_that_fails_says_how(traced: Traced) -> None:
    """The status has its name; what is the client's fault is no error of the server's, a missing method is."""
    _, collector, client = traced
    refusal(lambda: client.infer(b"no image", metadata=(("x-request-id", "rpc-broken"),)))
    server = root(collector.request("rpc-broken"))
    assert (server.attributes["rpc.response.status_code"], server.status) == ("INVALID_ARGUMENT", 0)
    assert server.attributes["ocr.error_code"] == "unsupported_media_type"
    metadata = (*client.headers, ("x-request-id", "rpc-none"))
    refusal(lambda: client.method("Nothing")(request().SerializeToString(), metadata=metadata, timeout=60))
    server = root(collector.request("rpc-none"))
    assert (server.name, server.attributes["rpc.method"], server.status) == ("grpc", "_OTHER", ERROR)


def test_nothing_that_was_read_is_told(traced: Traced, image: Any, labels: dict[str, list[str]]) -> None:
    """No word of a picture, no name of a file, no query and no key is in what was sent, for all of these requests."""
    service, collector, client = traced
    files = {"file": ("s3cret-name.png", image("latin.png"), "image/png")}
    answer = service.client.post("/ocr?words=true&min_score=0.25", files=files, headers={"X-Request-Id": "secrets"})
    text = answer.json()["text"]
    assert collector.request("secrets")
    client.infer(image("latin.png"), metadata=(("x-request-id", "secrets-rpc"),))
    assert collector.request("secrets-rpc")
    sent = b"".join(collector.bodies)
    words = {word for line in [*labels["latin.png"], text] for word in line.split() if len(word) > 3}
    assert len(words) > 3
    assert b"recognise" in sent
    assert [word for word in words if word.encode() in sent] == []
    unwanted = ["s3cret", "min_score", "0.25", KEY, KEY[:8], "localhost", json.dumps(text)[1:-1]]
    assert [each for each in unwanted if each.encode() in sent] == []
