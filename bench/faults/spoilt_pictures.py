"""Pictures that make a service with faults in it fail (``tests/faults``), sent while the load goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import cv2
import httpx2
import numpy as np

from bench.faults.victim import Victim

MODULE = "tests.faults.wsgi_faulty:app"
"""What gunicorn serves in the place of the service as it is."""

WIDTH = 64
TIMEOUT_S = 60.0


def of_height(height: int, what: str, times: int = 1) -> Callable[[Victim], str]:
    """A fault: send pictures of *height*, which have the engine do *what*."""
    return lambda victim: f"{what}: {_heard(victim, _png(height), times)}"


def with_end(end: bytes, what: str) -> Callable[[Victim], str]:
    """A fault: send a file with this *end*, which has a decoder do *what*."""
    return lambda victim: f"{what}: {_heard(victim, _png(WIDTH) + end, 1)}"


def _heard(victim: Victim, data: bytes, times: int) -> str:
    heard = Counter(_answer(victim, data) for _ in range(times))
    return ", ".join(f"{count} x {answer}" for answer, count in heard.most_common())


def _answer(victim: Victim, data: bytes) -> str:
    try:
        answer = httpx2.post(f"{victim.url}/ocr", content=data, timeout=TIMEOUT_S)
        return f"{answer.status_code} {answer.json().get('code', 'ok')}"
    except httpx2.TransportError as error:
        return type(error).__name__


def _png(height: int) -> bytes:
    return cv2.imencode(".png", np.full((height, WIDTH, 3), 255, np.uint8))[1].tobytes()
