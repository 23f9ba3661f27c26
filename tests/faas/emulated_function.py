"""The service as a function in AWS's emulator, and as far as this machine allows it, on a machine such as Lambda's."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from bench.image_root import ImageRoot

ROOT = Path(__file__).parents[2]
IMAGE_ROOT = "OCR_TEST_IMAGE_ROOT"
"""Names the folder of the image's files, where the function is to run in these (see bench/image_root.py)."""

_IN_IMAGE = "/tmp/emulator"  # noqa: S108 - the one folder of the image to which something can be added
_PATIENCE = 60
_NOBODY = ["setpriv", "--reuid=1003", "--regid=1003", "--clear-groups"]

# What Lambda has: nothing can be written but the folder for it, and there is no memory with names.
_AS_ON_LAMBDA = """
mount -t tmpfs -o ro,size=4k none /dev/shm && mount --bind "$0" "$0" && mount -o remount,bind,ro / && exec "$@"
"""


@dataclass
class Emulated:
    """The emulator, and what runs in it. is_closed: whether the file system is as Lambda's is."""

    process: subprocess.Popen[bytes]
    client: httpx2.Client
    log_file: Path
    is_closed: bool

    def invoke(self, event: object) -> Any:
        """What the function answers."""
        return self.client.post("/2015-03-31/functions/function/invocations", json=event).json()

    @property
    def runtime(self) -> psutil.Process:
        """Awslambdaric's process."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return next(child for child in children if child.cmdline()[1:3] == ["-m", "awslambdaric"])

    @property
    def family(self) -> list[psutil.Process]:
        """It, and all that it started."""
        return [self.runtime, *self.runtime.children(recursive=True)]


@contextlib.contextmanager
def emulated(program: Path, ports: tuple[int, int], environ: Mapping[str, str]) -> Iterator[Emulated]:
    """Run the service in *program*, the emulator. *ports*: where it takes events, and where the service gets them."""
    is_closed = _works("unshare", "-m", "mount", "-o", "remount,bind,ro", "/")
    events, runtime = (f"127.0.0.1:{port}" for port in ports)
    command = [program, "--runtime-interface-emulator-address", events, "--runtime-api-address", runtime]
    command += ["--log-level", "error", sys.executable, "-m", "awslambdaric", "app.faas.aws_lambda.handler"]
    if root := os.environ.get(IMAGE_ROOT):
        around, is_closed = _in_image(ImageRoot.at(Path(root)), program, environ), True
        command = [_IN_IMAGE, *command[1:-4], "python3", *command[-3:]]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ocr-lambda-")))
        folder.chmod(0o777)  # for whoever it runs as
        if not root:
            around = ["unshare", "-m", "sh", "-ec", _AS_ON_LAMBDA, str(folder)] if is_closed else []
            around += _NOBODY if is_closed and _works(*_NOBODY, "sh", "-c", 'exec "$0" -c ""', sys.executable) else []
        log_file = folder / "log"
        with log_file.open("wb") as log:
            environ = {**environ, "TMPDIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
            process = subprocess.Popen([*around, *command], cwd=ROOT, env=environ, stdout=log, stderr=log)
        stack.callback(_end, process)
        client = stack.enter_context(httpx2.Client(base_url=f"http://{events}", timeout=_PATIENCE))
        function = Emulated(process, client, log_file, is_closed)
        _await(function)
        yield function


def _in_image(image: ImageRoot, program: Path, environ: Mapping[str, str]) -> list[str]:
    """What runs the emulator in the image's files, in which it is laid."""
    settings = {name: value for name, value in environ.items() if name.startswith(("OCR_", "AWS_"))}
    settings = {name: value for name, value in settings.items() if name not in {"OCR_WEIGHTS_DIR", "OCR_CACHE_DIR"}}
    around = image.within([], settings)
    at = around.index("--unshare-user")
    no_shm = ("--tmpfs", "/dev/shm", "--remount-ro", "/dev/shm")  # noqa: S108 - is to be of no use
    return [*around[:at], "--ro-bind", str(program), _IN_IMAGE, *no_shm, *around[at:]]


def _works(*command: str) -> bool:
    if shutil.which(command[0]) is None:
        return False
    return not subprocess.run(command, check=False, capture_output=True).returncode


def _await(function: Emulated) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and function.process.poll() is None:
        try:
            assert function.invoke({"warm": True}) == {"status": "ready"}
        except (httpx2.TransportError, ValueError):
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the function does not answer:\n{function.log_file.read_text()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.kill()
    process.wait()
    for child in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
