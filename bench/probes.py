"""``python -m bench probes``: do health and metrics answer while clients keep the queue full?

A number of clients post an image over and over, again at once when they are refused; meanwhile each probe is asked at
a steady pace over a connection of its own and timed.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median, quantiles

import httpx2
from rich.console import Console
from rich.table import Table

from bench.command_line import positive

PROBES = ("/healthz", "/readyz", "/metrics")
PACE_S = 0.02
MAX_P99_MS = 50.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``probes``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "probes", help="time the probes of a service under load", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("--url", required=True, help="the running service")
    parser.add_argument("--image", type=Path, required=True, help="what the clients post")
    parser.add_argument("--clients", type=positive, default=100, help="clients (default: %(default)s)")
    parser.add_argument("--seconds", type=positive, default=20, help="how long (default: %(default)s)")
    parser.add_argument("--pause-ms", type=int, default=0, help="a refused client's pause (default: %(default)s)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where a probe's p99 is above 50 ms or a probe failed, else 0."""
    end = time.monotonic() + arguments.seconds
    codes: Counter[str] = Counter()
    timings: dict[str, list[float]] = {probe: [] for probe in PROBES}
    body, pause = arguments.image.read_bytes(), arguments.pause_ms / 1000
    clients = [
        threading.Thread(target=_post, args=(arguments.url, body, end, pause, codes)) for _ in range(arguments.clients)
    ]
    probes = [threading.Thread(target=_probe, args=(arguments.url, name, end, timings[name])) for name in PROBES]
    for thread in (*clients, *probes):
        thread.start()
    for thread in (*clients, *probes):
        thread.join()
    table = Table("probe", "asked", "failed", "median ms", "p99 ms", "max ms", title=f"{arguments.clients} clients")
    is_good = True
    for name, taken in timings.items():
        answered = sorted(1000 * seconds for seconds in taken if seconds >= 0)
        p99 = quantiles(answered, n=100)[98]
        failed = len(taken) - len(answered)
        is_good &= p99 <= MAX_P99_MS and not failed
        table.add_row(
            name, str(len(taken)), str(failed), f"{median(answered):.1f}", f"{p99:.1f}", f"{answered[-1]:.1f}"
        )
    console = Console()
    console.print(table)
    console.print("posts by outcome: " + ", ".join(f"{code} {count}" for code, count in sorted(codes.items())))
    return 0 if is_good else 1


def _post(url: str, body: bytes, end: float, pause: float, codes: Counter[str]) -> None:
    with httpx2.Client(base_url=url, timeout=120, trust_env=False) as client:
        while time.monotonic() < end:
            try:
                status = str(client.post("/ocr", content=body).status_code)
            except httpx2.HTTPError as error:
                status = type(error).__name__
            codes[status] += 1
            if status != "200":
                time.sleep(pause)


def _probe(url: str, path: str, end: float, taken: list[float]) -> None:
    """Append each answer's seconds, -1 where it was no 200."""
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as client:
        while time.monotonic() < end:
            begun = time.perf_counter()
            try:
                is_ok = client.get(path).status_code == httpx2.codes.OK
            except httpx2.HTTPError:
                is_ok = False
            taken.append(time.perf_counter() - begun if is_ok else -1.0)
            time.sleep(PACE_S)
