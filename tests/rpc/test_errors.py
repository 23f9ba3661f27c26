"""Errors over gRPC on a real service: a status for each, HTTP's own text, and never more than that."""

from pathlib import Path
from typing import Any

import grpc
import pytest

from app.http import problems
from app.rpc import inference_pb2 as pb
from app.rpc.statuses import STATUS
from tests.rpc.client import RpcClient, refusal, request, trailer

Silent = tuple[Any, RpcClient]

HTTPS_OWN = {
    "answer_too_large",
    "body_too_large",
    "expectation_failed",
    "http_version_not_supported",
    "not_implemented",
    "object_not_allowed",
    "object_unreachable",
    "request_header_fields_too_large",
    "uri_too_long",
}
"""Codes of what there is not over gRPC: lines and headers of HTTP, its bodies, and events of platforms."""


def parameter_of_a_tensor() -> Any:
    """A request that wants its tensor read from shared memory."""
    asked = request(b"x")
    asked.inputs[0].parameters["shared_memory_region"].string_param = "mine"
    return asked


def option(name: str, value: float) -> Any:
    """A request with an option."""
    asked = request(b"x")
    asked.parameters[name].double_param = value
    return asked


def twice() -> Any:
    """A request whose tensor is there in both forms."""
    asked = request(b"x")
    asked.inputs[0].contents.bytes_contents.append(b"x")
    return asked


CASES = {
    "no image": (request(), "malformed_request"),
    "no input": (pb.ModelInferRequest(model_name="ocr"), "malformed_request"),
    "not a picture": (request(b"no picture"), "unsupported_media_type"),
    "a damaged picture": (request(b"\x89PNG\r\n\x1a\n" + 30 * b"\0"), "broken_image"),
    "too many": (request(b"1", b"2", b"3", b"4"), "too_many_images"),
    "unknown model": (request(b"x", model_name="other"), "unknown_model"),
    "unknown version": (request(b"x", model_version="7"), "unknown_model"),
    "unknown option": (option("colour", 1), "invalid_option"),
    "option out of range": (option("min_score", 7), "invalid_option"),
    "shared memory": (parameter_of_a_tensor(), "invalid_option"),
    "tensor in two forms": (twice(), "malformed_request"),
    "unknown input": (request(b"x", name="picture"), "malformed_request"),
    "more raw tensors": (request(b"x", raw_input_contents=[b""]), "malformed_request"),
    "cut off": (request(raw=False, raw_input_contents=[b"\x09\0\0\0xx"]), "malformed_request"),
}


@pytest.mark.parametrize(("asked", "code"), CASES.values(), ids=CASES)
def test_each_error_has_its_status(silent: Silent, asked: Any, code: str) -> None:
    """The status of the table, a text that says what is wrong, the stable code and the id behind it."""
    _, client = silent
    metadata = (("x-request-id", "mine"),)
    error = refusal(lambda: client.call("ModelInfer", asked, pb.ModelInferResponse, metadata=metadata))
    assert (error.code(), trailer(error, "x-error-code")) == (STATUS[code], code)
    assert trailer(error, "x-request-id") == "mine"
    assert error.details()
    assert "Traceback" not in error.details()


def test_bytes_that_are_no_message_are_told_apart(silent: Silent) -> None:
    """INVALID_ARGUMENT from every method, not the library's own INTERNAL."""
    _, client = silent
    for name in ("ModelInfer", "ServerLive", "ModelMetadata", "ModelStatistics", "RepositoryIndex"):
        method = client.method(name)
        error = refusal(lambda method=method: method(b"\xff\xff\xff", timeout=60))
        assert (error.code(), trailer(error, "x-error-code")) == (STATUS["malformed_request"], "malformed_request")


def test_an_unknown_method_is_unimplemented_and_counted(silent: Silent) -> None:
    """Of whatever service: under no label that the client made up."""
    service, client = silent
    before = service.metric("ocr_requests_total", route="unmatched", code="404")
    for path in (("ModelUnload", "inference.GRPCInferenceService"), ("Do", "no.Such")):
        method = client.method(*path)
        assert refusal(lambda method=method: method(b"", timeout=60)).code() == grpc.StatusCode.UNIMPLEMENTED
    assert service.metric("ocr_requests_total", route="unmatched", code="404") == before + 2
    assert "ModelUnload" not in service.log_file.read_text()


def test_a_message_over_the_limit_is_refused_unread(silent: Silent) -> None:
    """RESOURCE_EXHAUSTED as everywhere with gRPC; the connection and the service go on."""
    _, client = silent
    assert refusal(lambda: client.infer(bytes(200_000))).code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert client.call("ServerLive", pb.ServerLiveRequest(), pb.ServerLiveResponse).live


def test_a_compressed_message_is_held_against_the_limit_as_it_unpacks(silent: Silent, image: Any) -> None:
    """What a few bytes would become is not made: the message is refused, and the worker's memory stays where it is."""
    service, client = silent
    assert client.infer(image("latin.png"), compression=grpc.Compression.Gzip).outputs
    (worker,) = service.processes("gunicorn") or service.processes("python")
    most = worker.memory_info().rss + (32 << 20)
    error = refusal(lambda: client.infer(bytes(200 << 20), compression=grpc.Compression.Gzip))
    assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    peak = next(line for line in Path(f"/proc/{worker.pid}/status").read_text().splitlines() if "VmHWM" in line)
    assert int(peak.split()[1]) << 10 < most


def test_every_code_has_a_status_of_each_kind() -> None:
    """What may be raised over gRPC is in both tables; what only HTTP has is in one."""
    assert STATUS.keys() == problems.STATUS.keys() - HTTPS_OWN
