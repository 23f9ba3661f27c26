"""What ``bench cost`` found, as sections of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.cost.bill_sections import bill_table, price_section, published_section
from bench.cost.curve_sections import curve_section
from bench.cost.prices import FunctionPrices
from bench.cost.result import CostResult
from bench.report.content import Section
from bench.report.document import Document


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return the published bill, what each run costs, the strategies of each document, and the prices they come from.

    Raises BenchError for a document that is no result of ``bench cost``.
    """
    results = [(document.label, document.result_as(CostResult)) for document in documents]
    parts = [
        published_section(bill, result.readings) for _, result in results if result.readings for bill in result.bills
    ]
    measured = [(label, result) for label, result in results if not result.readings]
    several = len(measured) > 1
    billed = [(f"{label}: " if several else "", result) for label, result in measured if result.bills]
    if billed:
        parts.append(Section("Bills of the measured runs", (bill_table(billed),)))
    for label, result in measured:
        if result.traffic is not None:
            title = "On demand, reserved or mixed" + (f": {label}" if several else "")
            parts.append(curve_section(title, result.traffic, result.curves, tuple(_remarks(result))))
    lists = {prices.platform: prices for _, result in results for prices in result.prices}
    return [*parts, price_section(tuple(lists.values()))]


def _remarks(result: CostResult) -> Iterator[str]:
    """Yield which platforms have no curve, having no instance so large, and the notes that stand under no bill."""
    drawn = {curve.platform for curve in result.curves}
    functions = (prices.platform for prices in result.prices if isinstance(prices, FunctionPrices))
    if too_small := [platform for platform in functions if platform not in drawn]:
        yield f"Without an instance so large: {', '.join(too_small)}."
    if not result.bills:
        yield from result.notes
