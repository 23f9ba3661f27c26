"""``grpc.health.v1.Health``, which load balancers and Kubernetes' probes ask."""

import asyncio
from typing import Any

from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from app.errors import DrainingError, OcrError, QueueFullError, UnknownModelError
from app.rpc.call import Call, Context, Method
from app.rpc.entrance import Entrance, refuse
from app.rpc.messages import read
from app.scheduling.readiness import Readiness

NAME = "grpc.health.v1.Health"
LIVENESS = "liveness"
"""Asked for under this name, the answer is that of ``/healthz``: for Kubernetes, which ends what is not alive."""

_MOST_WATCHERS = 256
_READY = ("GET", "/readyz")


class Health:
    """Says how the service is; used within one event loop.

    services: the names that it goes by, besides none at all.
    """

    def __init__(self, readiness: Readiness[Any], services: tuple[str, ...]) -> None:
        self._readiness = readiness
        self._services = frozenset({"", *services})
        self._turn = asyncio.Event()
        self._watchers = 0
        self.check = Method(f"/{NAME}/Check", _READY, self._check, is_quiet=True)
        self.watch = Method(f"/{NAME}/Watch", _READY, self._first, is_quiet=True)

    def changed(self) -> None:
        """The state may be another: tell those who watch."""
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()

    async def serve_watch(self, entrance: Entrance, context: Context) -> None:
        """Tell each change, beginning with how it is now, until the process is to end. Counted as answered at once."""
        asked: list[str] = []

        async def message(call: Call) -> bytes:
            data = await entrance.seats.arrived(context.read(), call.deadline)
            asked.append(read(HealthCheckRequest, data).service)
            return data

        call, outcome = await entrance.attempt(self.watch, entrance.caller(context), message)
        if isinstance(outcome, OcrError):
            await refuse(context, outcome, call.record.request_id)
        self._watchers += 1
        try:
            await self._tell(asked[0], context)
        finally:
            self._watchers -= 1
        await refuse(context, DrainingError("the service is shutting down"), call.record.request_id)

    async def _tell(self, service: str, context: Context) -> None:
        told = -1
        while True:
            turn, status = self._turn, self._status(service)
            if status != told:
                told = status
                await context.write(_response(status))
            if self._readiness.state == "draining":
                return
            await turn.wait()

    def _check(self, data: bytes, _: Call) -> bytes:
        status = self._status(read(HealthCheckRequest, data).service)
        if status == HealthCheckResponse.SERVICE_UNKNOWN:
            known = ", ".join(sorted(self._services | {LIVENESS} - {""}))
            raise UnknownModelError(f"health is known of no service by that name, but of {known}")
        return _response(status)

    def _first(self, data: bytes, _: Call) -> bytes:
        if self._watchers >= _MOST_WATCHERS:
            raise QueueFullError(f"{self._watchers} watch the health, {_MOST_WATCHERS} allowed")
        return data

    def _status(self, service: str) -> int:
        if service == LIVENESS:
            good = self._readiness.is_live
        elif service in self._services:
            good = self._readiness.state == "ready"
        else:
            return HealthCheckResponse.SERVICE_UNKNOWN
        return HealthCheckResponse.SERVING if good else HealthCheckResponse.NOT_SERVING


def _response(status: int) -> bytes:
    return HealthCheckResponse(status=HealthCheckResponse.ServingStatus.Name(status)).SerializeToString()
