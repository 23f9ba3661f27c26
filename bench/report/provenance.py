"""A measurement with all that is needed to judge and to repeat it: machine, versions, settings."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from bench.report.document import Document
from bench.report.machine_description import describe_machine
from bench.report.whereabouts import without_whereabouts

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "bench" / "requirements.in"
"""What the bench asks for itself, without what that needs."""

NO_SETTINGS = frozenset({"run", "out"})
"""Of a parsed command line: the function that runs it, and where the result goes."""

GIT_TIMEOUT = 10.0
"""Seconds; a checkout on a slow disk has to be looked through for changes."""


def now() -> str:
    """Return the wall clock's time in UTC, ISO 8601 to the second: for people, never for durations."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def new_document(  # noqa: PLR0913 -- a document has as many parts, and each is another's to know
    command: str,
    label: str,
    *,
    settings: Mapping[str, Any],
    service: Mapping[str, Any],
    result: Any,
    started_at: str,
) -> Document:
    """Return a document of a run on this machine.

    ``settings`` is ``vars(arguments)`` or what of it counts; ``result`` is a dataclass; ``started_at`` is what
    :func:`now` said at the beginning. Settings and the service's description lose what tells whose machine this is.
    """
    return Document(
        command=command,
        label=label,
        started_at=started_at,
        machine=describe_machine(),
        versions=installed_versions(),
        settings=without_whereabouts({name: settings[name] for name in settings if name not in NO_SETTINGS}),
        service=without_whereabouts(service),
        result=msgspec.json.decode(msgspec.json.encode(result)),  # lists for tuples: as it will be read
    )


def installed_versions(requirements: Path = REQUIREMENTS) -> dict[str, str]:
    """Return the versions of the packages that the bench asks for, and of this checkout where git knows it."""
    names = re.findall(r"^([\w.-]+)==", requirements.read_text(encoding="utf-8"), re.MULTILINE)
    found: dict[str, str] = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    commit = checkout_commit(ROOT)
    return found if commit is None else {"checkout": commit, **found}


def checkout_commit(folder: Path) -> str | None:
    """Return the short commit of a checkout, with ``+changes`` where files differ from it; None where there is none."""
    commit = _git(folder, "rev-parse", "--short", "HEAD")
    if not commit:
        return None
    return f"{commit}+changes" if _git(folder, "status", "--porcelain") else commit


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints; None where there is no git, no checkout, or no answer in time."""
    git = shutil.which("git")
    if git is None:
        return None
    try:
        done = subprocess.run(
            [git, *arguments], cwd=folder, capture_output=True, text=True, timeout=GIT_TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
