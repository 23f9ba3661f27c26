"""Where answers go: stdout, or files, each of which takes its name only when it is whole."""

import errno
import os
import sys
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from app.command_line.sources import Source
from app.errors import InvalidOptionError


class Destination(Protocol):
    """Where the answers of sources go."""

    def has(self, source: Source) -> bool:
        """Whether there is one of *source* already."""
        ...

    def write(self, source: Source, answer: bytes) -> None:
        """Put it there.

        Raises:
            OSError: That is not possible.
        """
        ...


class Output:
    """Stdout. *above*: whether each answer stands below the name of its source."""

    def __init__(self, *, above: bool) -> None:
        self._above = above
        self._between = b""

    def has(self, _: Source) -> bool:
        """Never."""
        return False

    def write(self, source: Source, answer: bytes) -> None:
        """Write it behind those before, and let it be seen."""
        if self._above:
            answer = b"%s==> %s <==\n%s" % (self._between, os.fsencode(source.name), answer)
            self._between = b"\n"
        rest = memoryview(answer)
        while rest:  # past Python's buffer, in which would stay what cannot be written
            rest = rest[os.write(sys.stdout.fileno(), rest) :]


class Files:
    """A file for each source."""

    def __init__(self, paths: Mapping[Source, Path]) -> None:
        self._paths = paths

    def has(self, source: Source) -> bool:
        """Whether there is one of its name."""
        path = self._paths[source]
        return path.is_file() or path.is_symlink()

    def write(self, source: Source, answer: bytes) -> None:
        """Write it in the place of what has its name."""
        path = self._paths[source]
        if path.exists() and not path.is_file():  # a device, or a pipe
            path.write_bytes(answer)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".ocr-{uuid.uuid4().hex}")
        try:
            partial.write_bytes(answer)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def one_file(sources: Sequence[Source], path: Path) -> Files:
    """The answer of the one source goes to *path*.

    Raises:
        InvalidOptionError: There are several.
    """
    if len(sources) > 1:
        raise InvalidOptionError(f"--output is for one file, and {len(sources)} are to be read; see --output-dir")
    return _files(dict.fromkeys(sources, path))


def folder(sources: Sequence[Source], directory: Path, suffix: str) -> Files:
    """Each answer goes into *directory*, below the folders that the sources do not share, under its source's name.

    That ends in *suffix*, in the place of its own; behind it where several would else have the same.

    Raises:
        InvalidOptionError: Two sources would go to the same file all the same, or one to itself; or nobody can write
            there.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not os.access(directory, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise InvalidOptionError(f"--output-dir {directory}: {error.strerror}") from None
    folders = [source.folder for source in sources if source.folder]
    base = Path(os.path.commonpath(folders)) if folders else Path()
    named = {source: Path(os.path.relpath(source.path, base)) if source.folder else source.path for source in sources}
    short = {source: path.parent / f"{path.stem}{suffix}" for source, path in named.items()}
    several = Counter(short.values())
    return _files(
        {
            source: directory / (path if several[path] == 1 else path.with_name(named[source].name + suffix))
            for source, path in short.items()
        }
    )


def _files(paths: dict[Source, Path]) -> Files:
    sources: dict[Path, Source] = {}
    for source, path in paths.items():
        if path in sources:
            raise InvalidOptionError(f"{sources[path].name} and {source.name} would both be written to {path}")
        if source.folder and path.is_file() and source.path.is_file() and path.samefile(source.path):
            raise InvalidOptionError(f"{source.name} would be written over itself")
        sources[path] = source
    return Files(paths)
