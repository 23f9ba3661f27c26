"""Calls a service with Triton's Python client over gRPC and prints what came of it as one JSON object.

Arguments: the service's address, then two images. Run in an environment that has ``tritonclient``.
"""

import base64
import json
import queue
import sys
from pathlib import Path

import grpc
import numpy as np
import tritonclient.grpc as triton
from google.protobuf.json_format import MessageToDict
from tritonclient.utils import InferenceServerException

_JUNK = b"no image"


def tensor(files, shape=None, *, name="image"):
    """Files as Triton's clients send them."""
    data = np.array(files, dtype=np.object_).reshape(shape or (-1,))
    given = triton.InferInput(name, list(data.shape), "BYTES")
    given.set_data_from_numpy(data)
    return given


def outputs(answer):
    """What stands in the tensors of an answer, with their shapes."""
    found = {}
    for output in answer.get_response().outputs:
        data = answer.as_numpy(output.name)
        found[output.name] = {"shape": list(data.shape), "data": [one.decode() for one in data.flatten()]}
    return found


def failure(call):
    """How Triton's client tells an error."""
    try:
        call()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    return None


def document(message):
    """A message as JSON, with the names of the protocol."""
    return MessageToDict(message, preserving_proto_field_name=True)


def enquiries(client):
    """Everything that is asked beside inference."""
    return {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready("ocr"),
        "version_ready": client.is_model_ready("ocr", "1"),
        "other_version_ready": client.is_model_ready("ocr", "2"),
        "server": document(client.get_server_metadata()),
        "metadata": document(client.get_model_metadata("ocr", "1")),
        "config": document(client.get_model_config("ocr").config),
        "index": document(client.get_model_repository_index()),
        "unknown": failure(lambda: client.get_model_metadata("resnet50")),
    }


def inferences(client, files):
    """One image and several, compressed, with options, and as PaddleX's clients send them."""
    asked = json.dumps({"file": base64.b64encode(files[0]).decode(), "fileType": 1, "visualize": False})
    calls = {
        "plain": ([tensor(files)], {"request_id": "seven"}),
        "batch": ([tensor(files, (-1, 1))], {}),
        "text_alone": ([tensor(files)], {"outputs": [triton.InferRequestedOutput("text")]}),
        "gzip": ([tensor(files)], {"compression_algorithm": "gzip"}),
        "deflate": ([tensor(files)], {"compression_algorithm": "deflate"}),
        "one_bad": ([tensor([files[0], _JUNK])], {}),
        "options": ([tensor(files)], {"parameters": {"min_score": 1, "words": True}}),
        "paddlex": ([tensor([asked.encode()], (1, 1), name="input")], {}),
    }
    answers = {name: client.infer("ocr", given, **options) for name, (given, options) in calls.items()}
    return {name: outputs(answer) for name, answer in answers.items()} | {"id": answers["plain"].get_response().id}


def concurrent(client, file):
    """The text of eight requests under way at a time."""
    heard = queue.Queue()
    for _ in range(8):
        client.async_infer("ocr", [tensor([file])], lambda result, error: heard.put((result, error)))
    return [heard.get(timeout=60)[0].as_numpy("text")[0].decode() for _ in range(8)]


def streamed(client, files):
    """What comes on a stream: the id and the text of each answer, or its error."""
    heard = queue.Queue()
    client.start_stream(lambda result, error: heard.put((result, error)))
    for place, file in enumerate([*files, _JUNK, *files]):
        client.async_stream_infer("ocr", [tensor([file])], request_id=str(place))
    answers = [heard.get(timeout=60) for _ in range(5)]
    client.stop_stream()
    return [
        error.message() if error else [result.get_response().id, result.as_numpy("text")[0].decode()]
        for result, error in answers
    ]


def failures(client, file):
    """What the client hears of requests that cannot be served."""
    pixels = triton.InferInput("image", [1, 2], "FP32")
    pixels.set_data_from_numpy(np.zeros((1, 2), np.float32))
    labels = triton.InferRequestedOutput("text", class_count=2)
    shared = triton.InferInput("image", [1], "BYTES")
    shared.set_shared_memory("region", 8)
    calls = {
        "no_image": lambda: client.infer("ocr", [tensor([_JUNK])]),
        "model": lambda: client.infer("resnet50", [tensor([file])]),
        "version": lambda: client.infer("ocr", [tensor([file])], model_version="2"),
        "datatype": lambda: client.infer("ocr", [pixels]),
        "parameter": lambda: client.infer("ocr", [tensor([file])], timeout=5),
        "classification": lambda: client.infer("ocr", [tensor([file])], outputs=[labels]),
        "shared_memory": lambda: client.infer("ocr", [shared]),
        "load": lambda: client.load_model("ocr"),
    }
    return {name: failure(call) for name, call in calls.items()}


def described():
    """Every message, enumeration and method of Triton's own description, as JSON."""
    files = [document_of(file) for file in (triton.model_config_pb2, triton.service_pb2)]
    return {
        name: [one for file in files for one in file.get(name, [])] for name in ("message_type", "enum_type", "service")
    }


def document_of(module):
    """A file's description."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto  # noqa: PLC0415 - of the client's own protobuf

    proto = FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(proto)
    return document(proto)


def main():
    """Call everything."""
    url, *paths = sys.argv[1:]
    files = [Path(path).read_bytes() for path in paths]
    with triton.InferenceServerClient(url) as client:
        found = {
            "enquiries": enquiries(client),
            "inferences": inferences(client, files),
            "concurrent": concurrent(client, files[0]),
            "streamed": streamed(client, files),
            "failures": failures(client, files[0]),
            "statistics": document(client.get_inference_statistics("ocr")),
            "described": described(),
            "grpc": grpc.__version__,
        }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
