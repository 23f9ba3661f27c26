"""Which groups hold a process: with what the kernel shows of hosts, containers and odd places."""

import pytest

from app.control_groups import own_folders

V1 = "32 31 0:29 {root} {point} rw,relatime shared:7 - cgroup cgroup rw,cpu,cpuacct\n"
V2 = "30 23 0:26 {root} {point} rw - cgroup2 cgroup2 rw,nsdelegate\n"
OTHER = "36 31 0:33 / /somewhere rw - tmpfs tmpfs rw\n35 31 0:32 / /other rw - cgroup cgroup rw,memory\n"


@pytest.fixture
def folders(tmp_path):
    """The groups that limit the processors of a process with this mountinfo and cgroup, as version and path."""

    def find(mountinfo, groups):
        (tmp_path / "mountinfo").write_bytes(mountinfo)
        if groups is not None:
            (tmp_path / "cgroup").write_text(groups)
        return [(version, str(folder)) for version, folder in own_folders("cpu", tmp_path)]

    return find


def line(template, root="/", point="/cg"):
    """One line of mountinfo."""
    return template.format(root=root, point=point).encode()


@pytest.mark.parametrize(("version", "template", "name"), [(1, V1, "3:cpu,cpuacct"), (2, V2, "0:")])
class TestBothVersions:
    """What holds for a tree of either version."""

    def test_a_host_shows_the_group_and_all_above(self, folders, version, template, name):
        """From the innermost to the top."""
        expected = [(version, path) for path in ("/cg/user/session", "/cg/user", "/cg")]
        assert folders(line(template) + OTHER.encode(), f"{name}:/user/session\n") == expected

    def test_a_container_in_a_namespace_is_at_the_top(self, folders, version, template, name):
        """Its tree begins with it."""
        assert folders(line(template), f"{name}:/\n") == [(version, "/cg")]

    def test_a_container_without_a_namespace_sees_its_own_part(self, folders, version, template, name):
        """The path is the host's, the mount shows the tree from the container on."""
        mount = line(template, root="/docker/1a2b")
        assert folders(mount, f"{name}:/docker/1a2b\n") == [(version, "/cg")]
        assert folders(mount, f"{name}:/docker/1a2b/inner\n") == [(version, "/cg/inner"), (version, "/cg")]

    @pytest.mark.parametrize("group", ["/elsewhere", "/../beside"])
    def test_a_group_that_is_not_shown_is_stood_for_by_the_top(self, folders, version, template, name, group):
        """As of a process that was moved out of its namespace."""
        root = "/docker" if group == "/elsewhere" else "/"
        assert folders(line(template, root=root), f"{name}:{group}\n") == [(version, "/cg")]

    def test_paths_are_unescaped(self, folders, version, template, name):
        """A space is written as three octal digits; bytes that are no UTF-8 in other lines do no harm."""
        mount = line(template, point="/c\\040g")
        assert folders(mount + b"9 9 0:9 / /\xff rw - tmpfs tmpfs rw\n", f"{name}:/\n") == [(version, "/c g")]


@pytest.mark.parametrize(("version", "template"), [(1, V1), (2, V2)])
def test_a_kernel_that_hides_the_group_leaves_the_top(folders, version, template):
    """The tree is mounted, ``/proc/self/cgroup`` is not to be had."""
    assert folders(line(template), None) == [(version, "/cg")]


def test_a_tree_of_other_controllers_is_left_out(folders):
    """Version 1 has a tree a controller."""
    assert folders(OTHER.encode(), "4:memory:/\n") == []


def test_trees_of_both_versions_count(folders):
    """A host in between the two has both, with the controllers in one of them."""
    mounts = line(V1, point="/one") + line(V2, point="/two")
    assert folders(mounts, "1:cpu,cpuacct:/a\n0::/\n") == [(1, "/one/a"), (1, "/one"), (2, "/two")]


def test_off_linux_there_are_none(tmp_path):
    """Neither file is there."""
    assert list(own_folders("cpu", tmp_path)) == []
