"""What a burst brought for each number of prewarmed instances, and the gigabyte-seconds that come of it."""

from __future__ import annotations

from dataclasses import dataclass

from bench.load.distribution import Distribution
from bench.load.summary import Summary


@dataclass(frozen=True, slots=True)
class GbSeconds:
    """Memory times time, by what it was held for; platforms charge for some of these and not for others.

    ``on_demand``: on-demand instances while they worked on a request. ``init``: on-demand instances while they started.
    ``reserved``: prewarmed instances, busy or not, for the whole run.
    """

    on_demand: float
    init: float
    reserved: float

    @property
    def total(self) -> float:
        """All of it, charged or not."""
        return self.on_demand + self.init + self.reserved


@dataclass(frozen=True, slots=True)
class AppliedLimits:
    """What really held the instances: True for a limit that the kernel enforced on each, by a control group.

    Without the memory limit memory was only watched; without the CPU quota the service only planned for so many
    processors. ``reason`` says why a limit could not be applied, empty where both were.
    """

    memory: bool
    cpu: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class BurstRun:
    """The same burst with so many instances ``prewarmed``. Times are seconds, bytes are bytes.

    - ``instances``: the most there were at a time, prewarmed ones included; ``cold_starts``: instances started because
      a request found none free, replacements of dead ones included; ``failed_starts``: those of them, and of the
      prewarmed, that ended before they were ready.
    - ``on_demand_exec_s``: how long on-demand instances were busy, an instance with several requests at once counted
      once. ``executions``: the busy periods of on-demand instances that this is the sum of, for platforms that round
      each up. ``reserved_busy_s`` and ``reserved_executions``: the same of prewarmed instances.
    - ``init_s``: exec to ready of instances started on demand; for one that failed, exec to its end.
    - ``reserved_s``: ``wall_s``, which runs from the first request to the last answer, for each prewarmed instance that
      got ready.
    - ``summary``: all requests. ``cold``: good answers to requests that were there before the instance that answered
      them was ready; ``warm``: all other good answers.
    - ``on_demand_starts``, ``prewarmed_starts``: exec to ready of those that got ready.
    - ``peak_memory_bytes``: the most that one instance held, 0 where it could not be seen. ``oom_kills``: instances
      that the kernel ended at the memory limit; ``deaths``: instances that ended by themselves, or were given up.
    """

    prewarmed: int
    instances: int
    cold_starts: int
    wall_s: float
    on_demand_exec_s: float
    init_s: float
    reserved_s: float
    reserved_busy_s: float
    executions: tuple[float, ...]
    reserved_executions: tuple[float, ...]
    failed_starts: int
    oom_kills: int
    deaths: int
    peak_memory_bytes: int
    summary: Summary
    cold: Distribution | None
    warm: Distribution | None
    on_demand_starts: Distribution | None
    prewarmed_starts: Distribution | None

    @property
    def failed_prewarmed(self) -> int:
        """How many of ``failed_starts`` were to be prewarmed."""
        return self.prewarmed - (0 if self.prewarmed_starts is None else self.prewarmed_starts.count)


@dataclass(frozen=True, slots=True)
class BurstResult:
    """One burst, replayed with each number of prewarmed instances.

    ``memory_gb`` (GiB) and ``cpus`` are what each instance was given; ``requests`` those of one run. ``limits`` says
    what of it was enforced. ``cap``: most instances at a time; ``instance_concurrency``: most requests in one;
    ``dispatch``: ``tied`` or ``queue``, see :class:`bench.burst.gateway.Dispatch`.
    ``processors``: of this machine, for all instances together. ``trial_start_s``: exec to ready of one instance alone,
    before the runs; None where it failed. ``unmeasured``: the numbers of prewarmed instances to which it did not come,
    because the measurement was interrupted.
    """

    memory_gb: float
    cpus: float
    requests: int
    runs: tuple[BurstRun, ...]
    cap: int
    instance_concurrency: int
    dispatch: str
    processors: float
    limits: AppliedLimits
    trial_start_s: float | None
    unmeasured: tuple[int, ...] = ()

    def gb_seconds(self, run: BurstRun) -> GbSeconds:
        """Return the gigabyte-seconds (GiB times seconds, unrounded) of one run."""
        return GbSeconds(
            on_demand=run.on_demand_exec_s * self.memory_gb,
            init=run.init_s * self.memory_gb,
            reserved=run.reserved_s * self.memory_gb,
        )
