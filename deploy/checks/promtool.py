"""Prometheus's own tool over files of the folder that Compose mounts."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.checks.manifest import ROOT

_PROMETHEUS = ROOT / "compose" / "prometheus"


def promtool(command: list[str], name: str, text: str) -> list[str]:
    """What promtool finds wrong with *text* as the file *name*, among copies of the others."""
    if not shutil.which("promtool"):
        return ["promtool is missing (Debian: prometheus)"]
    with tempfile.TemporaryDirectory() as folder:
        for path in _PROMETHEUS.iterdir():
            shutil.copy(path, folder)
        (Path(folder) / name).write_text(text, encoding="utf-8")
        result = subprocess.run(
            ["promtool", *command],
            cwd=folder,
            text=True,
            capture_output=True,
            check=False,
        )
    output = (result.stdout + result.stderr).splitlines()
    return [line.strip() for line in output if line.strip()] if result.returncode else []
