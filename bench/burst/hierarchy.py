"""Where control groups may be made: the kernel's two versions of them, as they are mounted here."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.control_groups import OWN_PROC, Mount, mounts, own_groups, upwards

MEMORY = "memory"
CPU = "cpu"
WANTED = (MEMORY, CPU)


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A folder of the kernel: a folder made in it is a control group that these controllers can limit."""

    version: int
    controllers: tuple[str, ...]
    folder: Path


def find_hierarchies(proc: Path = OWN_PROC) -> list[Hierarchy]:
    """Return where this process may make groups for memory and CPU, at most one folder a controller.

    Version 1 has a tree a controller: groups are made below our own, so that what limits us limits them, too. Version 2
    has one tree, in which a group with processes cannot pass controllers on: groups are made in the nearest ancestor
    that passes both on and may be written to, or else in the nearest that passes on one of them, memory before CPU.
    Empty where there is nothing, such as in most containers, whose tree is mounted read-only.
    """
    mounted = mounts(proc)
    own = own_groups(proc)
    first = [
        Hierarchy(1, (controller,), next(upwards(mount, own[controller])))
        for controller in WANTED
        for mount in mounted
        if mount.version == 1 and controller in mount.options and controller in own
    ]
    found = {controller for hierarchy in first for controller in hierarchy.controllers}
    missing = [controller for controller in WANTED if controller not in found]
    second = [
        hierarchy
        for mount in mounted
        if mount.version == 2 and "" in own and (hierarchy := _nearest(mount, own[""], missing)) is not None
    ]
    return [hierarchy for hierarchy in (*first, *second[:1]) if os.access(hierarchy.folder, os.W_OK)]


def _nearest(mount: Mount, group: PurePosixPath, missing: Sequence[str]) -> Hierarchy | None:
    """Return the nearest group of a version 2 tree, our own or above, that passes the missing controllers on."""
    open_groups = [
        (folder, tuple(controller for controller in missing if controller in _passed_on(folder)))
        for folder in upwards(mount, group)
        if os.access(folder, os.W_OK)
    ]
    for wanted in (tuple(missing), *((controller,) for controller in missing)):
        for folder, controllers in open_groups:
            if wanted and set(wanted) <= set(controllers):
                return Hierarchy(2, controllers, folder)
    return None


def _passed_on(folder: Path) -> list[str]:
    try:
        return (folder / "cgroup.subtree_control").read_text(encoding="utf-8").split()
    except OSError:
        return []
