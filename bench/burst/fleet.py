"""All instances of a burst: made one by one, and gone for certain when the burst is over, however it ends."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from bench.burst.instance import InstancePlan, ServiceInstance
from bench.burst.member import DIED


class Fleet:
    """Makes instances that are numbered through. A context manager that needs no event loop to end them all."""

    def __init__(self, name: str, plan: InstancePlan) -> None:
        """``name`` begins the names of the instances."""
        self._name = name
        self._plan = plan
        self._instances: list[ServiceInstance] = []

    def __enter__(self) -> Self:
        """Nothing is started yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what an interrupted event loop has left; raises BenchError for a group that cannot be removed.

        One that cannot be does not keep the others from being ended.
        """
        with ExitStack() as stack:
            for instance in self._instances:
                stack.callback(instance.sandbox.kill)

    def last_words(self) -> str:
        """Return the end of what the instance wrote that died last, empty where none has; logs go with the run."""
        ends = ((instance.sandbox, instance.sandbox.end) for instance in reversed(self._instances))
        dead = (sandbox for sandbox, end in ends if end.done() and end.result().cause == DIED)
        return next((sandbox.last_lines() for sandbox in dead), "")

    def launch(self) -> ServiceInstance:
        """Return a new instance, which is not started yet."""
        instance = ServiceInstance(f"{self._name}-{len(self._instances)}", self._plan)
        self._instances.append(instance)
        return instance
