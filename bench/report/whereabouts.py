"""Settings without what tells whose machine this is: folders, hosts, and passwords in addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

REMOTE = "remote"
"""Stands for every host but this one."""

_ADDRESS = re.compile(r"\bhttps?://[^/\s?#'\"<>]+")


def without_whereabouts(value: Any) -> Any:
    """Return a value in JSON's types, with paths made relative and hosts other than this one made nameless.

    A path below neither the working folder nor the home folder keeps its last two names.
    """
    match value:
        case Path():
            return _short_path(value)
        case str():
            return _short_text(value)
        case Mapping():
            return {str(name): without_whereabouts(item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [without_whereabouts(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return msgspec.to_builtins(value, enc_hook=str, str_keys=True)


def _short_path(path: Path) -> str:
    """Return a path relative to the working folder; one that lies elsewhere is cut."""
    if not path.is_absolute():
        return str(path)
    for folder, name in _folders():
        if path.is_relative_to(folder):
            return str(Path(name) / path.relative_to(folder))
    return str(Path("...", *path.parts[1:][-2:]))


def _short_text(text: str) -> str:
    """Return text, such as a command, with the names of folders and hosts replaced."""
    for folder, name in _folders():
        text = re.sub(rf"{re.escape(str(folder))}(?![\w.-])", name, text)
    return _ADDRESS.sub(lambda match: _nameless(match.group()), text)


def _folders() -> list[tuple[Path, str]]:
    """Return the folders that have short names, the working folder first; the root of all folders is none."""
    folders = [(Path.cwd(), "."), (Path.home(), "~")]
    return [(folder, name) for folder, name in folders if folder != Path("/")]


def _nameless(address: str) -> str:
    """Return an address without user and password, and without its host unless that is this machine."""
    try:
        parts = urlsplit(address)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return REMOTE
    host = parts.netloc.rpartition("@")[2].removesuffix(port) if _is_here(parts.hostname or "") else REMOTE
    return f"{parts.scheme}://{host}{port}"


def _is_here(host: str) -> bool:
    """Return whether a host is this machine's own loopback."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
