"""The loop of the generator's tests keeps time as it says."""

import asyncio
import time

import pytest

from tests.bench.virtual_time import run


def test_time_jumps():
    """A thousand seconds pass at once and exactly, and sleepers wake in the order of their times."""
    woken = []

    async def sleeper(seconds: float):
        await asyncio.sleep(seconds)
        woken.append((seconds, asyncio.get_running_loop().time() - 3600))

    async def main():
        await asyncio.gather(sleeper(1000.0), sleeper(0.5), sleeper(2.25))

    before = time.monotonic()
    run(main())
    assert woken == [(0.5, 0.5), (2.25, 2.25), (1000.0, 1000.0)]
    assert time.monotonic() - before < 500


def test_time_stands_still_while_there_is_work():
    """However often tasks take turns, no time passes."""

    async def main():
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for _ in range(100):
            await asyncio.sleep(0)
        return loop.time() - begun

    assert run(main()) == 0


def test_deadlock():
    """Tasks that wait for ever fail the test instead of hanging it."""

    async def main():
        await asyncio.Event().wait()

    with pytest.raises(AssertionError, match="never comes"):
        run(main())
