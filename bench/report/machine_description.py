"""The machine that measures, as far as figures depend on it; nothing that tells whose it is."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

from app.machine import available_cpus

FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16", "asimddp")
"""What decides how quickly a network runs: vector width, and arithmetic on 8 and 16 bits."""


def describe_machine(cpuinfo: Path = Path("/proc/cpuinfo")) -> dict[str, str]:
    """Return processor, memory and software by name; what cannot be learned is left out."""
    model, flags = _processor(cpuinfo)
    description = {
        "CPU": model,
        "CPUs usable": f"{available_cpus():g} of {os.cpu_count()}",
        "CPU flags": ", ".join(flag for flag in FLAGS if flag in flags),
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.1f} GiB",
        "kernel": f"{platform.system()} {_kernel_version()}",
        "OS": _distribution(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
    }
    return {name: value for name, value in description.items() if value}


def _processor(cpuinfo: Path) -> tuple[str, frozenset[str]]:
    """Return the name of the first processor and its flags (on Arm, where no name is given, the architecture)."""
    fields: dict[str, str] = {}
    try:
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            fields.setdefault(name.strip(), value.strip())
    except OSError:
        pass  # not Linux, or /proc is closed: the architecture has to do
    flags = fields.get("flags") or fields.get("Features") or ""
    return fields.get("model name") or platform.machine(), frozenset(flags.split())


def _kernel_version() -> str:
    """Return the numbers of the kernel's release, without what its builder adds to them."""
    found = re.match(r"[\d.]*\d", platform.release())
    return found[0] if found else ""


def _distribution() -> str:
    """Return the distribution's name for itself, empty where it has none."""
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        return ""
