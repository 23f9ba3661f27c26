"""The command as a user runs it: a process, in a folder of files."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
_SECONDS = 120


@pytest.fixture
def environment(service_environment: Callable[..., dict[str, str]], tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Compose an environment of settings; without a model, unless they say so, and with a home of its own."""

    def compose(**settings: object) -> dict[str, str]:
        places = {"HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)}
        return service_environment(**{"engine": "null", "cpus": 2} | settings) | places

    return compose


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the command is run."""
    made = tmp_path / "run"
    made.mkdir()
    return made


@pytest.fixture
def ocr(environment: Callable[..., dict[str, str]], folder: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Run ``python -m app ocr`` with arguments in *folder* to its end; settings go by their names.

    *module*: what is run in the place of ``app``.
    """

    def run(
        *arguments: object, data: bytes = b"", module: str = "app", **settings: object
    ) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", module, "ocr", *map(os.fspath, map(_text, arguments))]
        environ = environment(**settings)
        return subprocess.run(
            command, cwd=folder, env=environ, input=data, capture_output=True, timeout=_SECONDS, check=False
        )

    return run


def _text(argument: object) -> Any:
    return argument if isinstance(argument, bytes | Path) else str(argument)


@pytest.fixture
def begin(environment: Callable[..., dict[str, str]], folder: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Begin it with arguments; *streams* go to ``Popen``. What is still there at the end is ended."""
    begun = []

    def start(*arguments: str, streams: dict[str, Any] | None = None, **settings: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "app", "ocr", *arguments]
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        begun.append(subprocess.Popen(command, cwd=folder, env=environment(**settings), **(pipes | (streams or {}))))
        return begun[-1]

    yield start
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


@pytest.fixture
def picture(folder: Path) -> Callable[..., Path]:
    """Write an even picture of a shade of grey below *folder*; without a model each is read as another text."""

    def write(name: str, grey: int = 255, height: int = 40) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", np.full((height, 64, 3), grey, np.uint8))[1].tobytes())
        return path

    return write
