"""Memory that goes from process to process as an open file."""

import os

import pytest

from app.processes import shared_memory


def test_what_one_writes_the_other_reads():
    """Both see the same bytes, and attaching closes the descriptor."""
    file, memory = shared_memory.create(10_000)
    memory[5:8] = b"abc"
    again = os.dup(file)
    other = shared_memory.attach(again, 10_000)
    assert other[5:8] == b"abc"
    memory[5:6] = b"x"
    assert other[5:8] == b"xbc"
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(again)
    os.close(file)


def test_memory_that_is_smaller_than_said_is_refused():
    """Reading beyond its end would end the process."""
    file, _ = shared_memory.create(100)
    with pytest.raises(ValueError, match="100 bytes of 101"):
        shared_memory.attach(file, 101)


def test_memory_cannot_be_made_smaller_afterwards():
    """Whoever still has it cannot pull it away."""
    file, _ = shared_memory.create(100)
    shared_memory.attach(os.dup(file), 100)
    with pytest.raises(PermissionError):
        os.ftruncate(file, 10)
    os.close(file)


def test_a_file_that_is_no_memory_is_refused(tmp_path):
    """A file on a disk could be changed by anybody."""
    path = tmp_path / "file"
    path.write_bytes(bytes(100))
    with pytest.raises(OSError, match="argument"):
        shared_memory.attach(os.open(path, os.O_RDWR), 100)


@pytest.mark.parametrize("data", [b"", b"abc", bytes(range(256)) * 40_000])
def test_what_is_held_is_read_as_often_as_it_is_handed_on(data):
    """All of it, from the beginning, whoever read before; reading closes the descriptor that was read."""
    file = shared_memory.hold(data)
    for _ in range(2):
        again = os.dup(file)
        assert shared_memory.read(again) == data
        with pytest.raises(OSError, match="descriptor"):
            os.fstat(again)
    os.close(file)
