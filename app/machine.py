"""What the process may use of the machine: processors, memory, and the CPU's number formats."""

import math
import os
from pathlib import Path

from app.control_groups import OWN_PROC, own_folders

_CPUINFO = Path("/proc/cpuinfo")
_LAMBDA_MEMORY = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_LAMBDA_MIB_PER_CPU = 1769
"""https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html. No control group there tells either."""

_VECTOR_FLAGS = ("sse", "ssse", "avx", "amx", "fma", "f16c", "asimd", "sve", "sme", "bf16", "i8mm")


def available_cpus(proc: Path = OWN_PROC) -> float:
    """Processors this process may use: its affinity mask, or the smallest quota of its control group and those above.

    On Lambda, what the function's memory entitles it to. A fraction is kept (a FaaS instance may own half a
    processor); at least 0.1.
    """
    allowed = float(len(os.sched_getaffinity(0)))
    quotas = [_quota_v2(folder) if version == 2 else _quota_v1(folder) for version, folder in own_folders("cpu", proc)]
    memory = _lambda_mib()
    quotas.append(memory / _LAMBDA_MIB_PER_CPU if memory else None)
    return max(0.1, min([allowed, *(quota for quota in quotas if quota is not None)]))


def available_memory(proc: Path = OWN_PROC) -> int | None:
    """Bytes this process may use: the smallest limit of its control group and those above; on Lambda, the function's.

    None where none of them is below the machine's memory; a group without a limit has one of 2^63 bytes in version 1.
    """
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = [
        _number(folder / ("memory.max" if version == 2 else "memory.limit_in_bytes"))
        for version, folder in own_folders("memory", proc)
    ]
    below = [limit for limit in limits if limit is not None and limit < machine]
    memory = _lambda_mib()
    # There the machine is the function's own, and may have a little less than that.
    return min(below + ([min(memory << 20, machine)] if memory else []), default=None)


def whole_threads(cpus: float) -> int:
    """Threads worth running on *cpus* processors: rounded up, at least one."""
    return max(1, math.ceil(cpus - 1e-6))


def has_bf16(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether the CPU computes in bfloat16 itself (AVX-512 BF16 or AMX); emulation would be slower than float32."""
    return not _flags(cpuinfo).isdisjoint({"avx512_bf16", "amx_bf16"})


def has_int8(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether the CPU multiplies and adds 8-bit integers in one step (VNNI or AMX); without, they save no time."""
    return not _flags(cpuinfo).isdisjoint({"avx512_vnni", "avx_vnni", "amx_int8"})


def has_int8_tiles(cpuinfo: Path = _CPUINFO) -> bool:
    """Whether the CPU multiplies 8-bit integers in tiles (AMX): quicker still, by kernels that take more memory."""
    return "amx_int8" in _flags(cpuinfo)


def instruction_sets(cpuinfo: Path = _CPUINFO) -> str:
    """The CPU's maker and its vector instructions, in order: what code that was made for one CPU needs of another."""
    vectors = sorted(flag for flag in _flags(cpuinfo) if flag.startswith(_VECTOR_FLAGS))
    return " ".join([_first_value(cpuinfo, "vendor_id", "CPU implementer"), *vectors])


def _flags(cpuinfo: Path) -> set[str]:
    return set(_first_value(cpuinfo, "flags", "Features").split())


def _first_value(cpuinfo: Path, *names: str) -> str:
    """What the first processor has under one of *names*, of which each kind of machine has one; empty without."""
    try:
        with cpuinfo.open() as lines:
            for line in lines:
                name, _, value = line.partition(":")
                if name.strip() in names:
                    return value.strip()
    except OSError:
        pass
    return ""


def _quota_v2(group: Path) -> float | None:
    try:
        quota, period = (group / "cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        return None


def _quota_v1(group: Path) -> float | None:
    quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
    return quota / period if quota is not None and period and quota > 0 else None


def _lambda_mib() -> int | None:
    """The memory of the Lambda function that this is, in MiB."""
    memory = os.environ.get(_LAMBDA_MEMORY, "")
    return int(memory) if memory.isdecimal() else None


def _number(path: Path) -> int | None:
    """A file's one number; None where it is not there or says something else, such as ``max``."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
