"""The description of the messages: what is generated from it, and that it is the protocol's."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = ("app/rpc/inference_pb2.py", "app/rpc/inference_pb2.pyi")


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_what_is_committed_is_what_the_description_gives(tmp_path: Path) -> None:
    """`make protos` with the locked tools writes the same bytes."""
    protoc = ROOT / "build" / "tools" / "protos" / "bin" / "python"
    if os.environ.get("CI"):
        subprocess.run(["make", "build/tools/protos/.installed"], cwd=ROOT, check=True, capture_output=True)
    if not protoc.exists():
        pytest.skip("protoc is not installed: make build/tools/protos/.installed")
    out = [f"--{kind}_out={tmp_path}" for kind in ("python", "pyi")]
    subprocess.run(
        [protoc, "-m", "grpc_tools.protoc", "-I", ".", *out, "app/rpc/inference.proto"], cwd=ROOT, check=True
    )
    for name in GENERATED:
        assert (tmp_path / name).read_bytes() == (ROOT / name).read_bytes()
