"""Where a platform's instance has more vCPUs than the one that was measured, and would have been quicker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from bench.cost.metering import billed_size, vcpus_of
from bench.cost.prices import FunctionPrices, PriceList

TOLD_FROM = Decimal("1.05")
"""The ratio from which on it is told: less is lost in what a run differs from the next."""


def surplus_notes(memory_gb: Decimal, cpus: Decimal, lists: Iterable[PriceList]) -> Iterator[str]:
    """Yield a sentence for each platform whose instance of this memory brings clearly more vCPUs than so many.

    A shortfall is made up for by a larger instance; how much quicker more processors would have been is not known.
    """
    for prices in (chosen for chosen in lists if isinstance(chosen, FunctionPrices)):
        size = billed_size(memory_gb, cpus, prices.metering)
        if size is not None and (brought := vcpus_of(size, prices)) >= cpus * TOLD_FROM:
            measured, given, gb = float(cpus), float(brought), float(size.gb)
            yield (
                f"Measured at {measured:.4g} vCPU, {prices.platform} brings {given:.4g} with {gb:.4g} GB: requests "
                "would be quicker there, and cost less than this."
            )
