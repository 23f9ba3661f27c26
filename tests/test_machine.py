"""What the process may use of the machine, from hand-made cgroup and cpuinfo files."""

import os

import pytest

from app.machine import available_cpus, has_bf16, whole_threads


@pytest.fixture
def four_allowed(monkeypatch):
    """An affinity mask of four processors, in the middle of a bigger machine."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {8, 9, 10, 11})
    monkeypatch.setattr(os, "cpu_count", lambda: 64)


@pytest.fixture
def v2(tmp_path):
    """Write cgroup v2's one file."""

    def write(text):
        (tmp_path / "cpu.max").write_text(text)
        return tmp_path

    return write


@pytest.fixture
def v1(tmp_path):
    """Write cgroup v1's two files."""

    def write(quota, period):
        (tmp_path / "cpu").mkdir()
        (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
        (tmp_path / "cpu" / "cpu.cfs_period_us").write_text(period)
        return tmp_path

    return write


@pytest.mark.usefixtures("four_allowed")
class TestAvailableCpus:
    """The smaller of the affinity mask and the quota."""

    def test_without_cgroup_files_the_affinity_mask_counts(self, tmp_path):
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
    def test_quota_of_cgroup_v2(self, v2, text, cpus):
        """Quota through period, a fraction kept, within the mask, at least 0.1; ``max`` and garbage are no quota."""
        assert available_cpus(v2(text)) == pytest.approx(cpus)

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
    def test_quota_of_cgroup_v1(self, v1, quota, period, cpus):
        """The older files mean the same; -1 is no quota."""
        assert available_cpus(v1(quota, period)) == pytest.approx(cpus)

    def test_either_version_may_hold_the_quota(self, v1, v2):
        """Where v2 states none, v1's quota counts; where v2 states one, it wins."""
        folder = v1("300000\n", "100000\n")
        v2("max 100000\n")
        assert available_cpus(folder) == pytest.approx(3)
        v2("120000 100000\n")
        assert available_cpus(folder) == pytest.approx(1.2)


def test_this_machine_has_processors():
    """With the real files the answer lies between a tenth and the processors that the kernel allows."""
    assert 0.1 <= available_cpus() <= len(os.sched_getaffinity(0))


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
