"""``python -m bench hostile``: files and requests that lie, bomb and break, by every way into the service.

Sends what is generated here and every file of a folder; counts outcomes, and checks that each is right, that nothing is
a failure of the server, that no process of it is lost, that its memory comes back to its level and that it reads a good
picture as before.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from bench.command_line import natural, positive, positive_number
from bench.errors import BenchError
from bench.hostile.entry_paths import entry_paths
from bench.hostile.generator import foreign_file, generated_files, generated_requests
from bench.hostile.item import HostileFile, HostileRequest
from bench.hostile.measurement import Plan, measure
from bench.hostile.result import HostileResult
from bench.hostile.sections import sections
from bench.report.figures import percent
from bench.report.provenance import new_document, now
from bench.report.publication import add_out_argument, publish, result_console
from bench.service_process import ROOT
from bench.subject import Subject, add_subject_arguments, opened_subject

__all__ = ["NAME", "add_parser", "run", "sections"]

NAME = "hostile"
FILES = Path("../shared/hostile")
GOOD = ROOT / "tests" / "images" / "latin.png"
MAX_GROWTH = 5.0
MAX_BYTES = 20 * 1024 * 1024


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``hostile``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        NAME, help="input that lies, bombs and breaks", description=__doc__, formatter_class=formatter
    )
    parser.add_argument(
        "--files", type=Path, metavar="DIR", help=f"a folder of hostile files (default: {FILES}, where there is one)"
    )
    parser.add_argument("--good", type=Path, default=GOOD, help="a picture that must be read (default: %(default)s)")
    parser.add_argument(
        "--only", default="", metavar="A,B", help="only what is named like this, such as bomb,json/deep"
    )
    parser.add_argument("--every", type=positive, default=1, metavar="N", help="only every Nth file (default: all)")
    parser.add_argument("--passes", type=positive, default=2, help="the first is not held to memory (default: 2)")
    parser.add_argument("--clients", type=positive, default=2, help="requests at a time (default: %(default)s)")
    parser.add_argument("--timeout", type=positive_number, default=60.0, help="s, an answer (default: %(default)g)")
    parser.add_argument("--settle", type=positive_number, default=3.0, help="s, idle (default: %(default)g)")
    parser.add_argument(
        "--max-growth",
        type=positive_number,
        default=MAX_GROWTH,
        metavar="PERCENT",
        help="of memory in the passes behind the first (default: %(default)g)",
    )
    parser.add_argument("--max-faults", type=natural, default=0, help="wrong answers allowed (default: none)")
    add_subject_arguments(parser)
    add_out_argument(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where a check failed, else 0."""
    console, started_at = result_console(), now()
    files, requests = _chosen(arguments)
    if not files and not requests:
        raise BenchError(f"nothing is named like {arguments.only}")
    with opened_subject(arguments) as subject:
        result = _measured(arguments, subject, files, requests)
    document = new_document(
        NAME, subject.label, settings=vars(arguments), service=subject.info, result=result, started_at=started_at
    )
    publish([document], sections([document]), arguments.out, console)
    complaints = list(_complaints(result, arguments))
    for complaint in complaints:
        console.print(complaint, style="red", markup=False, highlight=False, soft_wrap=True)
    return int(bool(complaints))


def _chosen(arguments: argparse.Namespace) -> tuple[list[HostileFile], list[HostileRequest]]:
    names = tuple(name.strip() for name in arguments.only.split(",") if name.strip())
    found = [*generated_files(), *_folder(arguments.files)]
    files = [file for file in found if not names or file.name.startswith(names)][:: arguments.every]
    return files, [one for one in generated_requests() if not names or one.name.startswith(names)]


def _folder(folder: Path | None) -> list[HostileFile]:
    if folder is None:
        folder = FILES
        if not folder.is_dir():
            return []
    try:
        return [foreign_file(path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()]
    except OSError as error:
        raise BenchError(f"cannot read {folder}: {error.strerror}") from error


def _measured(
    arguments: argparse.Namespace, subject: Subject, files: Sequence[HostileFile], requests: Sequence[HostileRequest]
) -> HostileResult:
    if subject.pid is None:
        raise BenchError(f"the processes of {subject.url} cannot be seen: this needs a service on this machine")
    try:
        good = arguments.good.read_bytes()
    except OSError as error:
        raise BenchError(f"cannot read {arguments.good}: {error.strerror}") from error
    paths = entry_paths(can_turn=subject.info.get("autorotate") != "unavailable")
    plan = Plan(files, requests, paths, good, arguments.passes, arguments.clients, arguments.timeout, arguments.settle)
    max_bytes = int(subject.info.get("limits", {}).get("max_bytes", MAX_BYTES))
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(subject.label, total=plan.passes * plan.total)
        return measure(subject.url, subject.pid, plan, max_bytes, lambda: progress.advance(task))


def _complaints(result: HostileResult, arguments: argparse.Namespace) -> Iterator[str]:
    if len(result.faults) > arguments.max_faults:
        yield f"{len(result.faults)} answers were wrong, {arguments.max_faults} are allowed"
    if result.ended:
        yield f"processes of the service were lost: {', '.join(result.ended)}"
    if 100 * result.growth > arguments.max_growth:
        yield f"memory grew by {percent(result.growth)} %, {arguments.max_growth:g} % are allowed"
    if not result.reads_same:
        yield "a good picture is not read as before"
