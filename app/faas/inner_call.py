"""Hands an HTTP call that came inside an event to the service's own application, as if it had come over the network.

So it passes the same keys, limits, admission, deadline and metrics as every other request.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.test import EnvironBuilder, run_wsgi_app

from app.faas.calls import HttpCall, HttpReply

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "date", "server"})
"""Headers that whoever sends the reply on writes itself."""

_OF_THE_BODY = frozenset({"content-length", "transfer-encoding"})
"""Headers that tell how the body came to the gateway; in the event it is whole, and its length is what it is."""

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^`|~-]+")

UNTOLD_CLIENT = "0.0.0.0"  # noqa: S104 - no address to listen on
"""Stands for the client's address where the event has none: the rate limit then counts all of these as one."""


def call(application: "WSGIApplication", wanted: HttpCall, context: Iterable[tuple[str, Any]] = ()) -> HttpReply:
    """The answer of *application* to *wanted*.

    context: what the environment of the request has besides, such as the connection of the event that it came in.
    """
    builder = EnvironBuilder(
        method=wanted.method,
        query_string=wanted.query,
        headers=[(name, value) for name, value in wanted.headers if _is_taken(name)],
        data=wanted.body,
        environ_base={"REMOTE_ADDR": wanted.client or UNTOLD_CLIENT},
        environ_overrides={"wsgi.multithread": True, **dict(context)},
    )
    builder.path = wanted.path  # the builder's argument would be taken for a URL: //host/path
    try:
        parts, status, headers = run_wsgi_app(application, builder.get_environ(), buffered=True)
    finally:
        builder.close()
    kept = tuple((name, value) for name, value in headers if name.lower() not in _OF_THE_CONNECTION)
    return HttpReply(int(status.partition(" ")[0]), kept, b"".join(parts))


def _is_taken(name: str) -> bool:
    """Whether a header of that name is; X_Api_Key would become X-Api-Key, as gunicorn knows, too."""
    return _NAME.fullmatch(name) is not None and name.lower() not in _OF_THE_BODY
