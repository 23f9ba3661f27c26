"""Fuzzes what is read of a file before a pixel is decoded: nothing but a request's error may come of any bytes."""

import sys

import atheris

with atheris.instrument_imports():
    from app.errors import RequestError
    from app.imaging import header

LIMITS = header.ImageLimits(max_pixels=100_000, max_side=2000, max_frames=20)


def one_input(data: bytes) -> None:
    """Open *data*; what opens is within the limits."""
    try:
        image = header.open_checked(data, LIMITS)
    except RequestError:
        return
    width, height = image.size
    assert 0 < width * height <= LIMITS.max_pixels
    assert max(width, height) <= LIMITS.max_side


if __name__ == "__main__":
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
