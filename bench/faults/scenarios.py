"""The faults that are done to the service. A further one is an entry in ``SCENARIOS``."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from bench.dialects import WireRequest, dialect_named
from bench.faults.scenario import Scenario
from bench.faults.slow_clients import slow_readers, slow_senders
from bench.faults.spoilt_pictures import MODULE, of_height, with_end
from bench.faults.surroundings import NoSharedMemory, OwnClock, SmallTemporary, set_clock, temporary_of
from bench.faults.victim import Victim, kill
from tests.faults import faults

DAY_S = 86_400
FREEZE_S = 5.0

UNNOTICED_S = 5.0
"""On a machine that does other things too, a gap of so long is none; one for which the service was busy is longer."""

CHUNK = bytes(65_536)


def nothing(_: Victim) -> str:
    """Let the load go on: what is counted then is the measurement's own doing."""
    return "nothing"


def kill_worker(victim: Victim) -> str:
    """Take a worker away without a word."""
    kill(victim.worker())
    return "kill -9 of the worker"


def kill_engine(victim: Victim) -> str:
    """Take the process with the models away."""
    kill(victim.named("ocr-engine"))
    return "kill -9 of ocr-engine"


def kill_decoder(victim: Victim) -> str:
    """Take a process away that decodes pictures."""
    kill(victim.named("ocr-decoder"))
    return "kill -9 of an ocr-decoder"


def terminate(victim: Victim) -> str:
    """Ask the service to end, as every platform does."""
    os.kill(victim.pid, signal.SIGTERM)
    return "SIGTERM"


def freeze(victim: Victim) -> str:
    """Stop every process for a while, as a function platform does between two requests."""
    count = victim.signal_all(signal.SIGSTOP)
    try:
        time.sleep(FREEZE_S)
    finally:
        victim.signal_all(signal.SIGCONT)
    return f"SIGSTOP of {count} processes, SIGCONT after {FREEZE_S:g} s"


def fill_temporary(victim: Victim) -> str:
    """Leave no byte of the temporary folder."""
    file = victim.inside(temporary_of(victim.folder)) / "full"
    written = 0
    with suppress(OSError), Path(file).open("wb", buffering=0) as stream:
        while True:
            written += stream.write(CHUNK)
    return f"TMPDIR full, {written >> 10} KiB"


def jump_clock(victim: Victim) -> str:
    """Set the clock a day on, and then two back."""
    set_clock(victim.folder, DAY_S)
    time.sleep(victim.seconds / 3)
    set_clock(victim.folder, -DAY_S)
    return "the clock a day on, then two back"


def send_slowly(victim: Victim) -> str:
    """Have 500 clients send a byte a second until the load ends."""
    found = asyncio.run(slow_senders(victim.url, _wire(victim), 500, victim.seconds))
    return f"500 clients send a byte a second: {_words(found)}"


def read_slowly(victim: Victim) -> str:
    """Have 100 clients read a byte a second until the load ends."""
    found = asyncio.run(slow_readers(victim.url, _wire(victim), 100, victim.seconds))
    return f"100 clients read a byte a second: {_words(found)}"


def _faulty(name: str, inject: Callable[[Victim], str], most_gap_s: float = math.inf, **settings: str) -> Scenario:
    """A fault in the engine or in a decoder, which pictures bring about."""
    return Scenario(name, inject, settings=settings, app_module=MODULE, seconds=20, most_gap_s=most_gap_s)


SCENARIOS = (
    Scenario("none", nothing),
    Scenario("sigterm", terminate, ends=True),
    Scenario("sigterm-new-connections", terminate, ends=True, keeps_alive=False),
    Scenario("kill-worker", kill_worker, has_grace=False, seconds=15),
    Scenario("kill-engine", kill_engine, seconds=15),
    Scenario("kill-decoder", kill_decoder),
    _faulty("engine-crashes", of_height(faults.CRASH, "SIGSEGV in the engine")),
    _faulty("engine-hangs", of_height(faults.HANG, "a run that never ends"), OCR_HANG_SECONDS="2"),
    _faulty("engine-stops", of_height(faults.STOP, "SIGSTOP of the engine"), OCR_HANG_SECONDS="2"),
    _faulty("engine-gives-nan", of_height(faults.NAN, "values that are no numbers"), UNNOTICED_S),
    _faulty(
        "engine-leaks",
        of_height(faults.LEAK, "16 MiB lost each", times=40),
        UNNOTICED_S,
        OCR_MEMORY_WATERMARK_BYTES=str(700 << 20),
    ),
    _faulty("engine-recycled", nothing, UNNOTICED_S, OCR_MAX_REQUESTS="40"),
    _faulty("decoder-crashes", with_end(faults.DECODER_CRASH, "SIGSEGV in the decoder"), UNNOTICED_S),
    _faulty(
        "decoder-hangs", with_end(faults.DECODER_HANG, "a file never decoded"), UNNOTICED_S, OCR_DECODE_SECONDS="2"
    ),
    Scenario("freeze", freeze, seconds=15),
    Scenario("tmp-full", fill_temporary, surroundings=SmallTemporary()),
    Scenario("no-shared-memory", nothing, surroundings=NoSharedMemory()),
    Scenario("clock-jump", jump_clock, surroundings=OwnClock()),
    Scenario("slow-senders", send_slowly, seconds=30, most_gap_s=UNNOTICED_S),
    Scenario("slow-readers", read_slowly, seconds=30),
)


def _wire(victim: Victim) -> WireRequest:
    largest = max(victim.pictures, key=len)
    return dialect_named("native").encode_request([largest], {})


def _words(found: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in found.most_common())
