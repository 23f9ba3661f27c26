"""Recognition over gRPC on a real service: what HTTP answers, in KServe's messages."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.rpc import inference_pb2 as pb
from tests.rpc.client import RpcClient, refusal, request, tensors, trailer

Spoken = tuple[Any, RpcClient]


@pytest.mark.parametrize("raw", [True, False])
def test_images_read_the_same_over_both(spoken: Spoken, image: Callable[[str], bytes], *, raw: bool) -> None:
    """One image or several, serialised or element by element: the text, lines and boxes of ``POST /ocr``."""
    service, client = spoken
    pictures = [image("latin.png"), image("chinese.png")]
    expected = [service.ocr(picture).json() for picture in pictures]
    for some in (pictures[:1], pictures):
        asked = request(*some, raw=raw, id="mine")
        answer = client.call("ModelInfer", asked, pb.ModelInferResponse)
        assert (answer.model_name, answer.model_version, answer.id) == ("ocr", "1", "mine")
        found = tensors(answer)
        assert [text.decode() for text in found["text"]] == [one["text"] for one in expected[: len(some)]]
        documents = [json.loads(document) for document in found["result"]]
        assert [one["pages"] for one in documents] == [one["pages"] for one in expected[: len(some)]]
        assert [(output.datatype, list(output.shape)) for output in answer.outputs] == [("BYTES", [len(some)])] * 2


def test_a_bad_image_among_good_ones_is_its_own_error(spoken: Spoken, image: Callable[[str], bytes]) -> None:
    """The others are read; where none can be, the call ends with the first one's error."""
    _, client = spoken
    found = tensors(client.infer(b"no picture", image("latin.png")))
    assert json.loads(found["result"][0])["error"]["code"] == "unsupported_media_type"
    assert found["text"][0] == b""
    assert found["text"][1]
    assert trailer(refusal(lambda: client.infer(b"no picture")), "x-error-code") == "unsupported_media_type"


def test_options_are_parameters(spoken: Spoken, image: Callable[[str], bytes]) -> None:
    """A native option of any type works as a parameter of the request, and holds for this request alone."""
    _, client = spoken
    asked = request(image("latin.png"))
    asked.parameters["min_score"].double_param = 1.0
    assert tensors(client.call("ModelInfer", asked, pb.ModelInferResponse))["text"] == [b""]
    asked.parameters["min_score"].int64_param = 0
    asked.parameters["words"].bool_param = True
    (document,) = tensors(client.call("ModelInfer", asked, pb.ModelInferResponse))["result"]
    assert json.loads(document)["pages"][0]["lines"][0]["words"]
    assert tensors(client.infer(image("latin.png")))["text"][0]


def test_only_the_outputs_that_are_wanted_come(spoken: Spoken, image: Callable[[str], bytes]) -> None:
    """In the order in which they are asked for."""
    _, client = spoken
    asked = request(image("latin.png"), outputs=[{"name": "text"}])
    assert list(tensors(client.call("ModelInfer", asked, pb.ModelInferResponse))) == ["text"]


def test_a_stream_is_answered_in_order(spoken: Spoken, image: Callable[[str], bytes]) -> None:
    """Each message is a request of its own: an error is told in its place, and the rest go on."""
    _, client = spoken
    names = ["latin.png", "chinese.png", "latin.png", "chinese.png", "latin.png"]
    texts = {name: tensors(client.infer(image(name)))["text"] for name in set(names)}
    asked = [request(image(name), id=str(place)) for place, name in enumerate(names)]
    asked.insert(2, request(b"x", model_name="other", id="bad"))
    asked[0].parameters["triton_enable_empty_final_response"].bool_param = True
    answers = client.stream(asked)
    assert answers[0].infer_response.parameters["triton_final_response"].bool_param
    assert [answer.infer_response.id for answer in answers] == ["0", "1", "bad", "2", "3", "4"]
    assert "other" in answers.pop(2).error_message
    assert [tensors(answer.infer_response)["text"] for answer in answers] == [texts[name] for name in names]


def test_requests_are_counted_and_logged_like_http(spoken: Spoken, image: Callable[[str], bytes]) -> None:
    """Under the method's path and HTTP's status, with the client's id; its text is not in the log."""
    service, client = spoken
    route = "/inference.GRPCInferenceService/ModelInfer"
    before = service.metric("ocr_requests_total", route=route, code="200")
    answer, call = client.method("ModelInfer").with_call(
        request(image("latin.png")).SerializeToString(), metadata=(("x-request-id", "mine-1"),), timeout=60
    )
    assert service.metric("ocr_requests_total", route=route, code="200") == before + 1
    assert dict(call.trailing_metadata())["x-request-id"] == "mine-1"
    (line,) = [line for line in service.log() if line.get("request_id") == "mine-1"]
    assert (line["route"], line["status"], line["code"], line["dialect"]) == (route, 200, "ok", "kserve")
    assert line["lines"] > 0
    assert line["bytes_in"] > len(image("latin.png"))
    first = tensors(pb.ModelInferResponse.FromString(answer))["text"][0].decode().splitlines()[0]
    assert first not in service.log_file.read_text()


def test_statistics_are_those_of_http_as_well(spoken: Spoken, image: Callable[[str], bytes]) -> None:
    """One count for both: an inference over either is in what either tells."""
    service, client = spoken

    def counted() -> int:
        told = client.call("ModelStatistics", pb.ModelStatisticsRequest(name="ocr"), pb.ModelStatisticsResponse)
        (model,) = told.model_stats
        assert model.inference_stats.success.count == model.execution_count
        return int(model.inference_count)

    before = counted()
    client.infer(image("latin.png"), image("latin.png"))
    service.ocr(image("latin.png"))
    assert counted() == before + 3
    over_http = service.client.get("/v2/models/ocr/stats").json()["model_stats"][0]
    assert int(over_http["inference_count"]) == before + 3


def test_what_the_service_says_of_itself_is_what_http_says(spoken: Spoken) -> None:
    """Metadata, configuration, health and the index of models."""
    service, client = spoken
    assert client.call("ServerLive", pb.ServerLiveRequest(), pb.ServerLiveResponse).live
    assert client.call("ServerReady", pb.ServerReadyRequest(), pb.ServerReadyResponse).ready
    assert client.call("ModelReady", pb.ModelReadyRequest(name="ocr"), pb.ModelReadyResponse).ready
    assert not client.call("ModelReady", pb.ModelReadyRequest(name="other"), pb.ModelReadyResponse).ready
    server = client.call("ServerMetadata", pb.ServerMetadataRequest(), pb.ServerMetadataResponse)
    told = service.client.get("/v2").json()
    assert (server.name, server.version, list(server.extensions)) == (told["name"], told["version"], told["extensions"])
    model = client.call("ModelMetadata", pb.ModelMetadataRequest(name="ocr"), pb.ModelMetadataResponse)
    told = service.client.get("/v2/models/ocr").json()
    assert [list(one.shape) for one in (*model.inputs, *model.outputs)] == [
        one["shape"] for one in (*told["inputs"], *told["outputs"])
    ]
    assert [one.name for one in (*model.inputs, *model.outputs)] == [
        one["name"] for one in (*told["inputs"], *told["outputs"])
    ]
    config = client.call("ModelConfig", pb.ModelConfigRequest(name="ocr"), pb.ModelConfigResponse).config
    told = service.client.get("/v2/models/ocr/config").json()
    assert (config.name, config.platform, config.max_batch_size) == ("ocr", told["platform"], told["max_batch_size"])
    assert [pb.DataType.Name(one.data_type) for one in config.input] == [one["data_type"] for one in told["input"]]
    index = client.call("RepositoryIndex", pb.RepositoryIndexRequest(ready=True), pb.RepositoryIndexResponse)
    assert [(one.name, one.version, one.state) for one in index.models] == [("ocr", "1", "READY")]
