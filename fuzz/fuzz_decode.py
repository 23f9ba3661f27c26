"""Fuzzes decoding: any bytes are a picture within the limits or a request's error, in bounded time and memory."""

import sys

import atheris

with atheris.instrument_imports(include=["app", "PIL"]):
    from app.errors import RequestError
    from app.imaging.decode import decode_image
    from app.imaging.header import ImageLimits

LIMITS = ImageLimits(max_pixels=100_000, max_side=2000, max_frames=20)


def one_input(data: bytes) -> None:
    """Decode *data*; what comes out is a picture within the limits."""
    try:
        pixels = decode_image(data, LIMITS).pixels
    except RequestError:
        return
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert 0 < pixels.shape[0] * pixels.shape[1] <= LIMITS.max_pixels


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
