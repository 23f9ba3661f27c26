"""Where answers go, and that none is ever there by half."""

import os
from pathlib import Path

import pytest

from app.command_line.destinations import folder, one_file
from app.command_line.sources import Source, find
from app.errors import InvalidOptionError


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Be in an empty folder, whose path is short in what is compared."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def where(*given, suffix=".txt", directory="out", recursive=False):
    """Return the files below *directory* to which the answers of what *given* names stand for go."""
    found = list(find(given, recursive=recursive, without=None))
    goes = folder(found, Path(directory), suffix)
    for source in found:
        goes.write(source, source.name.encode())
    written = sorted(path for path in Path(directory).rglob("*") if path.is_file())
    return {path.read_text(): str(path.relative_to(directory)) for path in written}


def touch(*names):
    """Make empty files."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (["a.jpg"], ["a.txt"]),
        (["in/a.jpg"], ["a.txt"]),
        (["in/a.jpg", "in/sub/b.pdf"], ["a.txt", "sub/b.txt"]),
        (["a.jpg", "in/a.jpg"], ["a.txt", "in/a.txt"]),
        (["../a.jpg", "b.jpg"], ["a.txt", "{here}/b.txt"]),
        (["a.jpg", "a.png", "b.png"], ["a.jpg.txt", "a.png.txt", "b.txt"]),
        (["README", ".hidden", "a.b.c"], ["README.txt", ".hidden.txt", "a.b.txt"]),
        (["-"], ["stdin.txt"]),
        (["/"], [".txt"]),
        (["https://host/x/scan.pdf?key=1", "https://host/"], ["scan.txt", "host.txt"]),
    ],
    ids=str,
)
def test_names(place, given, written):
    """As the source is called, below the folders that not all share; in full where else two would be the same."""
    assert where(*given) == {name: path.format(here=place.name) for name, path in zip(given, written, strict=True)}


def test_folders_of_patterns_and_folders_are_kept(place):
    """All that lies below what was named lies there again, however little of it there is."""
    touch("in/x/y/a.png", "in/x/y/b.png")
    both = {"in/x/y/a.png": "x/y/a.txt", "in/x/y/b.png": "x/y/b.txt"}
    assert where("in/**/*.png", directory="first") == both
    assert where("in", directory="second", recursive=True) == both


def test_names_of_the_current_folder_are_no_patterns(place, monkeypatch):
    """However it is called."""
    touch("[here]/x/a.png")
    monkeypatch.chdir("[here]")
    assert where("*/*.png") == {"x/a.png": "x/a.txt"}


@pytest.mark.parametrize(
    "given", [["https://a/x.png", "https://b/x.png"], ["stdin", "-"], ["a.jpg", "a.png", "a.jpg.png"]]
)
def test_two_answers_in_one_file_are_refused(given):
    """Rather than one of them lost."""
    with pytest.raises(InvalidOptionError, match="would both be written to out/"):
        where(*given)


def test_nothing_is_written_over_what_it_is_read_from():
    """Whatever else may be written over."""
    touch("a.pdf")
    with pytest.raises(InvalidOptionError, match=r"a.pdf would be written over itself"):
        where("a.pdf", suffix=".pdf", directory=".")
    Path("link.txt").symlink_to("a.pdf")
    with pytest.raises(InvalidOptionError, match="over itself"):
        one_file([Source("a.pdf", Path.cwd())], Path("link.txt"))


def test_one_file_is_for_one():
    """More are not written behind each other."""
    with pytest.raises(InvalidOptionError, match="2 are to be read"):
        one_file([Source("a", Path("/")), Source("b", Path("/"))], Path("out"))


def test_what_cannot_be_written_leaves_nothing(place, monkeypatch):
    """Neither half of it nor another file; and what was there is there."""
    source = Source("a.jpg", place)
    goes = one_file([source], Path("out/a.txt"))
    touch("out/a.txt")
    monkeypatch.setattr(Path, "replace", lambda *_: Path("/nowhere").rename("/nothing"))
    with pytest.raises(FileNotFoundError):
        goes.write(source, b"text")
    assert [(path.name, path.read_bytes()) for path in Path("out").iterdir()] == [("a.txt", b"")]


def test_it_is_readable_as_any_new_file(place):
    """The user's mask decides."""
    source, mask = Source("a.jpg", place), os.umask(0o027)
    try:
        one_file([source], Path("a.txt")).write(source, b"text")
    finally:
        os.umask(mask)
    assert Path("a.txt").stat().st_mode & 0o777 == 0o640


def test_devices_are_written_to(place):
    """And not replaced by a file."""
    source = Source("a.jpg", place)
    goes = one_file([source], Path("/dev/null"))
    assert not goes.has(source)
    goes.write(source, b"text")
    assert Path("/dev/null").is_char_device()
