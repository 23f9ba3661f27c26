"""From what a run used to what a platform counts: sizes and times rounded as it rounds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bench.cost.prices import FunctionPrices, Metering
from bench.cost.usage import Usage


@dataclass(frozen=True, slots=True)
class Size:
    """An instance as it is billed: GB (2^30 bytes) of memory, and vCPUs."""

    gb: Decimal
    vcpus: Decimal


@dataclass(frozen=True, slots=True)
class Resource:
    """Instance seconds times size: GB-s, and vCPU-s."""

    gb_s: Decimal = Decimal(0)
    vcpu_s: Decimal = Decimal(0)

    @classmethod
    def of(cls, size: Size, seconds: Decimal) -> Resource:
        """Return what instances of this size use in so many seconds."""
        return cls(size.gb * seconds, size.vcpus * seconds)


@dataclass(frozen=True, slots=True)
class Metered:
    """What a bill is made from. ``idle`` and ``busy`` are of reserved instances."""

    requests: int
    on_demand: Resource
    initialisation: Resource = Resource()
    idle: Resource = Resource()
    busy: Resource = Resource()


def billed_size(memory_gb: Decimal, cpus: Decimal, metering: Metering) -> Size | None:
    """Return the smallest size that has as much memory and as many vCPUs as measured; None where none is that large.

    Where a platform ties the two together, the one that falls short is raised: a run measured with a whole
    processor would have taken longer in an instance that has a third of one.
    """
    least = max(memory_gb, metering.smallest_gb, cpus * metering.smallest_gb_per_vcpu)
    gb = rounded_up(least, metering.step_gb)
    if gb > metering.largest_gb:
        return None
    tied = gb / metering.largest_gb_per_vcpu if metering.largest_gb_per_vcpu else Decimal(0)
    return Size(gb, max(cpus, tied))


def vcpus_of(size: Size, prices: FunctionPrices) -> Decimal:
    """Return the vCPUs that an instance of this size has: those billed, or, where they have no price, its memory's."""
    if prices.metering.smallest_gb_per_vcpu and not prices.on_demand.vcpu_s:
        return max(size.vcpus, size.gb / prices.metering.smallest_gb_per_vcpu)
    return size.vcpus


def metered(usage: Usage, prices: FunctionPrices) -> Metered | None:
    """Return what the platform counts of a run.

    None where it has no size so large, or the run reserved instances and the list has no price for them.
    """
    size = billed_size(usage.memory_gb, usage.cpus, prices.metering)
    if size is None or (usage.reserved_s and prices.reserved is None):
        return None
    busy_s = billed_seconds(usage.reserved_executions, prices.metering.granularity_s)
    billed_init_s = usage.init_s if prices.metering.initialisation_billed else Decimal(0)
    return Metered(
        requests=usage.requests,
        on_demand=Resource.of(size, billed_seconds(usage.executions, prices.metering.granularity_s)),
        initialisation=Resource.of(size, billed_init_s),
        idle=Resource.of(size, max(usage.reserved_s - busy_s, Decimal(0))),
        busy=Resource.of(size, busy_s),
    )


def billed_seconds(executions: Iterable[Decimal], granularity_s: Decimal) -> Decimal:
    """Return the sum of the executions, each rounded up."""
    return sum((rounded_up(seconds, granularity_s) for seconds in executions), Decimal(0))


def rounded_up(value: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of ``step`` that is at least ``value``, exactly; neither may be negative."""
    whole = value // step * step
    return whole if whole == value else whole + step
