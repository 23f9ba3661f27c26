"""What the user is told while answers go elsewhere: a line for each thing that went wrong, and a progress bar."""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator

import click

_CLEAR_LINE = "\r\x1b[K"


class Console:
    """Stderr. Thread-safe."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._lock = threading.Lock()
        self._advance: Callable[[int, int], None] | None = None
        self._pages = 0

    def fail(self, text: str) -> None:
        """Say in one line what went wrong."""
        with self._lock:
            sys.stderr.write(f"{_CLEAR_LINE if self._advance else ''}{_printable(text)}\n")
            sys.stderr.flush()

    def remark(self, text: str) -> None:
        """Say in one line what is worth to be known, unless the user wants to know nothing."""
        if not self._quiet:
            self.fail(text)

    @contextlib.contextmanager
    def progress(self, files: int) -> Iterator[None]:
        """Show within the block how many of so many *files* are done, and of how many pages, on a terminal alone."""
        if self._quiet or not sys.stderr.isatty():
            yield
            return
        with click.progressbar(
            range(files),
            label="reading",
            show_pos=True,
            item_show_func=lambda pages: f"{pages or 0} pages",
            file=sys.stderr,
            update_min_steps=0,  # pages are shown, too
        ) as bar:
            self._advance = bar.update
            try:
                yield
            finally:
                with self._lock:
                    self._advance = None

    def page_done(self) -> None:
        """One more page was read."""
        with self._lock:
            self._pages += 1
            if self._advance:
                self._advance(0, self._pages)

    def file_done(self) -> None:
        """One more file is done."""
        with self._lock:
            if self._advance:
                self._advance(1, self._pages)


def _printable(text: str) -> str:
    """*text* in one line, whatever is in a name: a terminal obeys some of what it is sent."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
