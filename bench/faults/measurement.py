"""A scenario from the service's start to what clients heard."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2

from bench.child_process import Launch, free_port, running
from bench.client import OcrClient
from bench.dialects import dialect_named
from bench.errors import BenchError, RequestFailedError
from bench.faults.result import Heard, Played, faults_of
from bench.faults.scenario import Scenario
from bench.faults.victim import NotPossibleError, Victim
from bench.load.generator import Generator, Policy
from bench.load.http_target import HttpTarget
from bench.load.outcome import Outcome
from bench.load.schedule import ClosedLoop
from bench.service_process import GUNICORN, ROOT, await_ready, service_launch

BEFORE_S = 3.0
"""The load alone, before the fault."""

PAUSE_S = 0.1
"""What a client waits after a failure: otherwise those of a closed door would be counted by the thousand."""

RECOVERY_S = 20.0
POLL_S = 0.1
NATIVE = dialect_named("native")


@dataclass(frozen=True, slots=True)
class Setup:
    """What all scenarios share. ``seconds`` is of each load, ``settings`` are those of the service."""

    pictures: Sequence[bytes]
    clients: int
    seconds: float
    timeout_s: float
    settings: Mapping[str, str]


def play(scenario: Scenario, setup: Setup) -> Played:
    """Play one scenario; a service that does not start is a fault of its own."""
    missing = scenario.surroundings.missing()
    if missing:
        return Played(scenario.name, scenario.has_grace, missing)
    with tempfile.TemporaryDirectory(prefix="bench-faults-") as name:
        folder = Path(name)
        port = free_port()
        log = ROOT / "build" / "bench-faults" / f"{scenario.name}.log"
        with running(_launch(scenario, setup, folder, log, port)) as process:
            url = f"http://127.0.0.1:{port}"
            try:
                await_ready(process, url, log)
                return _under_load(scenario, setup, process, url, folder)
            except NotPossibleError as error:
                return Played(scenario.name, scenario.has_grace, str(error))
            except BenchError as error:
                return Played(scenario.name, scenario.has_grace, after="did not start", faults=(str(error),))


def _launch(scenario: Scenario, setup: Setup, folder: Path, log: Path, port: int) -> Launch:
    start = scenario.surroundings.start(folder)
    launch = service_launch(log, {**setup.settings, **scenario.settings, **start.environment}, port)
    return replace(launch, command=(*start.prefix, *GUNICORN, scenario.app_module))


def _under_load(scenario: Scenario, setup: Setup, process: subprocess.Popen[bytes], url: str, folder: Path) -> Played:
    seconds = max(setup.seconds, scenario.seconds, BEFORE_S + 1)
    victim = Victim(process.pid, url, folder, seconds - BEFORE_S, setup.pictures)
    wires = [NATIVE.encode_request([picture], {}) for picture in setup.pictures]
    target = HttpTarget(
        url,
        NATIVE,
        lambda index: wires[index % len(wires)],
        timeout_s=setup.timeout_s,
        keeps_alive=scenario.keeps_alive,
    )
    outcomes, done = asyncio.run(_load(target, scenario, victim, ClosedLoop.lasting(setup.clients, seconds)))
    heard = Heard.of(outcomes, BEFORE_S if scenario.ends else seconds)
    after, is_well = _end(process) if scenario.ends else _health(process, url, setup.pictures[0])
    faults = faults_of(scenario, heard, after, is_well=is_well)
    return Played(scenario.name, scenario.has_grace, "", done, heard, after, faults)


async def _load(
    target: HttpTarget, scenario: Scenario, victim: Victim, schedule: ClosedLoop
) -> tuple[list[Outcome], str]:
    """Send the load, do it after a while, and return what came and what was done; raises what the fault raises."""
    async with target:
        generator = Generator(target, Policy(pause_s=PAUSE_S), lambda _: None)
        async with asyncio.TaskGroup() as tasks:
            load = tasks.create_task(generator.run(schedule))
            await asyncio.sleep(BEFORE_S)
            impossible, done = None, ""
            try:
                done = await asyncio.to_thread(scenario.inject, victim)
            except NotPossibleError as error:
                load.cancel()
                impossible = error
        if impossible is not None:
            raise impossible
        return load.result(), done


def _end(process: subprocess.Popen[bytes]) -> tuple[str, bool]:
    """Return how a service that was to end has ended, and whether well."""
    with suppress(subprocess.TimeoutExpired):
        status = process.wait(RECOVERY_S)
        return f"ended with status {status}", status == 0
    return "did not end", False


def _health(process: subprocess.Popen[bytes], url: str, picture: bytes) -> tuple[str, bool]:
    """Return whether a service that was not to end is ready and answers, within a while."""
    end = time.monotonic() + RECOVERY_S
    after = "is not ready"
    while time.monotonic() < end:
        if process.poll() is not None:
            return f"ended with status {process.returncode}", False
        with suppress(httpx2.HTTPError):
            if httpx2.get(url + "/readyz", timeout=RECOVERY_S, trust_env=False).status_code == httpx2.codes.OK:
                try:
                    with OcrClient(url) as client:
                        client.read_bytes(picture)
                except RequestFailedError as error:
                    after = f"is ready, but does not answer ({error.cause})"
                else:
                    return "serves", True
        time.sleep(POLL_S)
    return after, False
