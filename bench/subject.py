"""The service under measurement: one that runs somewhere, or this repository's own, started for the purpose."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
import psutil

from bench.affinity import placed
from bench.client import OcrClient
from bench.command_line import add_setting_argument, address, key_and_value, list_of, natural, positive
from bench.dialects import DIALECTS, Dialect, dialect_named
from bench.errors import BenchError
from bench.process_tree import listening_pid
from bench.service_process import ROOT, started_service


@dataclass(frozen=True, slots=True)
class Subject:
    """A running service. ``pid`` is the topmost process of its tree, None where that cannot be known from here.

    ``options`` go with every request, ``info`` is what it says of itself, ``label`` is what tables call it.
    """

    url: str
    dialect: Dialect
    label: str
    pid: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)


def add_subject_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which service is measured, and how it is spoken to."""
    group = parser.add_argument_group("the service")
    group.add_argument(
        "--url", type=address, help="a running service (default: this repository's own is started for the run)"
    )
    group.add_argument(
        "--pid", type=positive, help="the server's process, where whoever listens at --url is but a proxy before it"
    )
    group.add_argument("--dialect", choices=tuple(DIALECTS), default="native", help="default: %(default)s")
    group.add_argument("--label", help="what tables call it (default: by what it says of itself)")
    group.add_argument(
        "--option",
        type=key_and_value,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="goes with every request, in the service's own words, such as det_max_side=960 (repeatable)",
    )
    group.add_argument(
        "--cpus",
        type=list_of(natural),
        default=[],
        metavar="N[,N…]",
        help="the processors, by number, of the generator and of the service that is started here (default: any)",
    )
    add_setting_argument(group)


@contextmanager
def opened_subject(arguments: argparse.Namespace) -> Iterator[Subject]:
    """Yield the service that the arguments name; one that was started here ends with the context.

    Raises BenchError where none answers, it does not start, or arguments contradict each other.
    """
    dialect = dialect_named(arguments.dialect)
    _check(arguments, dialect)
    with placed(arguments.cpus):
        if arguments.url is None:
            with started_subject(dict(arguments.setting), dict(arguments.option), arguments.label) as subject:
                yield subject
        else:
            subject = _subject(arguments.url, dialect, dict(arguments.option), arguments.label)
            yield subject if arguments.pid is None else replace(subject, pid=_existing(arguments.pid))


@contextmanager
def started_subject(
    settings: Mapping[str, str], options: Mapping[str, str] | None = None, label: str | None = None
) -> Iterator[Subject]:
    """Start this repository's service with *settings* and yield it once it is ready; it ends with the context.

    Raises BenchError where it does not start.
    """
    with started_service(ROOT / "build" / "bench-service.log", dict(settings)) as url:
        yield _subject(url, dialect_named("native"), options or {}, label)


def _check(arguments: argparse.Namespace, dialect: Dialect) -> None:
    """Raise BenchError for arguments that would otherwise be overlooked, and the wrong thing measured."""
    if arguments.url is None and dialect.name != "native":
        raise BenchError(f"--dialect {dialect.name} needs the --url of such a service")
    if arguments.url is not None and arguments.setting:
        raise BenchError("--setting is for a service that is started here, which one at --url is not")
    if arguments.url is None and arguments.pid is not None:
        raise BenchError("--pid is for a service at --url")


def _existing(pid: int) -> int:
    if not psutil.pid_exists(pid):
        raise BenchError(f"there is no process {pid}")
    return pid


def _subject(url: str, dialect: Dialect, options: Mapping[str, str], label: str | None) -> Subject:
    try:
        with OcrClient(url) as client:
            info = client.info()
    except httpx2.InvalidURL as error:
        raise BenchError(f"{url!r} is no http address: {error}") from error
    return Subject(url, dialect, label or label_of(info, dialect), listening_pid(url), options, info)


def label_of(info: Mapping[str, Any], dialect: Dialect) -> str:
    """Return what to call a service that says this of itself; one that says nothing has its dialect's name."""
    words = (str(info[name]) for name in ("model", "engine", "precision") if info.get(name) not in (None, "none"))
    return " ".join(dict.fromkeys(words)) or dialect.name
