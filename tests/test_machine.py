"""What the process may use of the machine, from hand-made control groups and cpuinfo files, and for real."""

import os
import subprocess
import sys

import pytest

from app.machine import (
    available_cpus,
    available_memory,
    has_bf16,
    has_int8,
    has_int8_tiles,
    instruction_sets,
    whole_threads,
)
from bench.burst.cgroup import ControlGroup
from bench.burst.limits import usable_hierarchies

GIB = 1 << 30
MACHINE_BYTES = 16 * GIB


@pytest.fixture
def four_allowed(monkeypatch):
    """An affinity mask of four processors, in the middle of a bigger machine."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {8, 9, 10, 11})
    monkeypatch.setattr(os, "cpu_count", lambda: 64)


@pytest.fixture
def sixteen_gib(monkeypatch):
    """A machine's memory."""
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": MACHINE_BYTES // 4096}.__getitem__)


@pytest.fixture
def tree(tmp_path):
    """Write a process that sits in the group /a/b of every tree, and files of groups by path; returns its proc."""

    def write(files):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (tmp_path / "mountinfo").write_text(
            f"30 23 0:26 / {tmp_path}/v2 rw - cgroup2 cgroup2 rw\n"
            f"31 23 0:27 / {tmp_path}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
            f"32 23 0:28 / {tmp_path}/memory rw - cgroup cgroup rw,memory\n"
        )
        (tmp_path / "cgroup").write_text("4:memory:/a/b\n1:cpu,cpuacct:/a/b\n0::/a/b\n")
        return tmp_path

    return write


def v1(quota, period, group="a/b"):
    """Version 1's two files."""
    return {f"cpu/{group}/cpu.cfs_quota_us": quota, f"cpu/{group}/cpu.cfs_period_us": period}


@pytest.mark.usefixtures("four_allowed")
class TestAvailableCpus:
    """The smallest of the affinity mask and the quotas."""

    def test_without_control_groups_the_affinity_mask_counts(self, tmp_path):
        """Four allowed processors of 64 are four, not 64."""
        assert available_cpus(tmp_path) == 4

    @pytest.mark.parametrize(
        ("text", "cpus"),
        [
            ("150000 100000\n", 1.5),
            ("50000 100000\n", 0.5),
            ("200000 50000\n", 4.0),
            ("800000 100000\n", 4.0),
            ("max 100000\n", 4.0),
            ("1000 100000\n", 0.1),
            ("garbage\n", 4.0),
            ("", 4.0),
        ],
    )
    def test_quota_of_version_2(self, tree, text, cpus):
        """Quota through period, a fraction kept, within the mask, at least 0.1; ``max`` and garbage are no quota."""
        assert available_cpus(tree({"v2/a/b/cpu.max": text})) == pytest.approx(cpus)

    @pytest.mark.parametrize(
        ("quota", "period", "cpus"),
        [
            ("300000\n", "100000\n", 3.0),
            ("25000\n", "100000\n", 0.25),
            ("-1\n", "100000\n", 4.0),
            ("900000\n", "100000\n", 4.0),
            ("100000\n", "0\n", 4.0),
            ("\n", "100000\n", 4.0),
        ],
    )
    def test_quota_of_version_1(self, tree, quota, period, cpus):
        """The older files mean the same; -1 is no quota."""
        assert available_cpus(tree(v1(quota, period))) == pytest.approx(cpus)

    @pytest.mark.parametrize("smallest", ["a/b", "a", ""])
    def test_the_smallest_quota_of_nested_groups_counts(self, tree, smallest):
        """A group shares what those above it have: its own quota may be larger, and theirs count then."""
        quotas = {group: "max 100000" if group == "" else "350000 100000" for group in ("a/b", "a", "")}
        quotas[smallest] = "120000 100000"
        files = {f"v2/{group}/cpu.max": text for group, text in quotas.items()}
        assert available_cpus(tree(files)) == pytest.approx(1.2)
        files = v1("300000", "100000") | v1("50000", "100000", smallest)
        assert available_cpus(tree(files)) == pytest.approx(0.5)

    def test_groups_beside_do_not_count(self, tree):
        """A neighbour's quota is the neighbour's."""
        assert available_cpus(tree({"v2/a/c/cpu.max": "50000 100000"} | v1("50000", "100000", "a/b/below"))) == 4

    @pytest.mark.parametrize(("memory", "cpus"), [("1769", 1.0), ("512", 0.289), ("10240", 4.0), ("", 4.0), ("?", 4.0)])
    def test_on_lambda_the_functions_memory_counts(self, tmp_path, monkeypatch, memory, cpus):
        """There are as many processors to see as the largest function has, of which a small one is given a part."""
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory)
        assert available_cpus(tmp_path) == pytest.approx(cpus, abs=1e-3)


@pytest.mark.parametrize(("memory", "usable"), [("1024", GIB), ("16384", MACHINE_BYTES), ("20000", MACHINE_BYTES)])
@pytest.mark.usefixtures("sixteen_gib")
def test_on_lambda_the_functions_memory_is_the_limit(tmp_path, monkeypatch, memory, usable):
    """No control group says it, and the machine, which is the function's own, may have a little less than that."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory)
    assert available_memory(tmp_path) == usable


@pytest.mark.usefixtures("sixteen_gib")
class TestAvailableMemory:
    """The smallest limit, where there is one."""

    def test_without_control_groups_there_is_no_limit(self, tmp_path):
        """What the machine has is nobody's limit."""
        assert available_memory(tmp_path) is None

    @pytest.mark.parametrize(
        ("text", "limit"), [("max\n", None), (f"{GIB}\n", GIB), (f"{MACHINE_BYTES}\n", None), ("\n", None)]
    )
    def test_limit_of_version_2(self, tree, text, limit):
        """In bytes; ``max``, garbage and what the machine has not got are no limit."""
        assert available_memory(tree({"v2/a/b/memory.max": text})) == limit

    @pytest.mark.parametrize(("text", "limit"), [("9223372036854771712\n", None), (f"{GIB}\n", GIB)])
    def test_limit_of_version_1(self, tree, text, limit):
        """The largest number of pages that the kernel can count stands for no limit."""
        assert available_memory(tree({"memory/a/b/memory.limit_in_bytes": text})) == limit

    def test_the_smallest_limit_of_nested_groups_counts(self, tree):
        """A container's limit holds for the groups in it."""
        files = {"v2/a/b/memory.max": "max", "v2/a/memory.max": str(GIB), "v2/memory.max": str(2 * GIB)}
        assert available_memory(tree(files)) == GIB
        files = {"memory/a/b/memory.limit_in_bytes": str(3 * GIB), "memory/memory.limit_in_bytes": str(GIB // 2)}
        assert available_memory(tree(files)) == GIB // 2


def test_this_machine_has_processors():
    """With the real files the answer lies between a tenth and the processors that the kernel allows."""
    assert 0.1 <= available_cpus() <= len(os.sched_getaffinity(0))


def test_a_process_sees_the_limits_of_its_own_group():
    """For real: half a processor and 256 MiB, in a group that is made for one process on the host."""
    name = f"test-machine-{os.getpid()}"
    usable = usable_hierarchies(f"{name}-try", 256 << 20, 0.5)
    if not (usable.limits.memory and usable.limits.cpu):
        pytest.skip(f"no group can be limited here: {usable.limits.reason}")
    group = ControlGroup.make(usable.hierarchies, name, 256 << 20, 0.5)
    script = "from app.machine import *; print(available_cpus(), available_memory())"
    try:
        done = subprocess.run(group.entering([sys.executable, "-c", script]), capture_output=True, check=True)
    finally:
        group.end()
    assert done.stdout.decode().split() == ["0.5", str(256 << 20)]


@pytest.mark.parametrize(
    ("cpus", "threads"),
    [(0.1, 1), (0.5, 1), (1.0, 1), (1.01, 2), (1.5, 2), (2.0, 2), (0.1 + 0.2 + 2.7, 3), (7.2, 8)],
)
def test_threads_are_processors_rounded_up(cpus, threads):
    """A share of a processor is worth a thread; the noise of floating point (3.0000000000000004) is not."""
    assert whole_threads(cpus) == threads


@pytest.mark.parametrize(
    ("flags", "has"),
    [
        ("fpu avx512f avx512_bf16 amx_int8", True),
        ("fpu amx_tile amx_bf16", True),
        ("fpu avx2 avx512f avx512_vnni", False),
        ("fpu avx512_bf16x", False),
        ("", False),
    ],
)
def test_bf16_is_a_cpu_flag(tmp_path, flags, has):
    """Only the two flags of hardware bfloat16 count, as whole words."""
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nmodel name\t: A CPU\nflags\t\t: {flags}\nbugs\t\t: none\n\nprocessor\t: 1\n")
    assert has_bf16(cpuinfo) is has


def test_bf16_is_not_read_from_other_lines(tmp_path):
    """A flag's name in another line, or in an ARM machine's Features, says nothing."""
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nFeatures\t: fp asimd bf16\nbugs\t\t: avx512_bf16\n")
    assert has_bf16(cpuinfo) is False


def test_without_cpuinfo_there_is_no_bf16(tmp_path):
    """A machine that hides the file is computed on in float32."""
    assert has_bf16(tmp_path / "nothing") is False


@pytest.mark.parametrize(
    ("flags", "has"),
    [
        ("fpu avx512f avx512_vnni", True),
        ("fpu avx2 avx_vnni", True),
        ("fpu amx_tile amx_int8", True),
        ("fpu avx2 avx512f avx512_bf16", False),
        ("fpu avx512_vnnix", False),
        ("", False),
    ],
)
def test_int8_is_a_cpu_flag(tmp_path, flags, has):
    """Only the flags of instructions that multiply and add bytes in one step count, as whole words."""
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t: none\n")
    assert has_int8(cpuinfo) is has
    assert has_int8(tmp_path / "nothing") is False
    assert has_int8_tiles(cpuinfo) is ("amx_int8" in flags)
    assert has_int8_tiles(tmp_path / "nothing") is False


class TestInstructionSets:
    """The CPU's maker and vector instructions, of its first processor alone."""

    def test_order_and_other_flags_do_not_count(self, tmp_path):
        """Kernels add flags that no compiled model cares for."""
        text = "vendor_id\t: GenuineIntel\nflags\t\t: fpu avx2 avx avx512_bf16 ibrs\n\nflags\t\t: amx_bf16\n"
        (tmp_path / "a").write_text(text)
        (tmp_path / "b").write_text(text.replace("avx2 avx ", "avx avx2 new "))
        assert instruction_sets(tmp_path / "a") == instruction_sets(tmp_path / "b")
        assert instruction_sets(tmp_path / "a") == "GenuineIntel avx avx2 avx512_bf16"

    def test_arm_says_it_in_other_words(self, tmp_path):
        """There the flags are called features, and the maker has a number."""
        (tmp_path / "a").write_text("Features\t: fp asimd sve crc32\nCPU implementer\t: 0x41\n")
        assert instruction_sets(tmp_path / "a") == "0x41 asimd sve"

    def test_nothing_is_known_without_the_file(self, tmp_path):
        """Some sandboxes have no procfs."""
        assert not instruction_sets(tmp_path / "none").strip()
