"""Entries on disk: found by their traits, whole or not at all, and never more than a few."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from app.engines.compile_cache import CompileCache, CompileCacheError, file_digest

TRAITS = {"cpu": "x86 avx2", "model": "abc"}
BLOBS = [bytes(range(256)) * 40, b"", b"\x01" * 5000]


@pytest.fixture
def cache(tmp_path):
    """A cache whose directory is not there yet."""
    return CompileCache(tmp_path / "new" / "cache")


def only_file(tmp_path):
    """Return the one file that there is."""
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    return path


def test_what_is_written_is_read(cache, tmp_path):
    """Description and blobs come back as they were, in memory that begins with a page and may be written to."""
    cache.write(TRAITS, {"alphabet": ["", "é", "𠀀"], "n": 3}, BLOBS)
    entry = cache.read(dict(reversed(TRAITS.items())))
    assert entry.description == {"alphabet": ["", "é", "𠀀"], "n": 3}
    assert [blob.tobytes() for blob in entry.blobs] == BLOBS
    assert all(blob.ctypes.data % 4096 == 0 for blob in entry.blobs if blob.size)
    entry.blobs[0][:] = 7
    assert cache.read(TRAITS).blobs[0].tobytes() == BLOBS[0]


@pytest.mark.parametrize("other", [{**TRAITS, "cpu": "x86"}, {**TRAITS, "more": ""}, {"cpu": "x86 avx2"}, {}])
def test_other_traits_find_nothing(cache, other):
    """Whatever differs, there is no entry; nor is there one in a directory that does not exist."""
    assert cache.read(other) is None
    cache.write(TRAITS, {}, BLOBS)
    assert cache.read(other) is None


def test_every_damaged_byte_is_noticed(cache, tmp_path):
    """A bit that flips anywhere but in the padding between, or an end that is missing, is an error and no entry."""
    cache.write(TRAITS, {"n": 3}, [b"\x55" * 300, b"\xaa" * 300])
    path = only_file(tmp_path)
    sound = path.read_bytes()
    covered = [*range(len(sound.rstrip(b"\xaa\x55\0"))), 4096, 4395, 8192, len(sound) - 1]
    for position in covered:
        path.write_bytes(sound[:position] + bytes([sound[position] ^ 4]) + sound[position + 1 :])
        with pytest.raises(CompileCacheError, match=str(path)):
            cache.read(TRAITS)
    for length in (0, 1, 15, 100, 4096, 4100, len(sound) - 1):
        path.write_bytes(sound[:length])
        with pytest.raises(CompileCacheError):
            cache.read(TRAITS)
    path.write_bytes(sound)
    assert cache.read(TRAITS)


def test_an_entry_under_anothers_name_is_refused(cache, tmp_path):
    """An entry says itself what it is of: a file that was renamed is not taken for another."""
    cache.write(TRAITS, {}, BLOBS)
    first = only_file(tmp_path).rename(tmp_path / "kept")
    cache.write({"cpu": "other"}, {}, BLOBS)
    other = next(path for path in tmp_path.rglob("*.compiled"))
    first.rename(other)
    with pytest.raises(CompileCacheError, match="another's"):
        cache.read({"cpu": "other"})


def test_many_writers_leave_one_whole_entry(cache, tmp_path):
    """Workers that start at once write the same entry: whoever reads meanwhile finds none or a whole one."""
    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(cache.write, TRAITS, {}, BLOBS) for _ in range(40)]
        while not all(write.done() for write in writes):
            entry = cache.read(TRAITS)
            assert entry is None or [blob.tobytes() for blob in entry.blobs] == BLOBS
    for write in writes:
        write.result()
    assert only_file(tmp_path).stat().st_mode & 0o777 == 0o644


def test_a_failed_write_leaves_nothing(cache, tmp_path, monkeypatch):
    """A full disk is an error that names the directory; what was written so far is deleted."""

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CompileCacheError, match="cache cannot be written: No space"):
        cache.write(TRAITS, {}, BLOBS)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_directory_that_cannot_be_made_is_an_error(tmp_path):
    """Where a file stands in the way, reading finds nothing, or says why, and writing fails as it should."""
    (tmp_path / "file").touch()
    cache = CompileCache(tmp_path / "file" / "cache")
    with pytest.raises(CompileCacheError):
        cache.read(TRAITS)
    with pytest.raises(CompileCacheError):
        cache.write(TRAITS, {}, BLOBS)


def test_old_entries_go(cache, tmp_path):
    """Eight are kept, the newest; what a writer that was killed left behind goes after an hour, not before."""
    cache.write({"number": "0"}, {}, [b"x"])
    directory = only_file(tmp_path).parent
    hour_ago = time.time() - 3700
    for name in ("stale.partial", "young.partial"):
        (directory / name).touch()
    os.utime(directory / "stale.partial", (hour_ago, hour_ago))
    for number in range(1, 10):
        for path in directory.glob("*.compiled"):
            os.utime(path, ns=(0, path.stat().st_mtime_ns - 10**9))
        cache.write({"number": str(number)}, {}, [b"x"])
    assert [number for number in range(10) if cache.read({"number": str(number)})] == [*range(2, 10)]
    assert [path.name for path in directory.glob("*.partial")] == ["young.partial"]


def test_a_digest_is_of_the_content(tmp_path):
    """The same bytes have the same digest, in pieces or not; others another one."""
    large = np.arange(600_000, dtype=np.int32).tobytes()
    (tmp_path / "a").write_bytes(large)
    (tmp_path / "b").write_bytes(large)
    (tmp_path / "c").write_bytes(large[:-1] + b"\xff")
    assert file_digest(tmp_path / "a") == file_digest(tmp_path / "b") != file_digest(tmp_path / "c")
