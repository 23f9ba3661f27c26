"""The service's image, unpacked into a folder: run as a platform runs it, read-only and as an unknown user."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError

ENVIRONMENT = {
    "PATH": "/opt/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OCR_WEIGHTS_DIR": "/opt/ocr/weights",
    "OCR_CACHE_DIR": "/opt/ocr/compiled",
}
"""What the Dockerfile sets: a container engine would take it from the image's configuration, which no folder has."""

FOLDER = "/opt/ocr"
COMMAND = ("gunicorn", "-c", "gunicorn.conf.py", "wsgi:app")
UNKNOWN_USER = "1003"
"""Huawei FunctionGraph's; any would do."""


@dataclass(frozen=True, slots=True)
class ImageRoot:
    """The folder with the image's files."""

    path: Path

    @classmethod
    def at(cls, path: Path) -> ImageRoot:
        """Return the image that lies there; raises BenchError where none does, or bubblewrap is not installed."""
        if not (path / FOLDER.lstrip("/") / "wsgi.py").is_file():
            raise BenchError(f"{path} holds no image of the service: {FOLDER}/wsgi.py is missing")
        if shutil.which("bwrap") is None:
            raise BenchError("bwrap is missing: the package is called bubblewrap")
        return cls(path.resolve())

    def within(self, command: Sequence[str], settings: Mapping[str, str]) -> list[str]:
        """Return what runs *command* in the image, with *settings* on top of the image's own environment.

        The network is this machine's, so that what listens can be reached.
        """
        variables = ENVIRONMENT | dict(settings)
        given = [word for name, value in variables.items() for word in ("--setenv", name, value)]
        # Without root a user namespace is made all the same; its one user is whoever runs this, under another number.
        return [
            *("bwrap", "--ro-bind", str(self.path), "/", "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"),  # noqa: S108
            *("--unshare-user", "--uid", UNKNOWN_USER, "--gid", UNKNOWN_USER, "--unshare-pid", "--die-with-parent"),
            *("--chdir", FOLDER, "--clearenv", *given, "--", *command),
        ]

    def service(self, settings: Mapping[str, str]) -> list[str]:
        """Return what runs the service in it, as its own command does."""
        return self.within(COMMAND, settings)


def drop_page_cache() -> None:
    """Let the kernel forget every file's content, so that the next start reads it from disk.

    Raises BenchError where that is not allowed: it takes root.
    """
    os.sync()
    try:
        Path("/proc/sys/vm/drop_caches").write_text("3\n", encoding="ascii")
    except OSError as error:
        raise BenchError(f"the page cache cannot be dropped: {error.strerror}; it takes root") from error
