"""When an engine's process is replaced by a fresh one, and whether there is room for both at once."""

from dataclasses import dataclass
from typing import Literal

from app.engine_plan import EnginePlan
from app.inference.engine_client import EngineClient
from app.processes.attributes import private_bytes

Reason = Literal["ended", "hung", "fault", "memory", "requests"]

_SHARE_OF_LIMIT = 0.85
_LEAST_ANSWERS = 100
"""A fresh engine is not replaced for its memory before: where it takes that much from the start, nothing is gained."""

_LOOK_EVERY = 8
"""Answers between two looks at the memory."""


@dataclass(frozen=True, slots=True)
class ReplacementRules:
    """watermark: bytes, None without one. max_requests: pictures, 0 without a limit. hang_seconds: of one run.

    longest_seconds: after which no picture is worked on any more. room: bytes that the service may take, None where
    nobody says; engine: bytes that an engine comes to take.
    """

    watermark: int | None
    max_requests: int
    hang_seconds: float
    longest_seconds: float
    room: int | None
    engine: int

    @classmethod
    def of(cls, plan: EnginePlan) -> "ReplacementRules":
        """Those of a plan's settings."""
        settings, limit = plan.settings, plan.memory.limit
        watermark = settings.memory_watermark_bytes or (int(_SHARE_OF_LIMIT * limit) if limit else None)
        seconds = settings.hang_seconds, settings.deadline_seconds
        return cls(watermark, settings.max_requests, *seconds, limit, plan.memory.engine)

    def wear(self, client: EngineClient) -> Reason | None:
        """Why *client*, which has just answered, is to be replaced before it does harm; None where it is not."""
        if self.max_requests and client.answered >= self.max_requests:
            return "requests"
        if self.watermark is None or client.answered < _LEAST_ANSWERS or client.answered % _LOOK_EVERY:
            return None
        return "memory" if (private_bytes(client.pid) or 0) > self.watermark else None

    def both_fit(self, client: EngineClient) -> bool:
        """Whether a second engine may be warmed beside *client*; not where there is a limit and nobody knows."""
        has = private_bytes(client.pid)
        return self.room is None or (has is not None and has + self.engine <= self.room)
