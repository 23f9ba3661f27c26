"""``python -m bench cost``: what does a measured run cost, and from which load on does it pay to reserve?

Takes results of ``bench burst`` and ``bench load`` and applies the price lists of serverless platforms and of plain
machines to them. Of a load the run with the fewest clients is billed, for what the service took beside the wait for a
turn, in instances as ``--memory-gb`` and ``--cpus`` describe them. Then it looks for the cheapest way to serve a steady
load of such requests: by use, with reserved instances, with both, or on a machine of one's own. Without a result,
``--seconds`` and ``--memory-gb`` say what a request takes. ``--published`` works out the bill that was published for
PP-OCR on a function platform. All prices are list prices of the date that their list gives.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.command_line import list_of, positive_number
from bench.cost.calculation import calculate, published_result
from bench.cost.prices import PUBLISHED, FunctionPrices, PriceList, kept_names, kept_prices, read_prices
from bench.cost.sections import sections
from bench.cost.sources import measured
from bench.cost.strategies import Traffic
from bench.cost.usage import InstanceSize, Measured, exact
from bench.errors import BenchError
from bench.report.document import Document, read_documents
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console

NAME = "cost"
RATES = (0.001, 0.01, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
KEEP_S = 300.0
BLOCKED = 0.001


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``cost``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="what a measured run costs, and when to reserve", description=__doc__, formatter_class=formatter
    )
    parser.add_argument("results", nargs="*", type=Path, metavar="RESULT", help=".json of bench burst or bench load")
    parser.add_argument("--published", action="store_true", help="work out the published bill")
    names = ", ".join(kept_names())
    parser.add_argument("--platform", action="append", metavar="NAME", help=f"repeatable; of {names}")
    parser.add_argument(
        "--price-file", type=Path, action="append", default=[], metavar="TOML", help="a list of your own"
    )
    parser.add_argument(
        "--memory-gb", type=positive_number, help="of an instance, GB of 2^30 bytes (not for a burst, which knows)"
    )
    cpus = "vCPUs of an instance: for a load what its service had; 1 where there is no result; not for a burst"
    parser.add_argument("--cpus", type=positive_number, help=cpus)
    parser.add_argument(
        "--seconds", type=positive_number, help="one request in an instance, for the strategies (default: as measured)"
    )
    parser.add_argument(
        "--init-seconds", type=_not_below_zero, help="one start, for the strategies (default: as measured, or 0)"
    )
    keep = "how long an instance waits for more before it is ended (default: %(default)g)"
    parser.add_argument("--keep-seconds", type=_not_below_zero, default=KEEP_S, help=keep)
    blocked = "share of requests that may find all reserved instances busy (default: %(default)g)"
    parser.add_argument("--blocked", type=_share, default=BLOCKED, help=blocked)
    rates = "requests a second to tabulate"
    parser.add_argument("--rates", type=list_of(positive_number), default=RATES, metavar="R,R", help=rates)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; always 0: nothing is measured that could fail."""
    documents = _documents(arguments)
    publish(documents, sections(documents), arguments.out, result_console())
    return 0


def _documents(arguments: argparse.Namespace) -> list[Document]:
    found: list[Document] = [document for path in arguments.results for document in read_documents(path)]
    if not (found or arguments.published or arguments.seconds):
        raise BenchError("nothing to bill: give a RESULT, --published, or --seconds with --memory-gb")
    documents = [_published(arguments)] if arguments.published else []
    if found or arguments.seconds:
        prices = _prices(arguments)
        if len(set(arguments.rates)) < 2:
            raise BenchError("--rates: give at least two different ones")
        documents += [_of_result(arguments, prices, source) for source in found] or [_assumed(arguments, prices)]
    return documents


def _prices(arguments: argparse.Namespace) -> list[PriceList]:
    """Return the chosen lists; without a choice all that come with the bench but that of the published bill."""
    names: Sequence[str] = arguments.platform or ()
    if not names and not arguments.price_file:
        names = [name for name in kept_names() if name != PUBLISHED]
    prices = [kept_prices(name) for name in names] + [read_prices(path) for path in arguments.price_file]
    platforms = [chosen.platform for chosen in prices]
    for platform in platforms:
        if platforms.count(platform) > 1:
            raise BenchError(f"two price lists are of {platform!r}: give one, or name them apart")
    return prices


def _published(arguments: argparse.Namespace) -> Document:
    prices = kept_prices(PUBLISHED)
    if not isinstance(prices, FunctionPrices):
        raise BenchError(f"the list {PUBLISHED} must be of kind 'function'")
    return _document(arguments, "published", published_result(prices), {})


def _of_result(arguments: argparse.Namespace, prices: Sequence[PriceList], source: Document) -> Document:
    taken = measured(source, InstanceSize(arguments.memory_gb, arguments.cpus))
    if arguments.seconds is not None:
        taken = replace(taken, executions=(exact(arguments.seconds),))
    if arguments.init_seconds is not None:
        taken = replace(taken, init_seconds=arguments.init_seconds)
    result = calculate(taken, _traffic(arguments, taken), prices, sorted(set(arguments.rates)))
    return _document(arguments, source.label, result, source.service)


def _assumed(arguments: argparse.Namespace, prices: Sequence[PriceList]) -> Document:
    if arguments.memory_gb is None:
        raise BenchError("without a result --memory-gb must say what an instance holds")
    taken = Measured(
        memory_gb=exact(arguments.memory_gb),
        cpus=exact(arguments.cpus or 1.0),
        executions=(exact(arguments.seconds),),
        init_seconds=arguments.init_seconds or 0.0,
    )
    result = calculate(taken, _traffic(arguments, taken), prices, sorted(set(arguments.rates)))
    return _document(arguments, "assumed", result, {})


def _traffic(arguments: argparse.Namespace, taken: Measured) -> Traffic | None:
    """Return what a request takes; None where nothing tells."""
    if not taken.executions:
        return None
    return Traffic(
        seconds=float(sum(taken.executions) / len(taken.executions)),
        init_seconds=taken.init_seconds,
        memory_gb=float(taken.memory_gb),
        cpus=float(taken.cpus),
        keep_seconds=arguments.keep_seconds,
        blocked=arguments.blocked,
    )


def _document(arguments: argparse.Namespace, label: str, result: object, service: Mapping[str, Any]) -> Document:
    settings = vars(arguments)
    return new_document(NAME, label, settings=settings, service=service, result=result, started_at=now())


def _not_below_zero(text: str) -> float:
    """Parse a finite number of at least 0; argparse reports the ValueError or ArgumentTypeError."""
    value = float(text)
    return value if value == 0 else positive_number(text)


def _share(text: str) -> float:
    """Parse a number between 0 and 1, neither of them; argparse reports the ValueError or ArgumentTypeError."""
    value = positive_number(text)
    if value >= 1:
        raise argparse.ArgumentTypeError(f"{text} is not below 1")
    return value
