"""Fuzzes bodies of ``POST /ocr`` in every dialect that shares it, from a request's bytes to images and options."""

import io
import sys

import atheris

with atheris.instrument_imports(include=["app", "werkzeug", "json", "base64"]):
    from werkzeug.exceptions import HTTPException

    from app.engines.detection_options import DetectionOptions
    from app.errors import RequestError
    from app.fetching.remote_image import RemoteImage
    from app.http.body import MemoryRequest, read_body
    from app.pipeline.result import PageOptions
    from app.protocols.catalogue import dialects_named, speaker
    from app.protocols.request import RequestLimits
    from app.settings import DIALECTS, Settings

MOST_BYTES = 1 << 16
LIMITS = RequestLimits(max_images=4, default_options=PageOptions(DetectionOptions.of(Settings()), 0.0))
SHARING = [dialect for dialect in dialects_named(DIALECTS) if "/ocr" in dialect.paths]


def environment(data: bytes) -> dict[str, object]:
    """The WSGI environment of a request: its target and content type from its head, the rest its body."""
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    environ: dict[str, object] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/ocr",
        "QUERY_STRING": (words[1] if len(words) > 1 else "").partition("?")[2],
        "CONTENT_TYPE": fields.get("content-type", ""),
        "SERVER_NAME": "a",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
    }
    if "transfer-encoding" in fields:
        return environ | {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    return environ | {"CONTENT_LENGTH": str(len(body))}


def one_input(data: bytes) -> None:
    """Read *data*; what is read holds to the limits."""
    request = MemoryRequest(environment(data))
    request.max_content_length = MOST_BYTES + 1
    request.max_form_memory_size = MOST_BYTES
    try:
        wire, _ = read_body(request, MOST_BYTES)
        dialect = speaker(wire, SHARING)
        dialect.caller_id(wire).encode()
        decoded = dialect.decode_request(wire, LIMITS)
    except (RequestError, HTTPException):
        return
    assert 1 <= len(decoded.images) <= LIMITS.max_images
    assert all(isinstance(image, bytes | RequestError | RemoteImage) for image in decoded.images)
    assert 32 <= decoded.options.detection.max_side <= LIMITS.default_options.detection.max_side
    assert 0 <= decoded.options.min_score <= 1


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
