"""Headers by which browsers are kept from doing more with an answer than is meant."""

from flask import Flask, Response

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_PAGE = _ALWAYS | {
    # Pictures that were chosen are shown from memory (blob:) before they are sent.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def register(app: Flask) -> None:
    """Send the headers with every answer of *app*; a handler that sets one of them itself knows better."""

    @app.after_request
    def _add(response: Response) -> Response:
        for name, value in (_PAGE if response.mimetype == "text/html" else _ALWAYS).items():
            response.headers.setdefault(name, value)
        return response
