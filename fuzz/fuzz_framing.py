"""Fuzzes where requests end: however their bytes are cut, the same requests come out, and gunicorn's parser agrees."""

import sys

import atheris

with atheris.instrument_imports(include=["app", "gunicorn"]):
    from gunicorn.config import Config
    from gunicorn.http.errors import ParseException

    from app.errors import OcrError
    from app.server.request_framing import RequestFraming, Stage
    from app.server.request_parsing import parse
    from app.server.server_limits import ServerLimits

LIMITS = ServerLimits(
    max_bytes=2048, read_seconds=1, read_rate=1, keepalive_seconds=1, buffer_bytes=1 << 20, max_line_bytes=4094
)
MOST_REQUESTS = 8
CONFIG = Config()


def read(stream: bytes, cuts: bytes) -> list[RequestFraming]:
    """The requests of one connection, whose bytes arrive in pieces of the lengths that *cuts* names."""
    requests, pieces = [RequestFraming(LIMITS, lambda _: True)], list(cuts)
    while stream and len(requests) <= MOST_REQUESTS:
        length = (pieces.pop() if pieces else len(stream)) or 1
        piece, stream = stream[:length], stream[length:]
        while piece:
            piece = requests[-1].feed(piece)
            if requests[-1].stage is not Stage.DONE:
                break
            if not requests[-1].is_whole or len(requests) > MOST_REQUESTS:
                return requests
            requests.append(RequestFraming(LIMITS, lambda _: True))
    return requests


def outcomes(requests: list[RequestFraming]) -> list[object]:
    """What becomes of each until one is refused: its connection ends with it."""
    found: list[object] = []
    for request in requests:
        if request.stage is not Stage.DONE:
            break
        found.append(read_by_gunicorn(request))
        if found[-1] is None:
            break
    return found


def read_by_gunicorn(request: RequestFraming) -> tuple[str, str, bytes] | None:
    """Either it refuses the request, or it reads the body that was found."""
    received = request.received
    try:
        parsed = parse(CONFIG, request, ("127.0.0.1", 1))
        body = parsed.body.read()
    except (ParseException, OcrError):
        return None
    assert len(body) <= received
    if request.head is not None and request.head.length:
        assert len(body) == request.head.length
    return parsed.method, parsed.uri, body


def one_input(data: bytes) -> None:
    """The first byte says how many of the next are lengths of pieces."""
    count = data[0] if data else 0
    cuts, stream = data[1 : 1 + count], data[1 + count :]
    whole, pieces = outcomes(read(stream, b"")), outcomes(read(stream, cuts))
    both = min(len(whole), len(pieces))
    assert whole[:both] == pieces[:both]


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
