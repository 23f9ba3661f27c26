"""Calls a service with Triton's Python client over HTTP and prints what came of it as one JSON object.

Arguments: the service's address, then two images. Run in an environment that has ``tritonclient``.
"""

import base64
import json
import sys
from pathlib import Path

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

_JUNK = b"no image"


def tensor(files, shape=None, *, name="image", binary=True):
    """Files, or texts, as Triton's clients send them."""
    data = np.array(files, dtype=np.object_).reshape(shape or (-1,))
    given = triton.InferInput(name, list(data.shape), "BYTES")
    given.set_data_from_numpy(data, binary_data=binary)
    return given


def outputs(answer):
    """What stands in the tensors of an answer, with their shapes."""
    found = {}
    for output in answer.get_response()["outputs"]:
        data = answer.as_numpy(output["name"])
        texts = [one.decode() if isinstance(one, bytes) else one for one in data.flatten()]
        found[output["name"]] = {"shape": list(data.shape), "data": texts}
    return found


def failure(call):
    """How Triton's client tells an error."""
    try:
        call()
    except InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    return None


def enquiries(client):
    """Everything that is asked beside inference."""
    return {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready("ocr"),
        "version_ready": client.is_model_ready("ocr", "1"),
        "other_version_ready": client.is_model_ready("ocr", "2"),
        "server": client.get_server_metadata(),
        "metadata": client.get_model_metadata("ocr", "1"),
        "config": client.get_model_config("ocr"),
        "unknown": failure(lambda: client.get_model_metadata("resnet50")),
    }


def inferences(client, files):
    """One image and several, in binary form and in JSON, compressed, and as PaddleX's clients send them."""
    encoded = [base64.b64encode(file) for file in files]
    document = json.dumps({"file": encoded[0].decode(), "fileType": 1, "visualize": False}).encode()
    json_text = triton.InferRequestedOutput("text", binary_data=False)
    binary_text = triton.InferRequestedOutput("text", binary_data=True)
    calls = {
        "binary": ([tensor(files)], {"request_id": "seven"}),
        "batch": ([tensor(files, (-1, 1))], {}),
        "json": ([tensor(encoded, binary=False)], {"outputs": [json_text]}),
        "mixed": ([tensor(encoded, binary=False)], {"outputs": [binary_text]}),
        "gzip": ([tensor(files)], {"request_compression_algorithm": "gzip", "response_compression_algorithm": "gzip"}),
        "deflate": ([tensor(files)], {"request_compression_algorithm": "deflate"}),
        "one_bad": ([tensor([files[0], _JUNK])], {}),
        "options": ([tensor(files)], {"parameters": {"min_score": 1.0, "words": True}}),
        "paddlex": ([tensor([document], (1, 1), name="input")], {}),
    }
    answers = {name: client.infer("ocr", given, **options) for name, (given, options) in calls.items()}
    return {name: outputs(answer) for name, answer in answers.items()} | {"id": answers["binary"].get_response()["id"]}


def concurrent(client, file):
    """The text of eight requests under way at a time."""
    pending = [client.async_infer("ocr", [tensor([file])]) for _ in range(8)]
    return [one.get_result().as_numpy("text")[0].decode() for one in pending]


def failures(client, file):
    """What the client hears of requests that cannot be served."""
    pixels = triton.InferInput("image", [1, 2], "FP32")
    pixels.set_data_from_numpy(np.zeros((1, 2), np.float32))
    labels = triton.InferRequestedOutput("text", class_count=2)
    calls = {
        "no_image": lambda: client.infer("ocr", [tensor([_JUNK])]),
        "model": lambda: client.infer("resnet50", [tensor([file])]),
        "version": lambda: client.infer("ocr", [tensor([file])], model_version="2"),
        "datatype": lambda: client.infer("ocr", [pixels]),
        "parameter": lambda: client.infer("ocr", [tensor([file])], timeout=5),
        "classification": lambda: client.infer("ocr", [tensor([file])], outputs=[labels]),
    }
    return {name: failure(call) for name, call in calls.items()}


def main():
    """Call everything."""
    url, *paths = sys.argv[1:]
    files = [Path(path).read_bytes() for path in paths]
    with triton.InferenceServerClient(url, concurrency=8) as client:
        found = {
            "enquiries": enquiries(client),
            "inferences": inferences(client, files),
            "concurrent": concurrent(client, files[0]),
            "failures": failures(client, files[0]),
            "statistics": client.get_inference_statistics("ocr"),
        }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
