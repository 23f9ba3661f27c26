"""Starts the service in its image, over and over, and takes the time."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.child_process import Launch, free_port, running, tail
from bench.client import OcrClient
from bench.cold_start.result import ANEW, COLD, KEPT, WARM, Start
from bench.errors import BenchError
from bench.image_root import ImageRoot, drop_page_cache
from bench.service_process import GRACE_S, await_ready

KINDS = ((COLD, KEPT), (COLD, ANEW), (WARM, KEPT), (WARM, ANEW))


@dataclass(frozen=True, slots=True)
class ColdStarts:
    """What is started.

    settings: ``OCR_*``. picture: a file's content, the first request. log: what the service writes.
    """

    image: ImageRoot
    settings: Mapping[str, str]
    picture: bytes
    log: Path

    def start(self, page_cache: str, compiled: str) -> Start:
        """Start it once; raises BenchError where it does not get ready, or the page cache cannot be dropped."""
        if page_cache == COLD:
            drop_page_cache()
        interpreter = self._interpreter()
        if page_cache == COLD:
            drop_page_cache()
        port = free_port()
        settings = {"OCR_HOST": "127.0.0.1", "OCR_PORT": str(port)} | dict(self.settings)
        if compiled == ANEW:
            settings["OCR_CACHE_DIR"] = ""
        command = self.image.service(settings)
        begun = time.monotonic()
        with running(Launch(command, Path("/"), self.log, grace_s=GRACE_S)) as process:
            url = f"http://127.0.0.1:{port}"
            await_ready(process, url, self.log)
            ready = time.monotonic() - begun
            with OcrClient(url) as client:
                client.read_bytes(self.picture)
            answered = time.monotonic() - begun
        parts = self._parts()
        return Start(interpreter, parts["imports"], parts["load"], parts["warm_up"], ready, answered)

    def _interpreter(self) -> float:
        begun = time.monotonic()
        subprocess.run(self.image.within(("python3", "-c", "pass"), {}), check=True, stdin=subprocess.DEVNULL)
        return time.monotonic() - begun

    def _parts(self) -> dict[str, float]:
        for line in self.log.read_text(encoding="utf-8").splitlines():
            if '"event": "ready"' in line:
                parts: dict[str, float] = json.loads(line)["start_seconds"]
                return parts
        raise BenchError(f"the service's log has no line that says ready:\n{tail(self.log)}")
