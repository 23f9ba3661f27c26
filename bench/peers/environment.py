"""Virtual environments for peers, made from locked requirements and rebuilt when those change."""

from __future__ import annotations

import hashlib
import subprocess
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bench.child_process import TAIL
from bench.errors import BenchError

STAMP = ".requirements.sha256"


def run_command(command: Sequence[str]) -> None:
    """Run a command quietly; raises BenchError with the end of its output when it fails, or cannot be started."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except OSError as error:
        raise BenchError(f"{command[0]} could not be started: {error.strerror}") from error
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-TAIL:])
        raise BenchError(f"`{' '.join(command)}` ended with status {done.returncode}:\n{tail}")


@dataclass(frozen=True, slots=True)
class PeerEnvironment:
    """A virtual environment in ``folder`` with exactly the pins of ``requirements``, a lock file with hashes.

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

    def version(self, distribution: str) -> str:
        """Return the version to which a distribution is pinned; raises BenchError where it is not."""
        for line in self.requirements.read_text(encoding="utf-8").splitlines():
            name, _, rest = line.partition("==")
            if name == distribution:
                return rest.split()[0]  # behind it stand markers, and a backslash before the hashes
        raise BenchError(f"{self.requirements} does not pin {distribution}")

    def is_ready(self) -> bool:
        """Return whether a finished installation of exactly these requirements is there."""
        stamp = self.folder / STAMP
        return self.python.exists() and stamp.is_file() and stamp.read_text().strip() == self.fingerprint

    def ensure(
        self, create: Callable[[Path], None] | None = None, run: Callable[[Sequence[str]], None] = run_command
    ) -> Path:
        """Make the environment unless it is ready, and return its interpreter.

        The stamp is written last, so an interrupted installation is done again. Raises BenchError when that fails.
        """
        if self.is_ready():
            return self.python
        (create or _create)(self.folder)
        pip = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
        run([*pip, "-r", str(self.requirements)])
        for overlay in self.overlays:
            run([*pip, "--no-deps", "--force-reinstall", "-r", str(overlay)])
        (self.folder / STAMP).write_text(self.fingerprint + "\n")
        return self.python

    def ensure_shown(self, name: str, console: Console) -> Path:
        """Do as :meth:`ensure` does, and where that takes long, say meanwhile that *name* is being installed."""
        if self.is_ready():
            return self.python
        with console.status(Text(f"installing {name} into {self.folder} (once)")):
            return self.ensure()


def _create(folder: Path) -> None:
    """Make an empty environment with pip, in place of whatever is in the folder; raises BenchError where that fails."""
    try:
        venv.EnvBuilder(with_pip=True, clear=True, symlinks=True).create(folder)
    except subprocess.CalledProcessError as error:  # venv runs ensurepip, which Debian has in a package of its own
        reason = (error.output or b"").decode(errors="replace").strip()
        raise BenchError(
            f"no pip for {folder.name}; is ensurepip (python3-venv) installed? {reason}".strip()
        ) from error
    except OSError as error:
        raise BenchError(f"cannot make {folder.name}: {error.strerror}") from error
