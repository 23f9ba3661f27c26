"""What clients of other dialects ask with GET before or between their requests."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, Response

from app.http.replies import as_response
from app.protocols.dialect import Dialect, Document, ServiceState


def document_blueprint(dialects: Sequence[Dialect[Any]], state: Callable[[], ServiceState]) -> Blueprint:
    """A route a document of *dialects*; *state* is asked at each request."""
    routes = Blueprint("documents", __name__)
    for dialect in dialects:
        for document in dialect.documents:
            endpoint = f"{dialect.name} {document.path}".replace(".", " ")
            routes.add_url_rule(document.path, endpoint, _view(document, state), methods=["GET"])
    return routes


def _view(document: Document, state: Callable[[], ServiceState]) -> Callable[..., Response]:
    def answer(**path_values: str) -> Response:
        return as_response(document.encode(state(), path_values))

    return answer
