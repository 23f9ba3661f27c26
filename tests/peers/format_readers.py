"""Programs and schemas that read the service's formats, in the environment of ``format-readers-requirements.txt``."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bench.peers.environment import PeerEnvironment

_ROOT = Path(__file__).parents[2]
_PEERS = _ROOT / "bench" / "peers"
ENVIRONMENT = PeerEnvironment(
    _ROOT / ".venv-format-readers",
    _PEERS / "format-readers-requirements.txt",
    (_PEERS / "format-readers-overlay-requirements.txt",),
)
_SECONDS = 120

needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="pdftotext is missing (Debian: poppler-utils)")
needs_qpdf = pytest.mark.skipif(not shutil.which("qpdf"), reason="qpdf is missing (Debian: qpdf)")


def installed() -> Path:
    """The folder of the environment. Where CI is set it is made; elsewhere tests are skipped where it is not there."""
    if not os.environ.get("CI") and not ENVIRONMENT.is_ready():
        pytest.skip(f"no hocr-tools and no schema of ALTO in {ENVIRONMENT.folder}")
    ENVIRONMENT.ensure()
    return ENVIRONMENT.folder


def call(*command: object, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a *command* that reads *data*, and see that it ends well."""
    ran = subprocess.run(
        [str(part) for part in command], input=data, capture_output=True, timeout=_SECONDS, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran
