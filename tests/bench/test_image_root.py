"""The image's files, run without a container engine."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.image_root import COMMAND, ENVIRONMENT, FOLDER, ImageRoot

ROOT = Path(__file__).parents[2]


def test_the_environment_is_the_dockerfiles() -> None:
    """Whatever the Dockerfile's default target sets, the bench sets; and it runs what the image runs."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    service = text[text.index(" AS service\n") :]
    service = service[: service.index(" AS service-paddle\n")]
    slim = text[text.index(" AS slim\n") :]
    lines = re.findall(r"^ENV (.*)$", service + slim, re.MULTILINE)
    set_there = dict(pair.split("=", 1) for line in lines for pair in line.split())
    assert set_there == ENVIRONMENT
    assert f"WORKDIR {FOLDER}" in service
    assert f"CMD {str(list(COMMAND)).replace(chr(39), chr(34))}" in service


def test_what_is_no_image_is_refused(tmp_path: Path) -> None:
    """A wrong folder is said to be one before anything is started."""
    with pytest.raises(BenchError, match=r"holds no image of the service: /opt/ocr/wsgi\.py is missing"):
        ImageRoot.at(tmp_path)


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_a_command_runs_in_it_as_a_platform_would_run_it(tmp_path: Path) -> None:
    """Its own files as the root, not to be written, an unknown user, its environment and nothing of the caller's."""
    for name in ("usr", "lib", "lib64", "bin"):
        (tmp_path / name).mkdir()
    (tmp_path / "opt/ocr").mkdir(parents=True)
    (tmp_path / "opt/ocr/wsgi.py").touch()
    for name in ("tmp", "proc", "dev"):
        (tmp_path / name).mkdir()
    image = ImageRoot.at(tmp_path)
    script = 'echo "$(id -u) $OCR_MODEL $OCR_CACHE_DIR $HOME"; pwd; touch /opt/ocr/x || echo read-only'
    command = image.within(["sh", "-c", script], {"OCR_MODEL": "m"})
    binds = [word for name in ("usr", "lib", "lib64", "bin") for word in ("--ro-bind", f"/{name}", f"/{name}")]
    command[command.index("--tmpfs") : command.index("--tmpfs")] = binds  # a shell for the empty root
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == ["1003 m /opt/ocr/compiled ", "/opt/ocr", "read-only"]
