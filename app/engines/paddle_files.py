"""Reads a model directory in PaddleOCR's layout and Paddle's format, as far as is needed before PaddleOCR reads it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.engines.model_files import described, dictionary, read_config

_PROGRAMS = ("inference.json", "inference.pdmodel")
"""Names of the graph: of PaddlePaddle 3, and of 2 (which 3 reads as well)."""


@dataclass(frozen=True, slots=True)
class PaddleModel:
    """A model: the name by which PaddleOCR knows what to do with it, and where it lies."""

    name: str
    directory: Path


@dataclass(frozen=True, slots=True)
class PaddleRecognizerModel(PaddleModel):
    """A recogniser. single_characters: whether each entry of its dictionary is one code point.

    PaddleX can tell where characters stand only then: it counts code points.
    """

    single_characters: bool


def read_detector(directory: Path) -> PaddleModel:
    """Read the detection model in *directory*.

    Raises:
        WeightsError: A file is missing or does not say what is needed, or the model is of another kind.
    """
    config = _config(directory)
    with described(directory):
        _expect(config, "DBPostProcess", "detects text")
        if config["PostProcess"].get("box_type", "quad") != "quad":
            raise ValueError("it finds curves, and only quads are served")
        return PaddleModel(config["Global"]["model_name"], directory)


def read_recognizer(directory: Path) -> PaddleRecognizerModel:
    """Read the recognition model in *directory*.

    Raises:
        WeightsError: A file is missing or does not say what is needed, or the model is of another kind.
    """
    config = _config(directory)
    with described(directory):
        _expect(config, "CTCLabelDecode", "reads text")
        characters = dictionary(config)
        name = config["Global"]["model_name"]
        return PaddleRecognizerModel(name, directory, all(len(entry) == 1 for entry in characters))


def _config(directory: Path) -> dict[str, Any]:
    program = next((name for name in _PROGRAMS if (directory / name).is_file()), _PROGRAMS[0])
    return read_config(directory, (program, "inference.pdiparams"))


def _expect(config: dict[str, Any], post_process: str, what: str) -> None:
    found = config["PostProcess"]["name"]
    if found != post_process:
        raise ValueError(f"PostProcess is {found}; a model that {what} has {post_process}")
