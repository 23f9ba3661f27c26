"""One instance: a real service process on a port of its own, in a sandbox of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.burst.member import InstanceEndedError
from bench.burst.sandbox import Bounds, Sandbox
from bench.child_process import free_port
from bench.dialects import WireRequest, dialect_named
from bench.image_root import ImageRoot
from bench.load.http_target import OK, HttpTarget
from bench.load.target import Answer
from bench.service_process import ROOT, SERVICE_COMMAND

HOST = "127.0.0.1"
LOST = frozenset({"connection lost", "connection refused"})
START_S = 300.0
POLL_S = 0.02
INFO_S = 30.0
NO_TIMEOUT_S = 24 * 3600.0
"""The gateway counts a request's time, its wait included; the connection need not."""

REASON_S = 1.0
"""How long after a lost connection the reason may take to show before the instance is given up."""


@dataclass(frozen=True, slots=True)
class InstancePlan:
    """What every instance is given. ``settings`` are ``OCR_*``, request *n* is body *n* modulo their number.

    ``temporary`` is a folder that is there, for their logs and whatever they write. ``image``: what they are started
    in; None: this checkout.
    """

    bodies: tuple[WireRequest, ...]
    bounds: Bounds
    settings: Mapping[str, str]
    temporary: Path
    image: ImageRoot | None = None

    def command(self, port: int) -> Sequence[str]:
        """Return what starts an instance."""
        if self.image is None:
            return SERVICE_COMMAND
        return self.image.service({n: v for n, v in self.environment(port).items() if n.startswith("OCR_")})

    def environment(self, port: int) -> dict[str, str]:
        """Return the environment of an instance.

        The service finds a container's CPU quota by itself, but not that of a group made here, which is not the top of
        the tree that it sees: so it is told. Its temporary files go where the run removes them: it will be killed.
        """
        own = {"OCR_HOST": HOST, "OCR_PORT": str(port), "TMPDIR": str(self.temporary)}
        return os.environ | {"OCR_CPUS": f"{self.bounds.cpus:g}"} | dict(self.settings) | own


class ServiceInstance:
    """See :class:`bench.burst.member.Instance`."""

    def __init__(self, name: str, plan: InstancePlan) -> None:
        """``name`` names its log and its control group."""
        self.sandbox = Sandbox(name, plan.bounds, plan.temporary / f"{name}.log")
        self._plan = plan
        self._port = free_port()
        self._url = f"http://{HOST}:{self._port}"
        bodies = plan.bodies
        self._target = HttpTarget(
            self._url, dialect_named("native"), lambda index: bodies[index % len(bodies)], timeout_s=NO_TIMEOUT_S
        )

    @property
    def peak_memory_bytes(self) -> int:
        """See :attr:`bench.burst.member.Instance.peak_memory_bytes`; a tenth of a second lies between looks."""
        return self.sandbox.peak_bytes

    async def start(self) -> None:
        """See :meth:`bench.burst.member.Instance.start`."""
        await self.sandbox.launch(self._plan.command(self._port), ROOT, self._plan.environment(self._port))
        await self._target.__aenter__()
        ready = asyncio.create_task(self._until_ready())
        try:
            either: set[asyncio.Future[Any]] = {ready, self.sandbox.end}
            await asyncio.wait(either, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
            if not ready.done() or ready.exception() is not None:
                raise self.sandbox.give_up(f"it was not ready within {START_S:g} s")
        finally:
            ready.cancel()

    async def send(self, index: int) -> Answer:
        """See :meth:`bench.burst.member.Instance.send`."""
        answer = await self._target.send(index)
        if answer.cause not in LOST:
            return answer
        await asyncio.wait({self.sandbox.end}, timeout=REASON_S)
        # No end: gunicorn starts another worker in place of one that crashed. A platform would take it for lost.
        end = self.sandbox.give_up(f"{answer.cause}: {answer.detail}")
        return Answer(end.cause, end.detail, done_s=answer.done_s)

    async def ended(self) -> InstanceEndedError:
        """See :meth:`bench.burst.member.Instance.ended`."""
        return await asyncio.shield(self.sandbox.end)

    async def close(self) -> None:
        """See :meth:`bench.burst.member.Instance.close`."""
        await self._target.__aexit__(None, None, None)
        await self.sandbox.close()

    async def info(self) -> dict[str, Any]:
        """Return what the service says of itself; raises InstanceEndedError where it does not answer."""
        timeout = aiohttp.ClientTimeout(total=INFO_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
                session.get(f"{self._url}/info") as response,
            ):
                info: dict[str, Any] = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise self.sandbox.give_up(f"GET /info: {error}") from error
        return info

    async def _until_ready(self) -> None:
        """Ask until it says that it is ready. The port is bound before the models are warm: an early question waits."""
        timeout = aiohttp.ClientTimeout(total=START_S)
        async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):  # not listening yet
                    async with session.get(f"{self._url}/readyz") as response:
                        if response.status == OK:
                            return
                await asyncio.sleep(POLL_S)
