"""The file of keys: what it may hold, and how it is changed while the service runs."""

import logging
import os

import pytest

from app.access.key_file import KeyFile
from app.access.keys import Seal, find
from app.errors import ConfigurationError

OLD, NEW, THIRD = "old-key-old-key-old", "new-key-new-key-new", "third-key-third-key"
SEAL = Seal()


@pytest.fixture
def path(tmp_path):
    """Return a file with the old key."""
    path = tmp_path / "keys"
    path.write_text(f"{OLD}\n")
    return path


def admitted(file):
    """Return which of the three keys are let in."""
    return [key for key in (OLD, NEW, THIRD) if find(file.current(), SEAL(key))]


def look_again(file, clock):
    """Return which keys are let in a second later."""
    clock.now += 1
    return admitted(file)


def test_a_key_a_line(path, clock):
    """Comments, blank lines, blanks around a key, Windows' line ends and its mark at the front are passed over."""
    path.write_bytes(f"\ufeff# of the shop\r\n\r\n  {OLD} \r\n# {THIRD}\r\n\t{NEW}".encode())
    file = KeyFile(path, SEAL, clock)
    assert admitted(file) == [OLD, NEW]
    assert [key.name for key in file.current()] == ["file-1", "file-2"]


def test_a_file_that_is_replaced_is_read_again(path, clock):
    """Another file of the same name, size and time lets its keys in, and the old ones no longer."""
    file = KeyFile(path, SEAL, clock)
    before = path.stat()
    other = path.with_name("other")
    other.write_text(f"{NEW}\n")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)
    assert path.stat().st_size == before.st_size
    assert look_again(file, clock) == [NEW]


def test_a_file_that_is_written_to_is_read_again(path, clock):
    """A key that is added in place is let in, beside the old one."""
    file = KeyFile(path, SEAL, clock)
    with path.open("a") as more:
        more.write(f"{NEW}\n")
    assert look_again(file, clock) == [OLD, NEW]


def test_a_swapped_symbolic_link_is_followed(tmp_path, clock):
    """As Kubernetes changes a secret: the file is a link through a folder that is a link, and that one is swapped."""
    for name, key in (("..one", OLD), ("..two", NEW)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "keys").write_text(key)
    (tmp_path / "..data").symlink_to("..one")
    (tmp_path / "keys").symlink_to("..data/keys")
    file = KeyFile(tmp_path / "keys", SEAL, clock)
    assert look_again(file, clock) == [OLD]
    (tmp_path / "..next").symlink_to("..two")
    (tmp_path / "..next").replace(tmp_path / "..data")
    assert look_again(file, clock) == [NEW]


def test_the_file_is_looked_at_once_a_second_at_most(path, clock, monkeypatch):
    """However many requests come, the file system is asked once in a second."""
    file = KeyFile(path, SEAL, clock)
    looks = []
    monkeypatch.setattr(KeyFile, "_signature", lambda self: looks.append(1) or self._seen)
    for _ in range(100):
        file.current()
    assert looks == []
    clock.now += 1
    for _ in range(100):
        file.current()
    assert looks == [1]


@pytest.mark.parametrize("bad", [None, "", "# nothing\n\n", f"{NEW}\nshort\n", "\0" * 40, "x" * 2_000_000])
def test_a_file_that_cannot_be_used_leaves_the_keys_as_they_were(path, clock, caplog, bad):
    """A file that is gone, empty or wrong is warned of once, shows no key, and locks nobody out; the next good one is
    read.
    """
    file = KeyFile(path, SEAL, clock)
    if bad is None:
        path.unlink()
    else:
        path.write_text(bad)
    with caplog.at_level(logging.WARNING):
        assert [look_again(file, clock) for _ in range(3)] == [[OLD]] * 3
    assert [record.message for record in caplog.records] == ["keys file unusable, the keys before it stay"]
    assert "new-key" not in str(vars(caplog.records[0]))
    path.write_text(f"{NEW}\n{THIRD}\n")
    assert look_again(file, clock) == [NEW, THIRD]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        ("", "holds no key"),
        ("# nothing\n", "holds no key"),
        ("short\n", "key 1 has 5 characters < 16 needed"),
        ("x" * 2_000_000, "more than the 1048576 bytes allowed"),
    ],
)
def test_a_bad_file_at_the_start_stops_it(tmp_path, clock, content, complaint):
    """At first there is nothing to fall back on: one line says which file, and what is the matter with it."""
    path = tmp_path / "keys"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError) as caught:
        KeyFile(path, SEAL, clock)
    assert str(caught.value) == f"OCR_API_KEYS_FILE={str(path)!r}: {complaint}"


def test_what_is_no_file_is_not_waited_for(tmp_path, clock):
    """A folder, and a pipe that nobody writes to, stop the start instead of hanging it."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConfigurationError, match="not a file"):
        KeyFile(tmp_path / "pipe", SEAL, clock)
    with pytest.raises(ConfigurationError, match="not a file"):
        KeyFile(tmp_path, SEAL, clock)


def test_a_process_that_replaces_another_starts_closed(tmp_path, clock, caplog):
    """Where the file is bad while a worker is replaced, nobody is let in by it until it is good, and nothing ends."""
    path = tmp_path / "keys"
    with caplog.at_level(logging.WARNING):
        file = KeyFile(path, SEAL, clock, lenient=True)
    assert [record.message for record in caplog.records] == ["keys file unusable, nobody is let in by it"]
    assert look_again(file, clock) == []
    path.write_text(NEW)
    assert look_again(file, clock) == [NEW]
