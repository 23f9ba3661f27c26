"""Triton's own clients, put to the service over HTTP: its Python client, and its load generator."""

import base64
import csv
import json
from typing import Any

import pytest

from app.protocols.example_image import EXAMPLE_IMAGE
from app.protocols.kserve_v2 import serialized
from tests.conftest import IMAGES, Service
from tests.peers.triton_clients import call, perf_analyzer

_PICTURES = ("latin.png", "chinese.png")


@pytest.fixture(scope="module")
def service(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The service with the smallest models."""
    with running(tmp_path_factory.mktemp("kserve"), wait=True) as started:
        yield started


@pytest.fixture(scope="module")
def heard(service: Service) -> Any:
    """What Triton's Python client heard."""
    address = service.url.removeprefix("http://")
    return call("triton_http_calls.py", address, *(IMAGES / name for name in _PICTURES))


@pytest.fixture(scope="module")
def native(service: Service, heard: Any) -> list[dict[str, Any]]:
    """What the native dialect says of the same pictures, behind the client's run: these requests are counted, too."""
    return [service.ocr((IMAGES / name).read_bytes()).json() for name in _PICTURES]


def test_the_client_learns_what_there_is(heard: Any) -> None:
    """Health, metadata and configuration are what it looks for, and agree with each other."""
    asked = heard["enquiries"]
    assert {name: asked[name] for name in ("live", "ready", "model_ready", "version_ready")} == dict.fromkeys(
        ("live", "ready", "model_ready", "version_ready"), True
    )
    assert asked["other_version_ready"] is False
    assert "binary_tensor_data" in asked["server"]["extensions"]
    for described, configured in (("inputs", "input"), ("outputs", "output")):
        names = [(tensor["name"], tensor["shape"]) for tensor in asked["metadata"][described]]
        assert names == [(tensor["name"], tensor["dims"]) for tensor in asked["config"][configured]]
    assert asked["config"]["max_batch_size"] == 0
    assert asked["unknown"] == {
        "status": "404",
        "message": "Request for unknown model: 'resnet50' is not found",
    }


@pytest.mark.parametrize("way", ["binary", "json", "mixed", "gzip", "deflate", "batch"])
def test_the_client_reads_what_the_native_dialect_says(heard: Any, native: list[dict[str, Any]], way: str) -> None:
    """However the images and the answer travel, the texts are the same, in the order of the images."""
    text = heard["inferences"][way]["text"]
    assert text["data"] == [document["text"] for document in native]
    assert text["shape"] == ([2, 1] if way == "batch" else [2])
    if result := heard["inferences"][way].get("result"):
        assert [json.loads(one)["pages"] for one in result["data"]] == [document["pages"] for document in native]
    assert heard["inferences"]["id"] == "seven"


def test_one_bad_image_costs_the_others_nothing(heard: Any, native: list[dict[str, Any]]) -> None:
    """Its place holds no text, and its error."""
    answer = heard["inferences"]["one_bad"]
    assert answer["text"]["data"] == [native[0]["text"], ""]
    assert json.loads(answer["result"]["data"][1])["error"]["code"] == "unsupported_media_type"


def test_options_are_the_clients_parameters(heard: Any) -> None:
    """No line has a score of 1; they are left out."""
    assert heard["inferences"]["options"]["text"]["data"] == ["", ""]


def test_a_client_of_paddlexs_triton_servers(heard: Any, native: list[dict[str, Any]]) -> None:
    """It sends PaddleX's JSON in a tensor, and gets PaddleX's JSON in one of the same shape."""
    output = heard["inferences"]["paddlex"]["output"]
    answer = json.loads(output["data"][0])
    assert (output["shape"], answer["errorCode"], answer["errorMsg"]) == ([1, 1], 0, "Success")
    texts = answer["result"]["ocrResults"][0]["prunedResult"]["rec_texts"]
    assert texts == [line["text"] for page in native[0]["pages"] for line in page["lines"]]


def test_many_requests_at_a_time(heard: Any, native: list[dict[str, Any]]) -> None:
    """Each gets its own answer."""
    assert heard["concurrent"] == [native[0]["text"]] * 8


@pytest.mark.parametrize(
    ("case", "status", "message"),
    [
        ("no_image", "415", "no image that is served"),
        ("model", "404", "Request for unknown model: 'resnet50' is not found"),
        ("version", "404", "'ocr' has no version '2'"),
        ("datatype", "400", "image is of datatype 'FP32', not BYTES"),
        ("parameter", "422", "unknown option 'timeout'"),
        ("classification", "400", "unknown field `classification`"),
    ],
)
def test_the_client_raises_our_errors(heard: Any, case: str, status: str, message: str) -> None:
    """With the true status, and the text that says what is wrong."""
    failure = heard["failures"][case]
    assert failure["status"] == status
    assert message in failure["message"]


def test_the_client_sees_its_own_requests_counted(heard: Any) -> None:
    """Each inference that was answered is in the statistics, by its parts and by the number of its images."""
    (model,) = heard["statistics"]["model_stats"]
    durations = model["inference_stats"]
    answered = 9 + 8
    assert model["execution_count"] == durations["success"]["count"] == answered
    assert model["inference_count"] == 8 * 2 + 1 + 8
    assert durations["fail"]["count"] == 1
    assert {one["batch_size"]: one["compute_infer"]["count"] for one in model["batch_stats"]} == {1: 9, 2: 8}
    for part in ("compute_input", "compute_infer", "compute_output"):
        assert durations[part]["count"] == answered
        # Of the two images of a batch it is the sum, and they may be worked on at the same time.
        assert 0 < durations[part]["ns"] < 2 * durations["success"]["ns"]


def test_perf_analyzer_measures_the_service(service: Service, tmp_path: Any) -> None:
    """A whole run of Triton's load generator, its server-side breakdown taken from the service's statistics."""
    content = base64.b64encode(serialized((base64.b64decode(EXAMPLE_IMAGE),))).decode()
    data, table = tmp_path / "data.json", tmp_path / "table.csv"
    data.write_text(json.dumps({"data": [{"image": {"b64": content, "shape": [1]}}]}))
    printed = perf_analyzer(
        *("-m", "ocr", "-u", service.url.removeprefix("http://"), "-i", "http", "--service-kind", "triton"),
        *("--input-data", data, "--concurrency-range", "1:2", "-f", table),
        # Windows of so many requests, and whatever they measure is stable enough: it is not the speed that is tested.
        *("--measurement-mode", "count_windows", "--measurement-request-count", 5, "-s", 999),
    )
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["Concurrency"] for row in rows) == ["1", "2"], printed
    for row in rows:
        assert float(row["Inferences/Second"]) > 0
        for part in ("Server Compute Input", "Server Compute Infer", "Server Compute Output"):
            assert float(row[part]) > 0, printed
        assert float(row["Server Compute Infer"]) > float(row["Server Compute Output"])
