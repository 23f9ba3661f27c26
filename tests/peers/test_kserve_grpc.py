"""Clients of others, put to the service over gRPC: Triton's Python client and load generator, and gRPC's for health."""

import base64
import csv
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.json_format import MessageToDict
from grpc_health.v1 import health_pb2, health_pb2_grpc

from app.protocols.example_image import EXAMPLE_IMAGE
from app.protocols.kserve_v2 import serialized
from app.rpc import inference_pb2 as pb
from tests.conftest import IMAGES, Service
from tests.peers.triton_clients import call, perf_analyzer

_PICTURES = ("latin.png", "chinese.png")
Addressed = tuple[Service, str]


@pytest.fixture(scope="module")
def addressed(
    running: Callable[..., AbstractContextManager[Service]],
    free_port: Callable[[], int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Addressed]:
    """The service with the smallest models, and where it speaks gRPC."""
    port = free_port()
    with running(tmp_path_factory.mktemp("kserve-grpc"), wait=True, grpc_port=port) as service:
        yield service, f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
def heard(addressed: Addressed) -> Any:
    """What Triton's Python client heard."""
    return call("triton_grpc_calls.py", addressed[1], *(IMAGES / name for name in _PICTURES))


@pytest.fixture(scope="module")
def native(addressed: Addressed, heard: Any) -> list[dict[str, Any]]:
    """What the native dialect says of the same pictures, behind the client's run: these requests are counted, too."""
    return [addressed[0].ocr((IMAGES / name).read_bytes()).json() for name in _PICTURES]


def test_the_client_learns_what_there_is(heard: Any) -> None:
    """Health, metadata, configuration and the index of models are what it looks for, and agree with each other."""
    asked = heard["enquiries"]
    names = ("live", "ready", "model_ready", "version_ready")
    assert {name: asked[name] for name in names} == dict.fromkeys(names, True)
    assert asked["other_version_ready"] is False
    assert "statistics" in asked["server"]["extensions"]
    for described, configured in (("inputs", "input"), ("outputs", "output")):
        tensors = [(tensor["name"], tensor["shape"]) for tensor in asked["metadata"][described]]
        assert tensors == [(tensor["name"], tensor["dims"]) for tensor in asked["config"][configured]]
    assert asked["index"] == {"models": [{"name": "ocr", "version": "1", "state": "READY"}]}
    assert asked["unknown"]["status"] == "StatusCode.NOT_FOUND"


@pytest.mark.parametrize("way", ["plain", "batch", "text_alone", "gzip", "deflate"])
def test_the_client_reads_what_the_native_dialect_says(heard: Any, native: list[dict[str, Any]], way: str) -> None:
    """However the images travel, the texts are the same, in the order of the images."""
    answer = heard["inferences"][way]
    assert answer["text"]["data"] == [document["text"] for document in native]
    assert answer["text"]["shape"] == ([2, 1] if way == "batch" else [2])
    if result := answer.get("result"):
        assert [json.loads(one)["pages"] for one in result["data"]] == [document["pages"] for document in native]
    assert heard["inferences"]["id"] == "seven"


def test_one_bad_image_costs_the_others_nothing(heard: Any, native: list[dict[str, Any]]) -> None:
    """Its place holds no text, and its error."""
    answer = heard["inferences"]["one_bad"]
    assert answer["text"]["data"] == [native[0]["text"], ""]
    assert json.loads(answer["result"]["data"][1])["error"]["code"] == "unsupported_media_type"


def test_options_and_paddlexs_form(heard: Any, native: list[dict[str, Any]]) -> None:
    """No line has a score of 1; and a client of PaddleX's Triton servers gets PaddleX's JSON."""
    assert heard["inferences"]["options"]["text"]["data"] == ["", ""]
    output = heard["inferences"]["paddlex"]["output"]
    texts = json.loads(output["data"][0])["result"]["ocrResults"][0]["prunedResult"]["rec_texts"]
    assert texts == [line["text"] for page in native[0]["pages"] for line in page["lines"]]


def test_many_requests_at_a_time(heard: Any, native: list[dict[str, Any]]) -> None:
    """Each gets its own answer; on a stream in order, an error in its place."""
    assert heard["concurrent"] == [native[0]["text"]] * 8
    texts = [document["text"] for document in native]
    assert [one for place, one in enumerate(heard["streamed"]) if place != 2] == [
        ["0", texts[0]],
        ["1", texts[1]],
        ["3", texts[0]],
        ["4", texts[1]],
    ]
    assert "no image that is served" in heard["streamed"][2]


@pytest.mark.parametrize(
    ("case", "status", "message"),
    [
        ("no_image", "INVALID_ARGUMENT", "no image that is served"),
        ("model", "NOT_FOUND", "Request for unknown model: 'resnet50' is not found"),
        ("version", "NOT_FOUND", "'ocr' has no version '2'"),
        ("datatype", "INVALID_ARGUMENT", "image is of datatype 'FP32', not BYTES"),
        ("parameter", "INVALID_ARGUMENT", "unknown option 'timeout'"),
        ("classification", "INVALID_ARGUMENT", "unknown parameter 'classification' of 'text'"),
        ("shared_memory", "INVALID_ARGUMENT", "of 'image'"),
        ("load", "UNIMPLEMENTED", "no such method"),
    ],
)
def test_the_client_raises_our_errors(heard: Any, case: str, status: str, message: str) -> None:
    """With the true status, and the text that says what is wrong."""
    failure = heard["failures"][case]
    assert failure["status"] == f"StatusCode.{status}"
    assert message in failure["message"]


def test_the_client_sees_its_own_requests_counted(heard: Any) -> None:
    """Each inference that was answered is in the statistics, by its parts and by the number of its images."""
    (model,) = heard["statistics"]["model_stats"]
    answered = 8 + 8 + 4
    assert int(model["execution_count"]) == int(model["inference_stats"]["success"]["count"]) == answered
    assert int(model["inference_count"]) == 7 * 2 + 1 + 8 + 4
    for part in ("compute_input", "compute_infer", "compute_output"):
        assert int(model["inference_stats"][part]["count"]) == answered


def test_the_description_is_tritons(heard: Any) -> None:
    """Every message, field, number, type, value and method of ours is in Triton's own description as it is in ours."""
    proto = FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(proto)
    ours, theirs = MessageToDict(proto, preserving_proto_field_name=True), heard["described"]
    assert ours["package"] == "inference"
    for kind in ("message_type", "enum_type", "service"):
        assert _parts(ours[kind]) <= _parts(theirs[kind]), _parts(ours[kind]) - _parts(theirs[kind])


def _parts(declared: list[dict[str, Any]], path: str = "") -> set[tuple[str, ...]]:
    """What *declared* says, part by part: fields and values with numbers and types, methods with their messages."""
    found = set()
    for one in declared:
        name = f"{path}.{one['name']}"
        oneofs = [choice["name"] for choice in one.get("oneof_decl", [])]
        for field in one.get("field", []):
            choice = oneofs[field["oneof_index"]] if "oneof_index" in field else ""
            told = (field["name"], str(field["number"]), field["type"], field["label"], field.get("type_name", ""))
            found.add((name, *told, choice))
        found |= {(name, value["name"], str(value["number"])) for value in one.get("value", [])}
        for method in one.get("method", []):
            streams = [str(method.get(side, False)) for side in ("client_streaming", "server_streaming")]
            found.add((name, method["name"], method["input_type"], method["output_type"], *streams))
        found |= {(name,)} | _parts(one.get("nested_type", []), name)
    return found


def test_perf_analyzer_measures_the_service(addressed: Addressed, tmp_path: Any) -> None:
    """Whole runs of Triton's load generator, call by call and on streams, with the server's own breakdown."""
    content = base64.b64encode(serialized((base64.b64decode(EXAMPLE_IMAGE),))).decode()
    data = tmp_path / "data.json"
    data.write_text(json.dumps({"data": [{"image": {"b64": content, "shape": [1]}}]}))
    for ways in ([], ["--streaming"]):
        table = tmp_path / f"table-{len(ways)}.csv"
        printed = perf_analyzer(
            *("-m", "ocr", "-u", addressed[1], "-i", "grpc", "--service-kind", "triton", *ways),
            *("--input-data", data, "--concurrency-range", "1:2", "-f", table),
            # Windows of so many requests, and whatever they measure is stable enough: no speed is tested.
            *("--measurement-mode", "count_windows", "--measurement-request-count", 5, "-s", 999),
        )
        with table.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert sorted(row["Concurrency"] for row in rows) == ["1", "2"], printed
        for row in rows:
            assert float(row["Inferences/Second"]) > 0
            for part in ("Server Compute Input", "Server Compute Infer", "Server Compute Output"):
                assert float(row[part]) > 0, printed


def test_grpcs_own_health_client(addressed: Addressed) -> None:
    """What ``grpc_health_probe`` and Kubernetes ask, by the stub that gRPC generates for it."""
    with grpc.insecure_channel(addressed[1]) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for name in ("", "inference.GRPCInferenceService", "liveness"):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=60)
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
