"""What happens to the services that are watched: traffic, a second instance, too much of it, and other troubles."""

from __future__ import annotations

import io
import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from PIL import Image, ImageOps

from bench.child_process import free_port, running
from bench.faults.victim import Victim, kill
from bench.service_process import await_ready, service_launch
from bench.watching.prometheus import Prometheus

ENGINE = "ocr-engine"
TIMEOUT_S = 60.0
LARGE = (7600, 6400)
"""Pixels of a picture, near the most that is allowed."""

SETTINGS = {
    "OCR_MODEL": "pp-ocrv6-tiny",
    "OCR_CPUS": "1",
    "OCR_QUEUE_SIZE": "12",
    "OCR_MEMORY_BYTES": str(1 << 30),
    "OCR_DEADLINE_SECONDS": "10",
}
"""Of an instance: two of them share the two processors of a small machine."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """So many clients, each of whom posts the next of the pictures and then pauses for *pause_s* seconds."""

    clients: int
    pause_s: float
    pictures: Sequence[bytes]


@dataclass(slots=True)
class Stage:
    """The instances that run, and the Prometheus that watches them."""

    folder: Path
    prometheus: Prometheus
    instances: ExitStack
    victims: list[Victim] = field(default_factory=list)

    def start_instance(self) -> None:
        """Start one more, and have it scraped from its first moment on."""
        name = f"instance-{len(self.victims) + 1}"
        port, log = free_port(), self.folder / f"{name}.log"
        process = self.instances.enter_context(running(service_launch(log, SETTINGS, port)))
        url = f"http://127.0.0.1:{port}"
        self.prometheus.scrape(*(victim.url for victim in self.victims), url)
        await_ready(process, url, log)
        self.victims.append(Victim(process.pid, url, self.folder, 0.0, ()))

    def kill_engine(self) -> None:
        """Let the kernel end the first instance's engine."""
        kill(self.victims[0].named(ENGINE))

    def send(self, traffic: Traffic, seconds: float) -> None:
        """Send *traffic* for so many *seconds*, the clients taking turns with the instances."""
        end = time.monotonic() + seconds
        urls = itertools.cycle([victim.url for victim in self.victims])
        clients = [
            threading.Thread(target=_post, args=(next(urls), traffic, number, end)) for number in range(traffic.clients)
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()


@contextmanager
def staged(folder: Path, prometheus: Prometheus) -> Iterator[Stage]:
    """Yield a stage with one instance; all of them end with it."""
    with ExitStack() as instances:
        stage = Stage(folder, prometheus, instances)
        stage.start_instance()
        yield stage


def play(stage: Stage, pictures: Sequence[bytes], seconds: float) -> None:
    """Let everything happen once, within about so many *seconds*."""
    lying = [_lying(picture) for picture in pictures]
    calm, busy = Traffic(1, 0.6, pictures), Traffic(2, 0.15, pictures)
    acts: list[tuple[float, Callable[[], None] | None, Traffic]] = [
        (0.13, None, calm),
        (0.12, None, busy),
        (0.12, stage.start_instance, Traffic(4, 0.15, pictures)),
        (0.17, None, Traffic(40, 0.8, pictures)),
        (0.10, None, busy),
        (0.10, None, Traffic(3, 0.1, [_large(), *pictures])),
        (0.08, stage.kill_engine, busy),
        (0.18, None, Traffic(2, 0.15, lying)),
    ]
    for share, event, traffic in acts:
        if event is not None:
            event()
        stage.send(traffic, share * seconds)


def _post(url: str, traffic: Traffic, number: int, end: float) -> None:
    with httpx2.Client(base_url=url, timeout=TIMEOUT_S, trust_env=False) as client:
        for picture in itertools.islice(itertools.cycle(traffic.pictures), number, None):
            if time.monotonic() >= end:
                return
            with suppress(httpx2.HTTPError):  # the service's side of it is what is watched
                client.post("/ocr", content=picture)
            time.sleep(traffic.pause_s)


def _lying(picture: bytes) -> bytes:
    """Return a picture that lies on its side."""
    with Image.open(io.BytesIO(picture)) as opened:
        return _png(ImageOps.exif_transpose(opened).convert("L").rotate(90, expand=True))


def _large() -> bytes:
    return _png(Image.new("L", LARGE, 255))


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
