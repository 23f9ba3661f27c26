"""``python -m bench probes``: do health and metrics answer while clients keep the queue full?

A number of clients in a process of their own post an image over and over; whoever is refused comes back when
``Retry-After`` says, or with ``--hammer`` at once. Meanwhile each probe is asked at a steady pace over a connection of
its own and timed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import median, quantiles

import httpx2
from rich.console import Console
from rich.table import Table

from bench.client import OcrClient
from bench.command_line import positive
from bench.errors import BenchError

PROBES = ("/healthz", "/readyz", "/metrics")
PACE_S = 0.02
MAX_P99_MS = 50.0
SETTLE_S = 1.0
CLIENT_TIMEOUT_S = 120.0


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
    parser.add_argument("--hammer", action="store_true", help="refused clients come back at once")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where a probe's p99 is above 50 ms or a probe failed, else 0."""
    if not arguments.image.is_file():
        raise BenchError(f"{arguments.image} is no file")
    with OcrClient(arguments.url) as client:
        client.info()  # raises BenchError where nothing answers
    spawn = multiprocessing.get_context("spawn")
    outcomes = spawn.Queue()
    load = spawn.Process(target=_load, args=(arguments, outcomes))
    load.start()
    time.sleep(SETTLE_S)
    timings: dict[str, list[float]] = {probe: [] for probe in PROBES}
    end = time.monotonic() + arguments.seconds
    _together([threading.Thread(target=_probe, args=(arguments.url, name, end, timings[name])) for name in PROBES])
    try:
        codes: Counter[str] = outcomes.get(timeout=CLIENT_TIMEOUT_S + SETTLE_S)
    except queue.Empty as error:
        raise BenchError("the clients' process ended before its time") from error
    load.join()
    table = Table("probe", "asked", "failed", "median ms", "p99 ms", "max ms", title=f"{arguments.clients} clients")
    missed = []
    for name, taken in timings.items():
        answered = sorted(1000 * seconds for seconds in taken if seconds >= 0)
        failed = len(taken) - len(answered)
        times = (median(answered), quantiles(answered, n=100)[98], answered[-1]) if len(answered) > 1 else ()
        table.add_row(name, str(len(taken)), str(failed), *(f"{value:.1f}" for value in times))
        if failed:
            missed.append(f"{name} failed {failed} times of {len(taken)}")
        if times and times[1] > MAX_P99_MS:
            missed.append(f"{name} has a p99 of {times[1]:.1f} ms, {MAX_P99_MS:g} ms are allowed")
    console = Console()
    console.print(table)
    console.print("posts by outcome: " + ", ".join(f"{code} {count}" for code, count in sorted(codes.items())))
    for miss in missed:
        console.print(miss, style="red")
    return 1 if missed else 0


def _load(arguments: argparse.Namespace, outcomes: multiprocessing.Queue[Counter[str]]) -> None:
    """Run the clients until the probes are through, and put their outcomes."""
    end = time.monotonic() + arguments.seconds + SETTLE_S
    codes: Counter[str] = Counter()
    body = arguments.image.read_bytes()
    client = (arguments.url, body, end, arguments.hammer, codes)
    _together([threading.Thread(target=_post, args=client) for _ in range(arguments.clients)])
    outcomes.put(codes)


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _post(url: str, body: bytes, end: float, hammer: bool, codes: Counter[str]) -> None:  # noqa: FBT001 - a thread's
    with httpx2.Client(base_url=url, timeout=CLIENT_TIMEOUT_S, trust_env=False) as client:
        while time.monotonic() < end:
            try:
                response = client.post("/ocr", content=body)
            except httpx2.HTTPError as error:
                codes[type(error).__name__] += 1
                continue
            codes[str(response.status_code)] += 1
            asked = 0.0 if hammer else float(response.headers.get("Retry-After", 0))
            time.sleep(min(asked, max(0.0, end - time.monotonic())))


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
