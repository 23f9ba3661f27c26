"""``python -m bench limit``: where a request's time goes, and how far the service is from its models alone.

The service is started and asked by one client and by several. A second process has the same models, as the service's
own loader makes them: it records every tensor that is handed to OpenVINO for the same pictures, and runs these tensors
again with nothing around them, as many threads as there are processors. The two take turns, round by round; ratios are
formed within a round.
"""

from __future__ import annotations

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.command_line import (
    INTERRUPTED,
    add_round_arguments,
    add_setting_argument,
    percentage,
    positive,
)
from bench.dialects import dialect_named
from bench.limit.measurement import Rounds
from bench.limit.models_process import started_models
from bench.limit.result import LimitResult
from bench.limit.sections import sections
from bench.peers.contenders import add_model_arguments
from bench.peers.this_service import ThisService
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.sample_choice import add_sample_arguments, samples_by_set
from bench.subject import label_of

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "limit"
LIMIT = 4
ROUNDS = 5
CLIENTS = 4
SECONDS = 3.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``limit``."""
    parser = subparsers.add_parser(
        NAME,
        help="where the time goes, and how far the models alone would go",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_sample_arguments(parser, LIMIT)
    add_round_arguments(parser, ROUNDS, SECONDS)
    parser.add_argument("--clients", type=positive, default=CLIENTS, help="at saturation (default: %(default)s)")
    parser.add_argument(
        "--min-share", type=percentage, default=0.0, metavar="%", help="of the models' throughput: less is status 1"
    )
    parser.add_argument(
        "--max-beside", type=percentage, default=100.0, metavar="%", help="of one client's time: more is status 1"
    )
    add_model_arguments(parser)
    add_setting_argument(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where a bound was missed or a request failed, else 0.

    Ctrl-C ends the rounds, not the report: it is of what was measured, and the status is 130.
    """
    console, notes, started_at = result_console(), Console(stderr=True), now()
    samples = samples_by_set(arguments, notes)
    pictures = {name: [sample.path for sample in found] for name, found in samples.items()}
    service = ThisService(arguments.weights, arguments.tier, arguments.det_max_side, dict(arguments.setting))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-limit-")))
        status = stack.enter_context(notes.status(Text("starting the service, and loading its models once more")))
        started = stack.enter_context(service.started(folder, "throughput"))
        models = stack.enter_context(started_models(folder / "models.log", service.environment()))
        rounds = Rounds(started, models, arguments.clients, lambda news: status.update(Text(news)))
        rounds.prepare(pictures, arguments.seconds)
        is_whole = _play(rounds, arguments.rounds)
    result = LimitResult(arguments.clients, models.loaded.processors, tuple(map(tuple, rounds.rounds)))
    document = new_document(
        NAME,
        label_of(started.info, dialect_named("native")),
        settings=vars(arguments),
        service=started.info,
        result=result,
        started_at=started_at,
    )
    publish([document], sections([document]), arguments.out, console)
    return _status(result, arguments, console) if is_whole else INTERRUPTED


def _play(rounds: Rounds, number: int) -> bool:
    """Return whether all rounds were played; raises KeyboardInterrupt where there is nothing to show yet."""
    try:
        rounds.play(number)
    except KeyboardInterrupt:
        if not any(rounds.rounds):
            raise
        return False
    return True


def _status(result: LimitResult, arguments: argparse.Namespace, console: Console) -> int:
    """Print what was missed."""
    missed = [f"{result.failed} requests without a good answer"] if result.failed else []
    for name in result.set_names:
        share = 100 * result.share_of_limit(name).median
        beside = 100 * result.spread(name, lambda turn: turn.beside).median
        if share < arguments.min_share:
            missed.append(f"{name}: {share:.1f} % of the models' throughput, not {arguments.min_share:g}")
        if beside > arguments.max_beside:
            missed.append(
                f"{name}: {beside:.1f} % of one client's time beside the models, not {arguments.max_beside:g}"
            )
    for one in missed:
        console.print(one, style="red", markup=False, highlight=False)
    return 1 if missed else 0
