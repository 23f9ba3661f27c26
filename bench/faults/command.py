"""``python -m bench faults``: what clients see while things are done to the service that should not happen.

For each scenario the service is started anew, clients in a closed loop keep it busy, and three seconds later it is
done: a process killed, the disk filled, the clock set, the service asked to end. What each client heard is counted.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bench.affinity import placed
from bench.command_line import INTERRUPTED, add_setting_argument, list_of, natural, positive, positive_number
from bench.errors import BenchError
from bench.faults.measurement import Setup, play
from bench.faults.result import FaultsResult, Played
from bench.faults.scenario import Scenario
from bench.faults.scenarios import SCENARIOS
from bench.faults.sections import sections
from bench.load.arguments import IMAGES, pictures_of
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "faults"
CLIENTS = 8
SECONDS = 10.0
TIMEOUT_S = 60.0
TIER = ("OCR_MODEL", "pp-ocrv6-tiny")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``faults``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="what clients see of kills, full disks and the like", description=__doc__, formatter_class=formatter
    )
    names = ", ".join(one.name for one in SCENARIOS)
    parser.add_argument("--only", type=list_of(str), metavar="A,B", help=f"of {names} (default: all)")
    parser.add_argument("--clients", type=positive, default=CLIENTS, help="default: %(default)s")
    parser.add_argument(
        "--seconds", type=positive_number, default=SECONDS, help="of each load, at least (default: %(default)g)"
    )
    parser.add_argument("--timeout", type=positive_number, default=TIMEOUT_S, help="s a request (default: %(default)g)")
    parser.add_argument(
        "--images", nargs="+", type=Path, default=[IMAGES], metavar="PATH", help="default: tests/images"
    )
    parser.add_argument(
        "--cpus", type=list_of(natural), default=[], metavar="N[,N…]", help="the processors of it all (default: any)"
    )
    parser.add_argument("--label", default="this service", help="what tables call it (default: %(default)s)")
    add_setting_argument(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where the service did not stand a fault, 130 after Ctrl-C, else 0; skipped is stood."""
    console, started_at = result_console(), now()
    arguments.setting = [TIER, *arguments.setting]
    scenarios = _chosen(arguments.only)
    setup = Setup(
        pictures_of(arguments), arguments.clients, arguments.seconds, arguments.timeout, dict(arguments.setting)
    )
    with placed(arguments.cpus):
        result = _played(scenarios, setup)
    document = new_document(
        NAME, arguments.label, settings=vars(arguments), service={}, result=result, started_at=started_at
    )
    publish([document], sections([document]), arguments.out, console)
    return exit_status(result, console)


def _chosen(names: Sequence[str] | None) -> list[Scenario]:
    known = {one.name: one for one in SCENARIOS}
    unknown = [name for name in names or () if name not in known]
    if unknown:
        raise BenchError(f"--only {unknown[0]}: there are {', '.join(known)}")
    return [known[name] for name in (known if names is None else names)]


def _played(scenarios: Sequence[Scenario], setup: Setup) -> FaultsResult:
    """Play them one by one, as far as Ctrl-C lets it come."""
    played: list[Played] = []
    for scenario in scenarios:
        Console(stderr=True).print(f"faults: {scenario.name}", style="dim")
        try:
            played.append(play(scenario, setup))
        except KeyboardInterrupt:
            if not played:
                raise
            return FaultsResult(setup.clients, tuple(played), is_whole=False)
    return FaultsResult(setup.clients, tuple(played))


def exit_status(result: FaultsResult, console: Console) -> int:
    """Print what the service did not stand; return the exit status."""
    broken = [(one.name, fault) for one in result.played for fault in one.faults]
    for name, fault in broken:
        console.print(f"{name}: {fault}", style="red", markup=False, highlight=False)
    if not result.is_whole:
        return INTERRUPTED
    return 1 if broken else 0
