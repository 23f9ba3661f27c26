"""``python -m bench calibrate``: are the load generator's own figures right?

A service on the null engine takes a known time for each request, so that mean, percentiles, rate and success rate are
known before they are measured: closed loop, open loop, with failures, and with a server that stands still once, which a
generator must not overlook (coordinated omission). Where wrk is installed its throughput is held against ours.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.console import Console
from rich.progress import track

from bench.calibration import wrk
from bench.calibration.check import CalibrationResult, Check
from bench.calibration.experiments import EXPERIMENTS, Bench, against_wrk, settings
from bench.command_line import natural, positive_number
from bench.report.content import Section, Table
from bench.report.document import Document
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.subject import started_subject

NAME = "calibrate"
SECONDS = 20.0
DELAY_S = 1.0
"""So long that what HTTP and the decoding of a picture take, a few milliseconds, is far below the limit."""

WRK_DELAY_S = 0.05
"""Short, so that what a generator adds of its own would show, and since wrk leaves out what is under way at its end."""

WITHOUT_WRK = "wrk is not installed: its throughput was not compared"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``calibrate``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="check the load generator itself", description=__doc__, formatter_class=formatter
    )
    parser.add_argument(
        "--seconds", type=positive_number, default=SECONDS, help="of each run, about (default: %(default)g)"
    )
    parser.add_argument("--seed", type=natural, default=1, help="of the arrivals (default: %(default)s)")
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where a figure is further off than it may be, else 0."""
    console, started_at = result_console(), now()
    has_wrk = wrk.is_installed()
    experiments = [*((one, DELAY_S) for one in EXPERIMENTS), *([(against_wrk, WRK_DELAY_S)] if has_wrk else [])]
    checks: list[Check] = []
    for experiment, delay_s in track(experiments, "calibrating", console=Console(stderr=True), transient=True):
        with started_subject(settings(delay_s)) as subject:
            checks += experiment(Bench(subject, delay_s, arguments.seconds, arguments.seed))
    result = CalibrationResult(tuple(checks), () if has_wrk else (WITHOUT_WRK,))
    document = new_document(
        NAME, "load generator", settings=vars(arguments), service=subject.info, result=result, started_at=started_at
    )
    publish([document], sections([document]), arguments.out, console)
    wrong = [check for check in checks if not check.holds]
    for check in wrong:
        console.print(f"{check.experiment}: {check.figure} is off by {100 * check.deviation:+.1f} %", style="red")
    return 1 if wrong else 0


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of documents of ``bench calibrate``."""
    results = [document.result_as(CalibrationResult) for document in documents]
    return [Section("Calibration", (_table(result.checks),), " ".join(result.notes)) for result in results]


def _table(checks: Sequence[Check]) -> Table:
    columns = ("experiment: figure", "expected", "measured", "off by %", "allowed %", "")
    rows = tuple(
        (
            f"{check.experiment}: {check.figure}",
            f"{check.expected:,.1f} {check.unit}",
            f"{check.measured:,.1f} {check.unit}",
            f"{100 * check.deviation:+.2f}",
            f"{100 * check.limit:g}",
            "ok" if check.holds else "WRONG",
        )
        for check in checks
    )
    return Table("Known figures, measured", columns, rows)
