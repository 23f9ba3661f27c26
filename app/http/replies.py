"""What the dialects answer, as the framework sends it."""

from flask import Response

from app.protocols.wire import Reply


def as_response(reply: Reply) -> Response:
    """*reply* as a response."""
    return Response(reply.body, reply.status, dict(reply.headers), content_type=reply.media_type)
