"""The gate in the way of every request: before its handler, and before its body is read."""

from flask import Flask, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from app.access.gate import Access
from app.faas.contract import INSIDE
from app.http import cross_origin, security_headers


def register(app: Flask, access: Access, trusted_proxies: int) -> None:
    """Have every request of *app* pass *access*, behind the observation, which must be registered before.

    trusted_proxies: how many addresses at the end of X-Forwarded-For were written by proxies of ours; the first of
    them is the client's, for the rate limit. Nothing else that proxies say is believed: no answer depends on a scheme
    or a host, so there is nothing to gain by it.
    """
    security_headers.register(app)
    if access.origins:
        cross_origin.register(app, access.origins)
    if trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted_proxies, x_proto=0)  # type: ignore[method-assign]

    @app.before_request
    def _enter() -> None:
        if request.environ.get(INSIDE):
            return
        names = ("authorization", "x-api-key")
        headers = {name: request.headers[name] for name in names if name in request.headers}
        g.observed.key = access.enter(request.method, request.path, headers, request.remote_addr or "")
