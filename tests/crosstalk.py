"""Looks for mixed up answers: many requests at once, each of which must get what it gets alone, byte for byte."""

import json
import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import cv2
import httpx2
import numpy as np

_PATIENCE_SECONDS = 300
_LINE_PIXELS = 44
_LEFT, _RIGHT = 12, 24
_LINES = (1, 1, 2, 1, 3)
_WORDS = ("anchor", "barrel", "candle", "dagger", "engine", "feather", "garden", "hammer", "island", "jacket", "kettle")


@dataclass(frozen=True, slots=True)
class Case:
    """An image and what is asked about it; name: to tell it by in a report."""

    name: str
    data: bytes
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mixup:
    """An answer that is not the one its case gets alone. owner: whose answer it is, None where it is nobody's."""

    case: str
    owner: str | None
    expected: bytes
    got: bytes

    def __str__(self) -> str:
        whose = f"the answer of {self.owner}" if self.owner else "nobody's answer"
        return f"{self.case} got {whose}: {self.got!r} instead of {self.expected!r}"


def find_mixups(
    url: str, cases: Sequence[Case], *, threads: int = 32, requests: int = 1000, seed: int = 0
) -> list[Mixup]:
    """Send *requests* from *threads* at once, each thread in an order of its own, and return the wrong answers.

    An answer is the ``pages`` of ``POST {url}/ocr``: every text, score and coordinate. A refusal is a wrong answer, and
    so is a broken connection.

    Raises:
        ValueError: Two cases have the same text even alone, or one has none: nobody could tell their answers apart.
    """
    with _client(url) as client:
        alone = {case.name: _ask(client, case) for case in cases}
    _check_tellable(alone)
    owners = {answer: name for name, answer in alone.items()}
    begin = threading.Barrier(threads)

    def storm(thread: int) -> list[Mixup]:
        with _client(url) as client:
            order = _orders(cases, random.Random(f"{seed} {thread}"))
            begin.wait(_PATIENCE_SECONDS)
            mine = range(thread, requests, threads)
            answers = [(case.name, _ask(client, case)) for case, _ in zip(order, mine, strict=False)]
        return [
            Mixup(name, owners.get(answer), alone[name], answer) for name, answer in answers if answer != alone[name]
        ]

    with ThreadPoolExecutor(threads) as pool:
        return [mixup for found in pool.map(storm, range(threads)) for mixup in found]


def drawn_cases(queries: Sequence[Mapping[str, str]] = ({},), count: int = 48) -> list[Case]:
    """Small pictures of one to three short lines, no two with the same text; *queries* take turns.

    Many sizes, and several pictures of each, since buffers are kept by size.
    """
    rng = random.Random(4)
    cases = []
    for number in range(count):
        lines = [
            f"{word} {100 * number + rng.randrange(100)}" for word in rng.sample(_WORDS, _LINES[number % len(_LINES)])
        ]
        data = cv2.imencode(".png", _picture(lines, scale=(0.8, 1.0, 1.1)[number % 3]))[1].tobytes()
        cases.append(Case(f"{number}: {' / '.join(lines)}", data, queries[number % len(queries)]))
    return cases


def _picture(lines: Sequence[str], scale: float) -> np.ndarray:
    ends = [cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)[0][0] for line in lines]
    width = -(-(_LEFT + max(ends) + _RIGHT) // 64) * 64
    pixels = np.full((_LINE_PIXELS * len(lines) + 12, width, 3), 255, np.uint8)
    for number, line in enumerate(lines):
        place = (_LEFT, _LINE_PIXELS * (number + 1) - 8)
        cv2.putText(pixels, line, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), 2, cv2.LINE_AA)
    return pixels


def _client(url: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, timeout=_PATIENCE_SECONDS)


def _ask(client: httpx2.Client, case: Case) -> bytes:
    try:
        response = client.post("/ocr", content=case.data, params=dict(case.query))
    except httpx2.TransportError as error:
        return f"no answer at all: {error!r}".encode()
    if response.status_code != 200:
        return f"{response.status_code} {response.text}".encode()
    return json.dumps(response.json()["pages"], ensure_ascii=False).encode()


def _check_tellable(alone: Mapping[str, bytes]) -> None:
    """No two answers may have a text in common: whose lines are whose could not be told."""
    owners: dict[str, str] = {}
    for name, answer in alone.items():
        if not answer.startswith(b"["):
            raise ValueError(f"{name} is refused even alone: {answer.decode()}")
        texts = {line["text"] for page in json.loads(answer) for line in page["lines"]}
        if not texts:
            raise ValueError(f"{name} has no text even alone")
        for text in texts:
            if owners.setdefault(text, name) != name:
                raise ValueError(f"{name} and {owners[text]} both have {text!r} even alone")


def _orders(cases: Sequence[Case], rng: random.Random) -> Iterator[Case]:
    """Every case, in an order of this thread's own, again and again."""
    while True:
        yield from rng.sample(cases, len(cases))
