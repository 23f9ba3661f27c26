"""What of a sandbox's bounds can be enforced here, found by trying."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from bench.burst.cgroup import ControlGroup
from bench.burst.hierarchy import CPU, MEMORY, WANTED, Hierarchy, find_hierarchies
from bench.burst.result import AppliedLimits


@dataclass(frozen=True, slots=True)
class Usable:
    """The hierarchies in which groups can be made, limited and entered, and what that means for a report."""

    hierarchies: tuple[Hierarchy, ...]
    limits: AppliedLimits


def usable_hierarchies(name: str, memory_bytes: int, cpus: float, found: Sequence[Hierarchy] | None = None) -> Usable:
    """Try each hierarchy (of this process, where none are given) with a group of this name and a process that ends."""
    usable: list[Hierarchy] = []
    reasons: list[str] = []
    for hierarchy in find_hierarchies() if found is None else found:
        refusal = _refusal(hierarchy, name, memory_bytes, cpus)
        if refusal is None:
            usable.append(hierarchy)
        else:
            reasons.append(f"{' and '.join(hierarchy.controllers)}: {refusal}")
    controllers = {controller for hierarchy in usable for controller in hierarchy.controllers}
    missing = [controller for controller in WANTED if controller not in controllers]
    if missing and not reasons:
        reasons.append(f"no control group for {' and '.join(missing)} may be made here")
    return Usable(tuple(usable), AppliedLimits(MEMORY in controllers, CPU in controllers, "; ".join(reasons)))


def _refusal(hierarchy: Hierarchy, name: str, memory_bytes: int, cpus: float) -> str | None:
    """Return why a group of this hierarchy is of no use, None where it is."""
    try:
        group = ControlGroup.make([hierarchy], name, memory_bytes, cpus)
    except OSError as error:
        return str(error.strerror)
    try:
        status = subprocess.run(group.entering(["true"]), stderr=subprocess.DEVNULL, check=False).returncode
    finally:
        group.end()
    return "a process may not enter its group" if status else None
