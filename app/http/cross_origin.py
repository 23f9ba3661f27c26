"""Cross-origin requests (CORS, https://fetch.spec.whatwg.org): pages of other origins may call the service."""

from collections.abc import Set as AbstractSet

from flask import Flask, Response, request

from app.access.origins import ANY

_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-API-Key, X-Request-Id",
    "Access-Control-Max-Age": "7200",  # as long as any browser keeps it, save one
}
_READABLE = "Retry-After, Server-Timing, X-Request-Id, X-Truncated"


def register(app: Flask, origins: AbstractSet[str]) -> None:
    """Allow pages of *origins* to call *app*. Never with credentials: no cookie means anything here."""

    def allowed() -> str:
        origin = request.headers.get("Origin", "")
        return ANY if origin and ANY in origins else origin if origin in origins else ""

    @app.before_request
    def _preflight() -> Response | None:
        asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        if not (asks and request.url_rule and allowed()):
            return None
        response = Response(status=204, headers=_PREFLIGHT)
        del response.headers["Content-Type"]
        return response

    @app.after_request
    def _allow(response: Response) -> Response:
        response.vary.add("Origin")
        if origin := allowed():
            response.headers["Access-Control-Allow-Origin"] = origin
            if request.method != "OPTIONS":
                response.headers["Access-Control-Expose-Headers"] = _READABLE
        return response
