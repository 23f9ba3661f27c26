"""A runtime must not leave traces of its own, or send any."""

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_LOAD = """
from pathlib import Path
from app.engines.choice import choose_engine
from app.engines.registry import load_engine
from app.settings import Settings
from app.slot_plan import SlotPlan
settings = Settings(engine={engine!r}, det_max_side=320)
engine = load_engine(choose_engine(settings), settings, Path({models!r}), SlotPlan(1, 1, 1, 1))
engine.recognizers[0].warm_up()
"""


@pytest.mark.parametrize("engine", ["openvino", "onnxruntime"])
def test_loading_an_engine_writes_nothing_at_home(engine: str, tmp_path: Path, weights_dir: Path) -> None:
    """Both runtimes keep an id below HOME and send usage data to their makers unless they are told not to."""
    code = _LOAD.format(engine=engine, models=str(weights_dir / "pp-ocrv6-tiny"))
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", code], cwd=_ROOT, env=environment, check=True)
    assert list(tmp_path.rglob("*")) == []
