"""What is soaked: a service, as other commands measure it, or a contender of ``bench compare``."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.affinity import placed
from bench.command_line import DET_MAX_SIDE
from bench.errors import BenchError
from bench.peers.contender import Connection
from bench.peers.contenders import NAMES, TIER, WEIGHTS, add_model_arguments, contenders
from bench.peers.http_peer import HttpConnection
from bench.subject import add_subject_arguments, opened_subject

MODELS = {"weights": WEIGHTS, "tier": TIER, "det_max_side": DET_MAX_SIDE}
"""What a contender is given unless the command line says otherwise."""


@dataclass(frozen=True, slots=True)
class Soaked:
    """Something running: ``pid`` is the topmost process of its tree, ``connection`` the way to it.

    ``label`` is what tables call it, ``info`` what is known of its set-up.
    """

    label: str
    pid: int
    connection: Connection
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str | None:
        """See :attr:`bench.peers.contender.Connection.url`."""
        return self.connection.url


def add_soaked_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say what is soaked; those of a contender are None where they are not given."""
    add_subject_arguments(parser)
    group = parser.add_argument_group("a contender of `bench compare` instead of the service")
    group.add_argument("--contender", choices=NAMES, help="is started for the run, tuned for throughput")
    add_model_arguments(group)
    parser.set_defaults(**dict.fromkeys(MODELS))


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[Soaked]:
    """Yield what the arguments name; what was started here ends with the context.

    Raises BenchError where it does not start or answer, its memory cannot be seen, or arguments contradict each other.
    """
    _check(arguments)
    if arguments.contender is not None:
        with placed(arguments.cpus), _started_contender(arguments) as soaked:
            yield soaked
        return
    with opened_subject(arguments) as subject:
        if subject.pid is None:
            raise BenchError(f"the memory of {subject.url} cannot be seen: a soak needs a service on this machine")
        connection = HttpConnection(subject.url, subject.dialect, subject.options)
        yield Soaked(subject.label, subject.pid, connection, subject.info)


@contextmanager
def _started_contender(arguments: argparse.Namespace) -> Iterator[Soaked]:
    """Install the contender where it is not, start it and yield it once it has read something.

    The defaults of its arguments are filled in: the document has what was measured.
    """
    for name, default in MODELS.items():
        setattr(arguments, name, getattr(arguments, name) or default)
    peer = contenders(arguments.weights, arguments.tier, arguments.det_max_side)[arguments.contender]()
    peer.ensure(Console(stderr=True))
    with tempfile.TemporaryDirectory(prefix="bench-soak-") as folder, peer.started(Path(folder), "throughput") as one:
        yield Soaked(arguments.label or peer.name, one.pid, one.connection, {"about": peer.about} | dict(one.info))


def _check(arguments: argparse.Namespace) -> None:
    """Raise BenchError for arguments that would otherwise be overlooked, and the wrong thing measured."""
    if arguments.contender is None:
        overlooked = [name for name in MODELS if getattr(arguments, name) is not None]
        remedy = "is for a --contender"
    else:
        overlooked = [name for name in ("url", "pid", "setting", "option") if getattr(arguments, name)]
        overlooked += ["dialect"] * (arguments.dialect != "native")
        remedy = "does not go with --contender, which is started and spoken to as in `bench compare`"
    if overlooked:
        raise BenchError(f"--{overlooked[0].replace('_', '-')} {remedy}")
