"""What the process may use of the machine: processors by cgroup quota and affinity, and the CPU's number formats."""

import math
import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def available_cpus(cgroup: Path = _CGROUP) -> float:
    """Processors this process may use: the smaller of its affinity mask and its cgroup quota (v2, else v1).

    A fraction is kept (a FaaS instance may own half a processor); at least 0.1.
    """
    allowed = float(len(os.sched_getaffinity(0)))
    quota = _quota_v2(cgroup) or _quota_v1(cgroup) or allowed
    return max(0.1, min(allowed, quota))


def whole_threads(cpus: float) -> int:
    """Threads worth running on *cpus* processors: rounded up, at least one."""
    return max(1, math.ceil(cpus - 1e-6))


def has_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the CPU computes in bfloat16 itself (AVX-512 BF16 or AMX); emulation would be slower than float32."""
    try:
        text = cpuinfo.read_text()
    except OSError:
        return False
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "").split()
    return "avx512_bf16" in flags or "amx_bf16" in flags


def _quota_v2(cgroup: Path) -> float | None:
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
    except (OSError, ValueError):
        return None
    return None if quota == "max" else int(quota) / int(period)


def _quota_v1(cgroup: Path) -> float | None:
    try:
        quota = int((cgroup / "cpu" / "cpu.cfs_quota_us").read_text())
        period = int((cgroup / "cpu" / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
    return quota / period if quota > 0 and period > 0 else None
