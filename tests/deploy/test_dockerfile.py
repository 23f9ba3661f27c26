"""What the image's build copies from the checkout, stage by stage."""

import re
import shutil
import subprocess
import sys

from tests.conftest import ROOT

_COPY = re.compile(r"^COPY (app/.+) (\S+)$", re.MULTILINE)


def test_the_stage_that_fetches_weights_has_all_that_fetching_imports(tmp_path):
    """It copies single files, so that weights are not fetched anew for every change: none that is needed is missing."""
    stage = (ROOT / "Dockerfile").read_text(encoding="utf-8").partition(" AS weights\n")[2].partition("\nFROM ")[0]
    copied = _COPY.findall(stage)
    assert copied
    for sources, target in copied:
        for source in map(ROOT.joinpath, sources.split()):
            place = tmp_path / target
            if source.is_dir():
                shutil.copytree(source, place)
            else:
                place.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, place)
    command = [sys.executable, "-B", "-m", "app.weights", "list"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "pp-ocrv6-small" in ran.stdout
