"""Fuzzes requests of every dialect, from a request's bytes to images and options, or to the dialect's own error."""

import io
import json
import sys

import atheris

with atheris.instrument_imports(include=["app", "werkzeug", "json", "base64"]):
    from werkzeug.exceptions import HTTPException
    from werkzeug.routing import Map, Rule

    from app.engines.detection_options import DetectionOptions
    from app.errors import RequestError
    from app.fetching.remote_image import RemoteImage
    from app.http.body import MemoryRequest, read_body
    from app.pipeline.result import PageOptions
    from app.protocols.catalogue import dialects_named, speaker
    from app.protocols.request import RequestLimits
    from app.protocols.wire import Problem
    from app.settings import DIALECTS, Settings

MOST_BYTES = 1 << 16
LIMITS = RequestLimits(max_images=4, default_options=PageOptions(DetectionOptions.of(Settings()), 0.0))
SPOKEN = dialects_named(DIALECTS)
PATHS = Map([Rule(path, endpoint=path) for dialect in SPOKEN for path in dialect.paths]).bind("a")


def environment(data: bytes) -> dict[str, object]:
    """The WSGI environment of a request: its target and its fields from its head, the rest its body."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    path, _, query = [*lines[0].split(" "), "/ocr"][1].partition("?")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    environ: dict[str, object] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": fields.pop("content-type", ""),
        "SERVER_NAME": "a",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }
    fields.pop("content-length", None)
    environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in fields.items()}
    if "transfer-encoding" in fields:
        return environ | {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    return environ | {"CONTENT_LENGTH": str(len(body))}


def one_input(data: bytes) -> None:
    """Read *data*; what is read holds to the limits, and what is not is told in the words of a dialect."""
    request = MemoryRequest(environment(data))
    request.max_content_length = MOST_BYTES + 1
    request.max_form_memory_size = MOST_BYTES
    try:
        path, request.view_args = PATHS.match(request.path, method="POST")
    except HTTPException:
        path = "/ocr"
    dialect, caller_id = SPOKEN[-1], ""
    try:
        wire, _ = read_body(request, MOST_BYTES)
        dialect = speaker(wire, [each for each in SPOKEN if path in each.paths])
        caller_id = dialect.caller_id(wire)
        caller_id.encode()
        decoded = dialect.decode_request(wire, LIMITS)
    except HTTPException:
        return
    except RequestError as error:
        problem = Problem(400, "", error.code, str(error), "id", caller_id)
        assert isinstance(json.loads(dialect.encode_error(problem).body), dict)
        return
    assert 1 <= len(decoded.images) <= LIMITS.max_images
    assert all(isinstance(image, bytes | RequestError | RemoteImage) for image in decoded.images)
    assert 32 <= decoded.options.detection.max_side <= LIMITS.default_options.detection.max_side
    assert 0 <= decoded.options.min_score <= 1


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
