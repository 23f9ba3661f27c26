"""The lock files: what stands in them, and that nothing is installed but by them."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_ROOT = Path(__file__).parents[2]
_INPUTS = sorted(
    path
    for folder in (".", "bench", "bench/peers", "deploy/checks", "deploy/supply", "fuzz")
    for path in (_ROOT / folder).glob("*requirements*.in")
)
_ENTRY = re.compile(
    r"(?P<requirement>[a-z0-9-]+(?:\[[a-z0-9,-]+\])?==[A-Za-z0-9.+]+(?: ; [^\\\n]+)?) \\\n"
    r"(?P<hashes>(?:    --hash=sha256:[0-9a-f]{64} \\\n)*    --hash=sha256:[0-9a-f]{64})\n"
)


def name_of(path):
    """A file as a checkout names it."""
    return str(path.relative_to(_ROOT))


def wanted(file):
    """The requirements of an input and of those that it includes."""
    found = []
    for line in (line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()):
        if line.startswith("-r "):
            # Relative to the file that says so.
            found += wanted(file.parent / line.removeprefix("-r "))
        elif line:
            found.append(Requirement(line))
    return found


def entries(lock):
    """The requirements of a lock file, each with the number of its hashes."""
    found = _ENTRY.finditer(lock.read_text(encoding="utf-8"))
    return [(Requirement(entry["requirement"]), entry["hashes"].count("--hash")) for entry in found]


def test_every_requirements_file_is_a_lock_with_an_input():
    """No file of requirements is written by hand beside those that are locked."""
    listed = [path for path in _ROOT.rglob("*requirements*.txt") if not is_left_out(path.relative_to(_ROOT))]
    assert sorted(listed) == sorted(path.with_suffix(".txt") for path in _INPUTS)


def is_left_out(path):
    """Whether a path lies in what a checkout only builds: environments, fetched weights, tools."""
    return path.parts[0] in {"build", "weights"} or path.parts[0].startswith(".")


@pytest.mark.parametrize("path", _INPUTS, ids=name_of)
def test_a_lock_holds_pins_with_hashes_and_nothing_else(path):
    """Every line belongs to an exact version with the sha256 of its files: no option, no address, no index's name."""
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    assert entries(path.with_suffix(".txt"))
    left = [line for line in _ENTRY.sub("", text).splitlines() if not line.lstrip().startswith("#")]
    assert not left
    assert "://" not in text


@pytest.mark.parametrize("path", _INPUTS, ids=name_of)
def test_a_lock_holds_what_its_input_asks_for(path):
    """An input that was changed without `make lock` is found: every requirement of it is met by the lock."""
    pinned = {}
    for requirement, _ in entries(path.with_suffix(".txt")):
        pinned.setdefault(canonicalize_name(requirement.name), []).append(str(requirement.specifier).removeprefix("=="))
    unmet = [
        str(requirement)
        for requirement in wanted(path)
        if not all(requirement.specifier.contains(v) for v in pinned.get(canonicalize_name(requirement.name), ["0"]))
    ]
    assert not unmet


def test_compiled_packages_are_locked_for_every_platform():
    """The hashes are those of all of a release's wheels, not only of those for the machine that wrote the lock."""
    counts = {requirement.name: count for requirement, count in entries(_ROOT / "requirements-slim.txt")}
    # A wheel each for Linux on two processors and for macOS, for every Python; the slimmest of the set has one for all.
    assert all(counts[name] >= 3 for name in ("opencv-python-headless", "onnxruntime", "openvino", "markupsafe"))
    assert counts["numpy"] > 50


def test_every_install_goes_by_a_lock():
    """No call of pip is for a bare name or version in what sets up, builds and checks."""
    files = [_ROOT / "Makefile", _ROOT / "Dockerfile", _ROOT / ".ci/run", *sorted((_ROOT / "deploy").rglob("*.sh"))]
    loose = [
        f"{name_of(file)}: {command.strip()}"
        for file in files
        for command in re.split(r"&&|(?<!\\)\n", file.read_text(encoding="utf-8").replace("\\\n", " "))
        if re.search(r"(?:pip\b|PIP\)|\$install|--disable-pip-version-check).*(?:\binstall |\$install )", command)
        and not re.search(r"--require-hashes|\$\(LOCKED\)|\$install", command)
    ]
    assert not loose


@pytest.mark.skipif(shutil.which("sed") is None, reason="sed is not installed")
@pytest.mark.parametrize(
    ("recipe", "lock", "package"),
    [
        ("Makefile", "requirements-slim.txt", "opencv-python-headless"),
        ("Dockerfile", "requirements.txt", "opencv-contrib-python"),
    ],
)
def test_a_single_package_is_cut_out_of_a_lock_with_its_hashes(recipe, lock, package):
    """What is laid over the rest, or apart from it, is checked as it would be within the lock."""
    found = re.search(rf"sed -n '(/\^{package}==/[^']*)'", (_ROOT / recipe).read_text(encoding="utf-8"))
    script = found[1].replace("$$", "$")
    cut = subprocess.run(["sed", "-n", script, _ROOT / lock], check=True, capture_output=True, text=True).stdout
    [entry] = _ENTRY.finditer(cut)
    assert entry[0] == cut
    assert entry["requirement"].startswith(f"{package}==")
    expected = {requirement.name: count for requirement, count in entries(_ROOT / lock)}
    assert entry["hashes"].count("--hash") == expected[package]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("target", ["lock", "audit", "sbom"])
def test_tools_have_environments_of_their_own(target, tmp_path):
    """What locks, audits and describes is never installed among the packages of the service."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "OCR_"))}
    command = ["make", "--dry-run", f"VENV={tmp_path}/venv", f"TOOLS={tmp_path}/tools", target]
    told = subprocess.run(command, cwd=_ROOT, env=clean, check=True, capture_output=True, text=True).stdout
    install = next(line for line in told.splitlines() if f"deploy/supply/{target}-requirements.txt" in line)
    assert install.startswith(f"{tmp_path}/tools/{target}/bin/python -m pip ")
    assert "--require-hashes" in install
