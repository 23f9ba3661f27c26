"""What is checked: a file, its judge, and ways to break it that the judge must notice."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jsonschema.validators import validator_for

ROOT = Path(__file__).parents[1]
"""The folder ``deploy``."""

Judge = Callable[[str], list[str]]
"""From a file's text to what is wrong with it, a line each; nothing where it is right."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One file of a platform."""

    path: str
    """Relative to :data:`ROOT`."""

    judge: Judge
    breakages: tuple[tuple[str, str], ...]
    """Pieces of its text, each with what takes its place in a copy that must be refused: misspelt keys, wrong types."""

    def complaints(self) -> list[str]:
        """What is wrong with it, and which of its broken copies passed."""
        text = (ROOT / self.path).read_text(encoding="utf-8")
        passed = [
            f"passes with {new!r} for {old!r}" for old, new in self.breakages if not self.judge(broken(text, old, new))
        ]
        return self.judge(text) + passed


def broken(text: str, old: str, new: str) -> str:
    """*text* with the first *old* replaced, which must be in it: else the copy would be no other."""
    if old not in text:
        raise LookupError(f"{old!r} is not in the file")
    return text.replace(old, new, 1)


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping, of which YAML readers silently keep one."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    for key in keys:
        if keys.count(key) > 1:
            raise yaml.YAMLError(f"{key!r} stands twice{node.start_mark}")
    loader.flatten_mapping(node)
    return {loader.construct_object(key): loader.construct_object(value, deep=True) for key, value in node.value}


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def documents(text: str) -> list[Any]:
    """The YAML documents of *text*."""
    return list(yaml.load_all(text, Loader=_StrictLoader))


def mismatches(value: object, schema: dict[str, Any], where: str = "") -> list[str]:
    """Where *value* departs from a JSON schema, a line each."""
    errors = validator_for(schema)(schema).iter_errors(value)
    return [f"{where}{error.json_path}: {error.message[:300]}" for error in errors]
