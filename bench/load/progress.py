"""What a person sees while requests are under way."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench.load.outcome import Outcome

REFRESHES = 4
"""A second: each costs the generator a millisecond or so."""


class RequestProgress:
    """A bar of requests on standard error, with how many failed; nothing is left of it."""

    def __init__(self, total: int, text: str) -> None:
        """``total`` requests, described by ``text``."""
        self._failed = 0
        self._line = f"{text}: {total} requests"
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            refresh_per_second=REFRESHES,
        )
        self._task = self._progress.add_task(text, total=total, failed="")

    def __enter__(self) -> Self:
        """Show the bar; where that is no terminal, a line in its place."""
        if self._progress.console.is_terminal:
            self._progress.start()
        else:
            self._progress.console.print(self._line, style="dim", markup=False, highlight=False, soft_wrap=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away."""
        self._progress.stop()

    def observe(self, outcome: Outcome) -> None:
        """Count one answer."""
        if outcome.cause:
            self._failed += 1
            self._progress.update(self._task, failed=f"[red]{self._failed} failed")
        self._progress.advance(self._task)
