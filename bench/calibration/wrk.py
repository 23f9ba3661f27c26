"""wrk, a load generator in C that we did not write: what it says of the same server."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError

TIMEOUT_S = 30
UNITS_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


def is_installed() -> bool:
    """Return whether there is a ``wrk`` on the PATH."""
    return shutil.which("wrk") is not None


@dataclass(frozen=True, slots=True)
class WrkResult:
    """Requests a second and the mean latency in seconds, as wrk has them."""

    requests_per_s: float
    mean_latency_s: float


def load(url: str, body: bytes, connections: int, seconds: int) -> WrkResult:
    """Post *body* to ``/ocr`` over so many connections.

    Raises BenchError where wrk fails, or counts an answer that is no 2xx or 3xx, or one that did not come.
    """
    with tempfile.TemporaryDirectory() as folder:
        script, picture = Path(folder, "post.lua"), Path(folder, "picture")
        picture.write_bytes(body)
        script.write_text(
            f'wrk.method = "POST"\nwrk.body = io.open("{picture}", "rb"):read("*a")\n'
            'wrk.headers["Content-Type"] = "application/octet-stream"\n'
        )
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url + "/ocr"]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise BenchError(f"wrk did not end within {error.timeout:g} s") from error
    rate = re.search(r"^Requests/sec:\s+([\d.]+)", done.stdout, re.MULTILINE)
    latency = re.search(r"^\s+Latency\s+([\d.]+)(us|ms|s|m)\b", done.stdout, re.MULTILINE)
    failed = any(words in done.stdout for words in ("Non-2xx", "Socket errors"))
    if done.returncode or rate is None or latency is None or failed:
        raise BenchError(f"wrk ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return WrkResult(float(rate[1]), float(latency[1]) * UNITS_S[latency[2]])
