"""Bills as tables: the prices they are made by, each run by each list, and the published case."""

from __future__ import annotations

from bench.cost.billing import BUSY, IDLE, INITIALISATION, MACHINES, ON_DEMAND, REQUESTS, Bill
from bench.cost.calculation import per_thousand
from bench.cost.prices import FunctionPrices, PriceList, Rates
from bench.cost.published import PLACES, PRINTED, Reading
from bench.cost.result import CostResult, RunBill
from bench.cost.wording import amount, plain
from bench.report.content import Figure, Section, Table
from bench.report.figures import MISSING

_PARTS = (ON_DEMAND, INITIALISATION, IDLE, BUSY, REQUESTS, MACHINES)
_BILL_NOTE = (
    "Amounts in the list's currency; currencies are not converted. Per 1,000 requests counts answered ones. Reserved "
    "instances and machines are charged for the length of the run, as a slice of a longer stay; their own start is not "
    "in it. Where a platform ties vCPUs to memory, the one that falls short of what was measured is raised, and paid "
    "for. - in a row: that platform has no size so large, no known price for reserved instances, or a load has no "
    "length and number of instances to rent machines by."
)


def price_section(lists: tuple[PriceList, ...]) -> Section:
    """Return the price lists: what each unit costs, of which day, from where, and what the figures leave out."""
    columns = ("list", "region", "list price of", "currency", "GB-s", "vCPU-s", "requests", "reserved: idle", "busy")
    rows = tuple(_price_row(prices) for prices in lists)
    told = tuple(row for prices in lists for row in _told(prices))
    return Section(
        "Prices",
        (
            Table("Unit prices", columns, rows, "Idle and busy: GB-s and, behind +, vCPU-s of reserved instances."),
            Table("What stands behind them", ("list", "", "in words"), told, text_columns=(0, 1, 2)),
        ),
        text="All prices are list prices of the date given, and may have changed since.",
    )


def _told(prices: PriceList) -> tuple[tuple[str, str, str], ...]:
    """Return what a list says of itself."""
    return (
        (prices.platform, "cost", prices.formula),
        ("", "left out", prices.statement),
        ("", "confirmed by", prices.confirmed),
        ("", "vendor's page", prices.source),
    )


def _price_row(prices: PriceList) -> tuple[str, ...]:
    head = (prices.platform, prices.region, prices.as_of.isoformat(), prices.currency)
    if not isinstance(prices, FunctionPrices):
        return (*head, *(MISSING,) * 4, f"{plain(prices.hour)} an hour of {prices.model}")
    reserved = prices.reserved
    return (
        *head,
        plain(prices.on_demand.gb_s),
        plain(prices.on_demand.vcpu_s) if prices.on_demand.vcpu_s else MISSING,
        f"{plain(prices.requests.price)} / {prices.requests.unit:,}",
        MISSING if reserved is None else _rates(reserved.idle),
        MISSING if reserved is None else _rates(reserved.busy),
    )


def _rates(rates: Rates) -> str:
    return plain(rates.gb_s) + (f" + {plain(rates.vcpu_s)}" if rates.vcpu_s else "")


def bill_table(labelled: list[tuple[str, CostResult]]) -> Table:
    """Return a row for each run by each list: its terms, the total, and what 1,000 answered requests of it cost.

    What each result notes stands under the table, behind its label.
    """
    columns = ("run", "currency", "total", "per 1,000 requests", *_PARTS)
    rows = tuple(
        _bill_row(f"{label}{bill.platform}, {bill.run}", bill) for label, result in labelled for bill in result.bills
    )
    notes = (f"{label}{note}" for label, result in labelled for note in result.notes)
    return Table("What each run costs", columns, rows, " ".join((_BILL_NOTE, *notes)))


def _bill_row(name: str, priced: RunBill) -> tuple[str, ...]:
    if priced.bill is None:
        return (name, *(MISSING,) * (len(_PARTS) + 3))
    parts = (priced.bill.amount_of(part) for part in _PARTS)
    return (
        name,
        priced.bill.currency,
        amount(priced.bill.total),
        amount(per_thousand(priced)),
        *(amount(part) if part else MISSING for part in parts),
    )


def published_section(priced: RunBill, readings: tuple[Reading, ...]) -> Section:
    """Return the published bill term by term, and which cutting of digits prints what was published."""
    if priced.bill is None:
        return Section("The published bill", (), text="These prices leave nothing to add up.")
    right = readings[0].rounded
    table = Table(
        "Where the last digit comes from",
        ("terms", "sum", "rounded to four decimals", "cut to four decimals"),
        tuple((row.how, plain(row.total), plain(row.rounded), plain(row.cut)) for row in readings),
        f"The publication prints {PRINTED}: it cut a term to {PLACES} decimals, either one, and then the sum, or both. "
        f"Without that, the sum is {right} whether it is rounded or cut.",
    )
    figures = (Figure("by the formula", f"{right} {priced.bill.currency}"), Figure("as printed", f"{PRINTED}"))
    return Section("The published bill", (_term_table(priced.bill), table), figures=figures)


def _term_table(bill: Bill) -> Table:
    rows = [
        (term.what, plain(term.quantity), term.unit, plain(term.unit_price), plain(term.amount)) for term in bill.terms
    ]
    rows.append(("total", "", "", "", plain(bill.total)))
    columns = ("term", "quantity", "unit", f"{bill.currency} a unit", f"{bill.currency}")
    return Table("Terms", columns, tuple(rows), "Exact: nothing is rounded.", total_rows=1)
