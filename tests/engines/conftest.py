"""What the tests of the engines share: the fetched weights, and pictures whose text is known."""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import WeightsError
from app.settings import Settings
from app.weights.store import installed_directory, orientation_directory

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """The folder of model tiers, as the service would find it from the repository's root."""
    return ROOT / Settings.from_env(os.environ).weights_dir


@pytest.fixture(scope="session")
def tier(weights_dir: Path) -> Callable[[str], Path]:
    """A tier's directory. Its absence is a failure: a suite that skips every engine would be green and say nothing."""

    def directory(name: str) -> Path:
        try:
            return installed_directory(weights_dir, name)
        except WeightsError as error:
            pytest.fail(str(error))

    return directory


@pytest.fixture(scope="session")
def tiny_tier(tier: Callable[[str], Path]) -> Path:
    """The smallest tier."""
    return tier("pp-ocrv6-tiny")


@pytest.fixture(scope="session")
def small_tier(tier: Callable[[str], Path]) -> Path:
    """The default tier."""
    return tier("pp-ocrv6-small")


@pytest.fixture(scope="session")
def orientation_models(weights_dir: Path) -> Path:
    """The directory of the orientation models, whose absence is a failure, too."""
    return orientation_directory(weights_dir) or pytest.fail("no orientation models: run `make setup` first")


@pytest.fixture(scope="session")
def draw() -> Callable[..., np.ndarray]:
    """Draw black text on white: a picture of *width* x *height* with *text* from *left*, on the line *bottom*."""

    def picture(text: str, width: int = 400, height: int = 120, left: int = 40, bottom: int = 80) -> np.ndarray:
        pixels = np.full((height, width, 3), 255, np.uint8)
        cv2.putText(pixels, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (0, 0, 0), 3, cv2.LINE_AA)
        return pixels

    return picture
