"""Triton's own clients, in the environment that ``bench/peers/tritonclient-requirements.txt`` describes."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bench.errors import BenchError
from bench.peers.environment import PeerEnvironment

_ROOT = Path(__file__).parents[2]
_ENVIRONMENT = PeerEnvironment(_ROOT / ".venv-tritonclient", _ROOT / "bench/peers/tritonclient-requirements.txt")
_CUDA = "lib/python*/site-packages/nvidia/cuda_runtime/lib"
_SECONDS = 300


def installed() -> Path:
    """The folder of the environment, which is made once; where it cannot be, the test is skipped."""
    try:
        _ENVIRONMENT.ensure()
    except BenchError as error:
        pytest.skip(f"Triton's clients could not be installed: {error}")
    return _ENVIRONMENT.folder


def call(script: str, *arguments: object) -> Any:
    """What a script beside this file prints as JSON, run where ``tritonclient`` is installed."""
    command = [installed() / "bin" / "python", Path(__file__).with_name(script), *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def perf_analyzer(*arguments: object) -> str:
    """What Triton's perf_analyzer prints; where the libraries are missing that it needs, the test is skipped."""
    folder = installed()
    (cuda,) = folder.glob(_CUDA)
    command = [folder / "bin" / "perf_analyzer", *map(str, arguments)]
    environ = os.environ | {"LD_LIBRARY_PATH": str(cuda)}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, env=environ, check=False)
    if "error while loading shared libraries" in ran.stderr:
        pytest.skip(f"perf_analyzer cannot run here; Debian has libb64-0d for it: {ran.stderr.strip()}")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
