"""Virtual environments for peers, made from pinned requirements and rebuilt when those change."""

from __future__ import annotations

import hashlib
import subprocess
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError

STAMP = ".requirements.sha256"
TAIL = 15
"""Lines of pip's output that an error message repeats."""


def run_command(command: Sequence[str]) -> None:
    """Run a command quietly; raises BenchError with the end of its output when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-TAIL:])
        raise BenchError(f"`{' '.join(command)}` ended with status {done.returncode}:\n{tail}")


@dataclass(frozen=True, slots=True)
class PeerEnvironment:
    """A virtual environment in ``folder`` with exactly the pins of ``requirements``.

    ``overlays`` are requirement files installed afterwards without dependencies and over what is there already: for
    distributions that share files, where the last one installed must win.
    """

    folder: Path
    requirements: Path
    overlays: tuple[Path, ...] = ()

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.folder / "bin" / "python"

    @property
    def fingerprint(self) -> str:
        """The sha256 of all requirement files, in order: changes when a pin does."""
        contents = b"\0".join(path.read_bytes() for path in (self.requirements, *self.overlays))
        return hashlib.sha256(contents).hexdigest()

    def is_ready(self) -> bool:
        """Return whether a finished installation of exactly these requirements is there."""
        stamp = self.folder / STAMP
        return self.python.exists() and stamp.is_file() and stamp.read_text().strip() == self.fingerprint

    def ensure(
        self, create: Callable[[Path], None] | None = None, run: Callable[[Sequence[str]], None] = run_command
    ) -> Path:
        """Make the environment unless it is ready, and return its interpreter.

        The stamp is written last, so an interrupted installation is done again. Raises BenchError when pip fails.
        """
        if self.is_ready():
            return self.python
        (create or _create)(self.folder)
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        run([*pip, "-r", str(self.requirements)])
        for overlay in self.overlays:
            run([*pip, "--no-deps", "--force-reinstall", "-r", str(overlay)])
        (self.folder / STAMP).write_text(self.fingerprint + "\n")
        return self.python


def _create(folder: Path) -> None:
    """Make an empty environment with pip, in place of whatever is in the folder."""
    venv.EnvBuilder(with_pip=True, clear=True, symlinks=True).create(folder)
