"""Control groups: found, limited, read and removed; with trees of plain files, and for real where that is allowed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.burst import cgroup
from bench.burst.cgroup import ControlGroup
from bench.burst.hierarchy import CPU, MEMORY, Hierarchy, find_hierarchies
from bench.burst.limits import usable_hierarchies
from bench.errors import BenchError

MIB = 1 << 20
FILES = {
    1: ("cgroup.procs", "memory.limit_in_bytes", "memory.stat", "memory.oom_control", "cpu.cfs_quota_us"),
    2: ("cgroup.procs", "memory.max", "memory.stat", "memory.events", "cpu.max", "memory.swap.max"),
}
FILES[1] += ("cpu.cfs_period_us", "memory.memsw.limit_in_bytes")
WriteMounts = Callable[[str, str], Path]


@pytest.fixture
def proc(tmp_path: Path) -> WriteMounts:
    """Write what the kernel shows of a process's mounts and groups; returns the folder."""

    def write(mountinfo: str, groups: str) -> Path:
        folder = tmp_path / "proc"
        folder.mkdir()
        (folder / "mountinfo").write_text(mountinfo)
        (folder / "cgroup").write_text(groups)
        return folder

    return write


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Have new folders filled with a version's files, and removed with them, as the kernel does."""

    def pretend(version: int) -> None:
        make = Path.mkdir

        def mkdir(path: Path) -> None:
            make(path)
            for name in FILES[version]:
                (path / name).touch()

        monkeypatch.setattr(Path, "mkdir", mkdir)
        monkeypatch.setattr(Path, "rmdir", shutil.rmtree)

    return pretend


def test_version_1_groups_are_made_below_our_own(tmp_path: Path, proc: WriteMounts) -> None:
    """A tree a controller, each at our own place in it; what hides above the mount's root is left out."""
    memory, cpu = tmp_path / "memory", tmp_path / "cpu,cpuacct"
    (memory / "ours").mkdir(parents=True)
    cpu.mkdir()
    folder = proc(
        f"32 31 0:29 /hidden {cpu} rw - cgroup cgroup rw,cpu,cpuacct\n"
        f"35 31 0:32 / {memory} rw,relatime shared:7 - cgroup cgroup rw,memory\n"
        f"36 31 0:33 / /somewhere rw - tmpfs tmpfs rw\n",
        "4:memory:/ours\n1:cpu,cpuacct:/hidden\n0::/\n",
    )
    assert find_hierarchies(folder) == [Hierarchy(1, (MEMORY,), memory / "ours"), Hierarchy(1, (CPU,), cpu)]


@pytest.mark.parametrize(
    ("passed_on", "expected"),
    [
        ({"": "cpu memory pids", "a": "memory", "a/b": ""}, ("", (MEMORY, CPU))),
        ({"": "cpu memory", "a": "memory pids cpu", "a/b": ""}, ("a", (MEMORY, CPU))),
        ({"": "", "a": "memory", "a/b": ""}, ("a", (MEMORY,))),
        ({"": "", "a": "pids", "a/b": ""}, None),
    ],
)
def test_version_2_groups_are_made_where_controllers_are_passed_on(
    tmp_path: Path, proc: WriteMounts, passed_on: dict[str, str], expected: tuple[str, tuple[str, ...]] | None
) -> None:
    """Our own group holds processes and passes nothing on: the nearest ancestor with both controllers, or with one."""
    mount = tmp_path / "cgroup"
    (mount / "a" / "b").mkdir(parents=True)
    for path, controllers in passed_on.items():
        (mount / path / "cgroup.subtree_control").write_text(controllers + "\n")
    folder = proc(f"30 23 0:26 / {mount} rw - cgroup2 cgroup2 rw\n", "0::/a/b\n")
    found = find_hierarchies(folder)
    assert found == ([] if expected is None else [Hierarchy(2, expected[1], mount / expected[0])])


def test_version_1_limits_are_written_and_figures_read(tmp_path: Path, kernel: Callable[[int], None]) -> None:
    """Memory with swap, half a processor as 50 ms in 100; resident and shared memory, and kills."""
    kernel(1)
    group = ControlGroup.make([Hierarchy(1, (MEMORY, CPU), tmp_path)], "g", 300 * MIB, 0.5)
    folder = tmp_path / "g"
    assert (folder / "memory.limit_in_bytes").read_text() == str(300 * MIB)
    assert (folder / "memory.memsw.limit_in_bytes").read_text() == str(300 * MIB)
    assert (folder / "cpu.cfs_quota_us").read_text() == "50000"
    assert (folder / "cpu.cfs_period_us").read_text() == "100000"
    (folder / "memory.stat").write_text("cache 900\nrss 400\nmapped_file 70\nshmem 5\n")
    (folder / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    assert (group.held_bytes(), group.oom_kills()) == (405, 2)
    group.end()
    assert not folder.exists()


def test_version_2_limits_are_written_and_figures_read(tmp_path: Path, kernel: Callable[[int], None]) -> None:
    """The same in the other version's files; a group that is gone shows nothing, and may be ended twice."""
    kernel(2)
    group = ControlGroup.make([Hierarchy(2, (MEMORY, CPU), tmp_path)], "g", 300 * MIB, 1.5)
    folder = tmp_path / "g"
    assert (folder / "memory.max").read_text() == str(300 * MIB)
    assert (folder / "memory.swap.max").read_text() == "0"
    assert (folder / "cpu.max").read_text() == "150000 100000"
    (folder / "memory.stat").write_text("anon 400\nfile 900\nshmem 5\n")
    (folder / "memory.events").write_text("low 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n")
    assert (group.held_bytes(), group.oom_kills()) == (405, 1)
    group.end()
    group.end()
    assert (group.held_bytes(), group.oom_kills()) == (0, 0)


def test_a_kernel_that_refuses_a_limit_leaves_nothing_behind(tmp_path: Path) -> None:
    """Plain folders have no file to write a limit to, as groups whose controller is off; the report has the reason."""
    hierarchies = [Hierarchy(1, (MEMORY,), tmp_path)]
    with pytest.raises(FileNotFoundError):
        ControlGroup.make(hierarchies, "g", MIB, 1.0)
    assert not list(tmp_path.iterdir())
    usable = usable_hierarchies("g", MIB, 1.0, hierarchies)
    assert not usable.hierarchies
    assert not usable.limits.memory
    assert usable.limits.reason == "memory: No such file or directory"


def test_a_folder_that_cannot_be_removed_does_not_keep_the_others(
    tmp_path: Path, kernel: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every controller's folder is tried; the error names the one that is left."""
    hierarchies = [Hierarchy(1, (name,), tmp_path / name) for name in (MEMORY, CPU)]
    for hierarchy in hierarchies:
        hierarchy.folder.mkdir()
    kernel(1)
    group = ControlGroup.make(hierarchies, "group", 64 * MIB, 0.5)

    def rmdir(path: Path) -> None:
        if path.parent.name == MEMORY:
            raise OSError
        shutil.rmtree(path)

    monkeypatch.setattr(Path, "rmdir", rmdir)
    monkeypatch.setattr(cgroup, "END_S", 0.0)
    with pytest.raises(BenchError, match=r"memory/group$"):
        group.end()
    assert not (tmp_path / CPU / "group").exists()


def test_a_kernel_without_control_groups_has_none(tmp_path: Path) -> None:
    """Off Linux there is neither file, and with some kernels one of the two: nowhere to make groups, no traceback."""
    assert find_hierarchies(tmp_path) == []
    (tmp_path / "mountinfo").write_text("1 0 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
    assert find_hierarchies(tmp_path) == []


def test_where_there_are_no_groups_the_reason_says_so() -> None:
    """As in most containers."""
    limits = usable_hierarchies("g", MIB, 1.0, []).limits
    assert (limits.memory, limits.cpu) == (False, False)
    assert limits.reason == "no control group for memory and cpu may be made here"


def test_without_groups_a_command_is_started_as_it_is() -> None:
    """What enters no group still becomes the command, arguments and all."""
    command = ControlGroup((), "g").entering(["printf", "%s|", "a b", "--"])
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"a b|--|"


@pytest.fixture
def real() -> tuple[Hierarchy, ...]:
    """Where groups can really be made."""
    usable = usable_hierarchies(f"test-burst-{os.getpid()}-try", 64 * MIB, 0.5)
    if not usable.limits.memory:
        pytest.skip(f"memory cannot be limited here: {usable.limits.reason}")
    return usable.hierarchies


def test_a_greedy_process_is_killed_at_the_limit_and_counted(real: tuple[Hierarchy, ...]) -> None:
    """For real: 200 MiB asked for within 64."""
    group = ControlGroup.make(real, f"test-burst-{os.getpid()}", 64 * MIB, 0.5)
    try:
        greedy = group.entering([sys.executable, "-c", "held = bytearray(200 << 20); print(len(held))"])
        done = subprocess.run(greedy, capture_output=True, check=False)
        assert done.returncode == -9
        assert group.oom_kills() == 1
    finally:
        group.end()
    assert group.oom_kills() == 0


def test_ending_a_group_kills_what_is_in_it(real: tuple[Hierarchy, ...]) -> None:
    """For real: a process and its child, which knows nothing of us, are gone with the group, and are seen before."""
    group = ControlGroup.make(real, f"test-burst-{os.getpid()}", 64 * MIB, 0.5)
    script = "import subprocess, sys; held = bytearray(20 << 20); child = subprocess.Popen(['sleep', '60']); "
    script += "print(child.pid, flush=True); child.wait()"
    process = subprocess.Popen(group.entering([sys.executable, "-c", script]), stdout=subprocess.PIPE)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        assert group.held_bytes() > 20 * MIB
    finally:
        group.end()
    assert process.wait() == -9
    process.stdout.close()
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] in {"X", "Z"}
    assert not any((hierarchy.folder / f"test-burst-{os.getpid()}").exists() for hierarchy in real)
