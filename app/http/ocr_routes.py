"""``POST /ocr``."""

import json
import math
from typing import cast

from flask import Blueprint, Response, g, request

from app.faas.calls import SECONDS
from app.http.body import MemoryRequest, read_body
from app.http.observation import observe_result
from app.metrics.instruments import Instruments
from app.protocols import native
from app.scheduling.deadline import Deadline
from app.service import OcrService
from app.settings import Settings


def ocr_blueprint(
    service: OcrService,
    instruments: Instruments,
    settings: Settings,
    *,
    model: str,
    limits: native.RequestLimits,
) -> Blueprint:
    """The route with its collaborators."""
    routes = Blueprint("ocr", __name__)

    @routes.post("/ocr")
    def recognise() -> Response:
        deadline = Deadline(min(settings.deadline_seconds, request.environ.get(SECONDS, math.inf)))
        if connection := request.environ.get("ocr.connection"):  # the server's; there is none without it
            connection.on_hang_up(deadline.client_left)
        service.check_open(deadline)
        wire, g.observed.bytes_in = read_body(cast("MemoryRequest", request), settings.max_bytes)
        ocr_request = native.decode_request(wire, limits)
        del wire  # its bytes are the images' now, and are not to wait in line with them
        g.observed.images = len(ocr_request.images)
        result = service.recognise(ocr_request.images, ocr_request.options, ocr_request.documents, deadline)
        observe_result(result, instruments)
        document = native.encode_response(result, request_id=g.request_id, model=model, several=ocr_request.several)
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        response = Response(body + "\n", mimetype="application/json")
        response.headers["Server-Timing"] = ", ".join(
            f"{name};dur={ms}" for name, ms in native.timings_ms(result).items()
        )
        return response

    return routes
