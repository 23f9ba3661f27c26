"""Reads a model directory in PaddleOCR's layout: ``inference.onnx`` beside the ``inference.yml`` that describes it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.errors import WeightsError

GRAPH_NAME = "inference.onnx"
CONFIG_NAME = "inference.yml"

Channels = tuple[float, float, float]
FilesT = TypeVar("FilesT")


@dataclass(frozen=True, slots=True)
class DetectorFiles:
    """A detection model: its graph, how a pixel from 0 to 255 is normalised, and how many boxes it may find.

    mean, scale: by channel, blue, green, red; the model sees ``(pixel - mean) / scale``.
    """

    graph: Path
    mean: Channels
    scale: Channels
    max_candidates: int


@dataclass(frozen=True, slots=True)
class RecognizerFiles:
    """A recognition model: its graph and its alphabet, index 0 being the CTC blank."""

    graph: Path
    alphabet: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The two models that make a tier."""

    detector: DetectorFiles
    recognizer: RecognizerFiles


def read_model_files(directory: Path) -> ModelFiles:
    """Read ``directory/det`` and ``directory/rec``.

    Raises:
        WeightsError: A file is missing or does not say what is needed.
    """
    return ModelFiles(_read(directory / "det", _detector), _read(directory / "rec", _recognizer))


def _read(directory: Path, parse: Callable[[Path, dict[str, Any]], FilesT]) -> FilesT:
    config = read_config(directory, (GRAPH_NAME,))
    with described(directory):
        return parse(directory / GRAPH_NAME, config)


@contextmanager
def described(directory: Path) -> Iterator[None]:
    """Whatever goes wrong with a configuration inside is a WeightsError that names the file in *directory*."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{directory / CONFIG_NAME} does not describe a model: {error}") from error


def read_config(directory: Path, graph: Sequence[str]) -> dict[str, Any]:
    """What ``inference.yml`` in *directory* says, beside which the files named in *graph* lie.

    Raises:
        WeightsError: A file is missing, or the configuration is no mapping.
    """
    import yaml  # noqa: PLC0415 - 20 ms, and a start that finds its models in the compile cache reads no configuration

    try:
        for name in (*graph, CONFIG_NAME):
            if not (directory / name).is_file():
                raise WeightsError(f"{directory / name} is missing")
        # The C loader: a dictionary of 18 000 characters takes PyYAML's own half a second.
        config = yaml.load((directory / CONFIG_NAME).read_bytes(), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise WeightsError(f"{directory} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise WeightsError(f"{directory / CONFIG_NAME} is not YAML: {error}") from error
    if not isinstance(config, dict):
        raise WeightsError(f"{directory / CONFIG_NAME} holds no mapping")
    return config


def _operator(config: dict[str, Any], name: str) -> dict[str, Any]:
    """The arguments of the pre-processing operator *name*; empty where the file does not name it."""
    for entry in config.get("PreProcess", {}).get("transform_ops", []):
        if name in entry:
            return dict(entry[name] or {})
    return {}


def _detector(graph: Path, config: dict[str, Any]) -> DetectorFiles:
    normalise = _operator(config, "NormalizeImage")
    mean = _channels(normalise.get("mean", (0.485, 0.456, 0.406)))
    scale = _channels(normalise.get("std", (0.229, 0.224, 0.225)))
    if not all(scale):
        raise ValueError("a std is 0")
    return DetectorFiles(graph, mean, scale, int(config.get("PostProcess", {}).get("max_candidates", 1000)))


def _channels(values: Sequence[float]) -> Channels:
    """Shares of white, as the file states them, in units of a pixel."""
    blue, green, red = (255 * float(value) for value in values)
    return blue, green, red


def _recognizer(graph: Path, config: dict[str, Any]) -> RecognizerFiles:
    # PaddleOCR puts the blank before the dictionary and the space behind it.
    return RecognizerFiles(graph, ("", *dictionary(config), " "))


def dictionary(config: dict[str, Any]) -> tuple[str, ...]:
    """The characters that a recogniser of lines of 48 pixels knows, blank and space apart; raises what is amiss."""
    characters = config["PostProcess"]["character_dict"]
    if not isinstance(characters, list) or not characters:
        raise TypeError("PostProcess.character_dict is no list of characters")
    shape = _operator(config, "RecResizeImg").get("image_shape", [3, 48, 320])
    if list(shape[:2]) != [3, 48]:
        raise ValueError(f"image_shape is {shape}; only lines of 3 x 48 pixels are served")
    return tuple(map(str, characters))
