"""The two sets of packages: what the files say, what make does with them, and what then lies in ``cv2/``."""

import base64
import hashlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_ROOT = Path(__file__).parent.parent
_SLIM, _WHOLE, _DEVELOPMENT = (_ROOT / f"requirements{end}.txt" for end in ("-slim", "", "-dev"))
_BENCH = _ROOT / "bench/requirements.txt"
_PIN = re.compile(
    r"^(?P<name>[a-z0-9-]+)(?:\[[a-z0-9,-]+\])?==(?P<version>[A-Za-z0-9.]+)(?: ; (?P<marker>[^\\\n]+))?", re.MULTILINE
)


def pins(file):
    """Every (name, version) that a lock file has for this machine. tests/deploy/test_locks.py holds its form."""
    found = _PIN.finditer(file.read_text(encoding="utf-8"))
    return [(pin["name"], pin["version"]) for pin in found if not pin["marker"] or Marker(pin["marker"]).evaluate()]


def test_a_package_has_one_version_everywhere():
    """Whatever is installed on top of the service, the service stays what it was."""
    versions = {}
    for name, version in (pin for file in (_SLIM, _WHOLE, _BENCH, _DEVELOPMENT) for pin in pins(file)):
        versions.setdefault(name, set()).add(version)
    assert not {name: found for name, found in versions.items() if len(found) > 1}


def test_the_whole_set_holds_the_slim_one():
    """Going over to the paddle engine changes the version of nothing that was there before."""
    assert set(pins(_SLIM)) < set(pins(_WHOLE))


def test_the_checks_install_all_that_the_service_and_the_bench_do():
    """What is tested is what runs: the development set holds the whole one, and the bench's."""
    assert set(pins(_WHOLE)) | set(pins(_BENCH)) < set(pins(_DEVELOPMENT))


def test_the_slim_set_holds_no_paddle():
    """Who does not choose the paddle engine does not pay for it, nor for an OpenCV that wants libGL."""
    unwanted = {name for name, _ in pins(_SLIM) if "paddle" in name or name.startswith("opencv")}
    assert unwanted == {"opencv-python-headless"}


def test_paddlepaddle_is_older_than_3_3():
    """The version is one that runs on a CPU with oneDNN."""
    assert Version(dict(pins(_WHOLE))["paddlepaddle"]) < Version("3.3")


@pytest.mark.parametrize("file", [_SLIM, _WHOLE], ids=lambda f: f.name)
def test_what_the_packages_need_is_pinned_too(file):
    """Nothing is left for pip to choose: the files name everything that the packages in them ask for."""
    pinned = {name for name, _ in pins(file)}
    open_ends, visited = set(), set()
    for name in sorted(pinned):
        needed_by(name, frozenset(), visited, open_ends, pinned)
    assert not open_ends


def needed_by(name, extras, visited, open_ends, pinned):
    """Collect what *name* with its *extras* needs here, and what that needs, as far as it is not *pinned*."""
    if (name, extras) in visited:
        return
    visited.add((name, extras))
    if name not in pinned:
        open_ends.add(name)
        return
    try:
        wanted = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"only what is installed can be asked what it needs: {name} is not (a slim install has no paddle)")
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": e}) for e in ("", *extras)):
            needed_by(canonicalize_name(requirement.name), frozenset(requirement.extras), visited, open_ends, pinned)


def test_cv2_is_that_of_the_headless_distribution():
    """The OpenCV that paddlex brings shares the folder, and its files do not lie over those of the headless one."""
    distribution = importlib.metadata.distribution("opencv-python-headless")
    recorded = [file for file in distribution.files if file.parts[0] == "cv2" and file.hash]
    assert any(file.name == "cv2.abi3.so" for file in recorded)
    changed = [str(file) for file in recorded if digest(file.locate(), file.hash.mode) != file.hash.value]
    assert not changed


def digest(path, mode):
    """The checksum of a file as a wheel's RECORD writes it."""
    with path.open("rb") as stream:
        return base64.urlsafe_b64encode(hashlib.file_digest(stream, mode).digest()).rstrip(b"=").decode()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="what a process has loaded is read from /proc")
def test_cv2_loads_nothing_of_a_desktop():
    """`import cv2` works on a machine without libGL: neither it nor Qt is among what the import loads."""
    script = "import cv2; print(open('/proc/self/maps').read())"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert "/cv2/" in loaded
    assert not re.findall(r"\S*/(?:libGL|libEGL|libQt|libX11|libxcb)\S*", loaded)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["setup"], "requirements-slim.txt"),
        (["serve"], "requirements-slim.txt"),
        (["setup", "OCR_ENGINE=openvino"], "requirements-slim.txt"),
        (["setup", "OCR_ENGINE=paddle"], "requirements.txt"),
        (["serve", "OCR_ENGINE=paddle"], "requirements.txt"),
        (["weights", "OCR_ENGINE=paddle"], "requirements.txt"),
        (["test"], "requirements.txt"),
        (["lint"], "requirements.txt"),
        (["parity"], "requirements.txt"),
    ],
    ids=" ".join,
)
def test_make_installs_the_set_that_is_needed(arguments, file, tmp_path):
    """The slim set unless the paddle engine or the checks need the whole; and then the headless OpenCV comes last."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "OCR_"))}
    command = ["make", "--dry-run", f"VENV={tmp_path}/venv", *arguments]
    told = subprocess.run(command, cwd=_ROOT, env=clean, check=True, capture_output=True, text=True).stdout
    assert re.findall(r"install --require-hashes -r (\S+)", told) == [file]
    if file == "requirements.txt":
        after = told.partition(f"install --require-hashes -r {file}")[2].strip().splitlines()[0]
        assert after.startswith("sed -n '/^opencv-python-headless==/,")
        assert after.endswith("--force-reinstall --no-deps --require-hashes -r /dev/stdin")
