"""What names stand for."""

import io
import os
import sys
from pathlib import Path

import pytest

from app.command_line import sources
from app.command_line.sources import NothingThereError, Source, find, listed
from app.errors import BodyTooLargeError
from app.fetching.remote_image import RemoteImage

TREE = ("b.png", "a.jpg", "notes.txt", "sub/c.PDF", "sub/deep/d.tiff", "sub/deep/e.md", "out/f.pdf", "[x].png")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Files in folders, one of them the current one."""
    for name in TREE:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*given, recursive=False, without=None, literal=False):
    """Return the names of what *given* ones stand for."""
    return [source.name for source in find(given, recursive=recursive, without=without, literal=literal)]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["b.png", "a.jpg"], ["b.png", "a.jpg"]),
        (["*.png"], ["[x].png", "b.png"]),
        (["sub/**/*.*"], ["sub/c.PDF", "sub/deep/d.tiff", "sub/deep/e.md"]),
        (["./a.*", "a.jpg"], ["./a.jpg"]),
        (["*"], ["[x].png", "a.jpg", "b.png", "notes.txt"]),
        (["*.gif"], ["*.gif"]),
        (["[x].png"], ["[x].png"]),
        (["none.png", "sub"], ["none.png", "sub"]),
        (["-", "https://host/a.png"], ["-", "https://host/a.png"]),
    ],
    ids=str,
)
def test_names(tree, given, found):
    """Paths are themselves, in their order; patterns what matches, by name; each file comes once."""
    assert names(*given) == found


def test_folders(tree):
    """What can be read in one and below it, but not in the one where answers go."""
    assert names("sub", "a.jpg", recursive=True) == ["sub/c.PDF", "sub/deep/d.tiff", "a.jpg"]
    everything = ["./[x].png", "./a.jpg", "./b.png", "./out/f.pdf", "./sub/c.PDF", "./sub/deep/d.tiff"]
    assert names(".", recursive=True) == everything
    assert names(".", recursive=True, without=tree / "out") == [name for name in everything if "out" not in name]


def test_folders_that_are_closed_are_told(tree, monkeypatch):
    """What lies in one is not left out without a word."""
    look = os.scandir

    def scandir(folder):
        if str(folder).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(folder))
        return look(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    assert names("sub", recursive=True) == ["sub/c.PDF", "sub/deep"]


def test_names_of_a_list_are_no_patterns(tree):
    """A list holds what there is, whatever it is called."""
    assert names("[x].png", "*.png", "-", literal=True) == ["[x].png", "*.png", "-"]
    assert next(iter(find(["-"], recursive=False, without=None, literal=True))).folder


@pytest.mark.parametrize("content", [b"a.jpg\nb c.png\n\n", b"a.jpg\0b c.png\0", b"a.jpg\r\nb c.png"])
def test_lists(tree, monkeypatch, content):
    """A line each, or NUL between them, in a file or from stdin."""
    Path("list").write_bytes(content)
    assert listed("list") == ["a.jpg", "b c.png"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert listed("-") == ["a.jpg", "b c.png"]


def test_nul_keeps_line_breaks_of_names(tree):
    """That is what it is for."""
    Path("list").write_bytes(b"a\nb.png\0")
    assert listed("list") == ["a\nb.png"]


def test_bytes(tree):
    """Of files and of pipes; of a URL where it lies."""
    assert Source("a.jpg", tree).load(100) == b"a.jpg"
    reading, writing = os.pipe()
    os.write(writing, b"piped")
    os.close(writing)
    assert Source(f"/dev/fd/{reading}", Path("/dev/fd")).load(5) == b"piped"
    os.close(reading)
    assert isinstance(Source("https://host/a.png").load(1), RemoteImage)


def test_what_cannot_be_read_says_why(tree):
    """In the words of the system; of a folder with what would help."""
    for name, why in (("none", "No such file"), ("a.jpg/b", "Not a directory"), ("sub", "--recursive")):
        with pytest.raises(NothingThereError, match=why):
            Source(name, tree).load(100)


def test_too_much_is_not_read(tree, monkeypatch):
    """A file's size is looked at before it is read, and a pipe is read no further than that."""
    with pytest.raises(BodyTooLargeError, match=r"5 bytes > 4 allowed \(OCR_MAX_BYTES\)"):
        Source("a.jpg", tree).load(4)
    monkeypatch.setattr(sources, "_CHUNK_BYTES", 4)
    with pytest.raises(BodyTooLargeError, match="8 bytes > 7 allowed"):
        Source("/dev/zero", Path("/dev")).load(7)
