"""What is to be read: paths, patterns, folders, stdin and URLs, and their bytes."""

import glob
import itertools
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import urlsplit

from app.errors import BodyTooLargeError
from app.fetching.remote_image import ImageSource, RemoteImage

STDIN = "-"
_STDIN = 0
_URLS = ("http://", "https://")
_CHUNK_BYTES = 1 << 20
_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".pdf"})
"""Of files that are read where a folder is named; a file that is named itself is read whatever it is called."""


class NothingThereError(Exception):
    """What was named cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read. name: as the user knows it. folder: in which it was looked for, absolute; None: in none."""

    name: str
    folder: Path | None = None

    @property
    def path(self) -> Path:
        """Where the file lies, or what one of its name would be called: stdin has none, nor has a URL."""
        if self.folder:
            return _absolute(self.name)
        if self.name == STDIN:
            return Path("stdin")
        address = urlsplit(self.name)
        return Path(PurePosixPath(address.path).name or address.hostname or "url")

    def load(self, most_bytes: int) -> ImageSource:
        """Its bytes; of a URL where they lie.

        Raises:
            NothingThereError: It cannot be read.
            BodyTooLargeError: There are more than *most_bytes*.
        """
        is_stdin = not self.folder and self.name == STDIN
        if not self.folder and not is_stdin:
            return RemoteImage(self.name)
        try:
            # Not Python's own stdin: it is locked while somebody waits for more, and the command may have to end then.
            with open(_STDIN if is_stdin else self.name, "rb", closefd=not is_stdin) as file:
                return _bytes(file, most_bytes)
        except IsADirectoryError:
            raise NothingThereError("is a folder; --recursive reads what is in it") from None
        except OSError as error:
            raise NothingThereError(error.strerror or str(error)) from None


def find(names: Iterable[str], *, recursive: bool, without: Path | None, literal: bool = False) -> Iterator[Source]:
    """The sources that *names* stand for, each once, in their order; what a pattern or a folder stands for by name.

    *recursive*: folders stand for what is in them, but not for what is in the folder *without*. *literal*: no name is a
    pattern, or means stdin. What is not there is a source, too, which says so when it is loaded.
    """
    seen, without = set(), without and _absolute(str(without))
    for name in names:
        for source in _found(name, recursive=recursive, without=without, literal=literal):
            what = source.path if source.folder else source
            if what not in seen:
                seen.add(what)
                yield source


def listed(file: str) -> Sequence[str]:
    """The names in *file*, or in stdin: with NUL between them where there is one, else a line each.

    Raises:
        OSError: It cannot be read.
    """
    if file == STDIN:
        content = sys.stdin.buffer.read()
    else:
        with open(file, "rb") as opened:
            content = opened.read()
    names = content.split(b"\0") if b"\0" in content else content.splitlines()
    return [os.fsdecode(name) for name in names if name]


def _found(name: str, *, recursive: bool, without: Path | None, literal: bool) -> Iterator[Source]:
    if name.startswith(_URLS) or (name == STDIN and not literal):
        yield Source(name)
    elif recursive and os.path.isdir(name):
        yield from _within(name, without)
    elif literal or os.path.lexists(name) or not glob.has_magic(name):
        yield Source(name, _absolute(name).parent)
    else:
        matches = sorted(match for match in glob.iglob(name, recursive=True) if not os.path.isdir(match))
        yield from (Source(match, _fixed_part(name)) for match in matches or [name])


def _within(folder: str, without: Path | None) -> Iterator[Source]:
    root, closed = _absolute(folder), list[OSError]()
    for place, folders, files in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(each for each in folders if _absolute(os.path.join(place, each)) != without)
        for file in sorted(files):
            if Path(file).suffix.lower() in _SUFFIXES:
                yield Source(os.path.join(place, file), root)
    yield from (Source(error.filename, root) for error in closed)  # which cannot be loaded either


def _fixed_part(pattern: str) -> Path:
    """The folder below which all that *pattern* matches lies."""
    return _absolute(os.path.join("", *itertools.takewhile(lambda part: not glob.has_magic(part), Path(pattern).parts)))


def _absolute(name: str) -> Path:
    """*name* from the root on; links are not followed, as resolve() would."""
    return Path(os.path.abspath(name))


def _bytes(file: BinaryIO, most: int) -> bytes:
    """All of *file*, which may be a pipe."""
    status = os.fstat(file.fileno())
    if stat.S_ISREG(status.st_mode):
        _check(status.st_size, most)
        return file.read()
    chunks, total = [], 0
    while chunk := file.read(_CHUNK_BYTES):
        chunks.append(chunk)
        total += len(chunk)
        _check(total, most)
    return b"".join(chunks)


def _check(size: int, most: int) -> None:
    if size > most:
        raise BodyTooLargeError(f"{size} bytes > {most} allowed (OCR_MAX_BYTES)")
