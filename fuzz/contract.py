"""Runs schemathesis over the OpenAPI document of a service that is started here, with the null engine."""

import subprocess
import sys
from pathlib import Path

from bench.service_process import ROOT, started_service

EXAMPLES = "100"


def run(python: str) -> int:
    """Return the status of schemathesis, which lies beside the interpreter *python*; 0 where it finds nothing."""
    command = [
        str(Path(python).with_name("schemathesis")),
        f"--config-file={ROOT / 'fuzz' / 'schemathesis.toml'}",
        "run",
        "--no-color",
        "--continue-on-failure",
        f"--max-examples={EXAMPLES}",
    ]
    settings = {"OCR_ENGINE": "null", "OCR_MODEL": "pp-ocrv6-tiny"}
    with started_service(ROOT / "build" / "fuzz" / "service.log", settings) as url:
        return subprocess.run([*command, f"{url}/openapi.json"], check=False, cwd=ROOT / "build" / "fuzz").returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1]))
