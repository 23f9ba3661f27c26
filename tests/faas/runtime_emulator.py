"""AWS's own Runtime Interface Emulator, out of the wheel of aws-sam-cli, fetched once and held against its sha256."""

import hashlib
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FOLDER = ROOT / "build/tools/runtime-emulator"

_WHEEL = "aws-sam-cli==1.170.0 --hash=sha256:24ebaf5ecba38dc1758089968cb89ab61e124b84e92a344fc7a2771a47f4d0bf\n"
_BINARIES = {
    "x86_64": ("aws-lambda-rie-x86_64", "6b1e686e62ab2baf5759c412c4864276ef2a88b094fca53ec070637ccba9b9a5"),
    "aarch64": ("aws-lambda-rie-arm64", "ec2e5d09633d853834c008b1ef264bf834b258a94d551d2b2074966494b39a21"),
}


def emulator() -> Path | str:
    """Its program, or why there is none."""
    if platform.system() != "Linux" or platform.machine() not in _BINARIES:
        return "the emulator is a program for Linux on x86-64 and aarch64"
    name, checksum = _BINARIES[platform.machine()]
    program = _FOLDER / name
    if not program.exists() or _sha256(program.read_bytes()) != checksum:
        problem = _fetch(name, checksum)
        if problem:
            return problem
    return program


def _fetch(name: str, checksum: str) -> str:
    """Put it there; returns what went wrong, or nothing."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = _FOLDER / "requirements.txt"
    wanted.write_text(_WHEEL, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    pip = subprocess.run(
        [*command, "--require-hashes", "--dest", _FOLDER, "-r", wanted], capture_output=True, check=False
    )
    wheels = list(_FOLDER.glob("*.whl"))
    if pip.returncode or not wheels:
        return f"the wheel of aws-sam-cli cannot be had: {pip.stderr.decode(errors='replace')[-300:]}"
    with zipfile.ZipFile(wheels[0]) as wheel:
        content = wheel.read(f"samcli/local/rapid/{name}")
    wheels[0].unlink()
    if _sha256(content) != checksum:
        return f"{name} in the wheel of aws-sam-cli is another one"
    fresh = _FOLDER / f".{name}.{os.getpid()}"
    fresh.write_bytes(content)
    fresh.chmod(0o755)
    fresh.rename(_FOLDER / name)  # at once, whoever else fetches it
    return ""


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
