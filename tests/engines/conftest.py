"""What the tests of the engines share: the fetched weights, and pictures whose text is known."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """The folder of model tiers, as the service would find it from the repository's root."""
    return ROOT / Settings.from_env(os.environ).weights_dir


@pytest.fixture(scope="session")
def tiny_tier(weights_dir: Path) -> Path:
    """The smallest tier. Its absence is a failure: a suite that skips every engine would be green and say nothing."""
    directory = weights_dir / "pp-ocrv6-tiny"
    for part in ("det", "rec"):
        for name in ("inference.onnx", "inference.yml"):
            if not (directory / part / name).is_file():
                pytest.fail(f"{directory / part / name} is missing: run `make setup` first")
    return directory


@pytest.fixture(scope="session")
def draw() -> Callable[..., np.ndarray]:
    """Draw black text on white: a picture of *width* x *height* with *text* from *left*, on the line *bottom*."""

    def picture(text: str, width: int = 400, height: int = 120, left: int = 40, bottom: int = 80) -> np.ndarray:
        pixels = np.full((height, width, 3), 255, np.uint8)
        cv2.putText(pixels, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (0, 0, 0), 3, cv2.LINE_AA)
        return pixels

    return picture
