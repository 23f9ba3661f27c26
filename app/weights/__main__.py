"""``python -m app.weights list | fetch [NAME ...] | verify [NAME ...]``; the folder is OCR_WEIGHTS_DIR.

A NAME is a tier, ``orientation``, or what PaddleOCR calls its own models, such as ``PP-OCRv5_server``. None stands for
all tiers, ``orientation`` and the official models that OCR_MODEL may name.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from app.errors import ConfigurationError, OcrError
from app.settings import Settings
from app.weights.manifest import Collection, Manifest, read_manifest
from app.weights.official_models import ENGINE, OfficialPair, fetch_official, missing_models
from app.weights.store import fetch, find_tier, verify


def main(arguments: list[str]) -> int:
    """Run the command; 0 where all is well, 1 where it is not."""
    manifest = read_manifest()
    formatter = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m app.weights", description=__doc__, formatter_class=formatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="show what there is, and which of it is here")
    for name, text in (("fetch", "download what is missing"), ("verify", "check that all is here and sound")):
        command = commands.add_parser(name, help=text)
        command.add_argument("names", nargs="*", metavar="NAME")
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        if chosen.command == "list":
            return _list(manifest, settings.weights_dir)
        collections, pairs = _named(manifest, chosen.names) if chosen.names else _all(manifest, settings)
        run = _fetch if chosen.command == "fetch" else _verify
        return run(settings.weights_dir, collections, pairs)
    except OcrError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1


def _all(manifest: Manifest, settings: Settings) -> tuple[list[Collection], list[OfficialPair]]:
    pair = OfficialPair.parse(settings.model)
    if pair and settings.engine != ENGINE:
        raise ConfigurationError(f"OCR_MODEL={pair.name} is for engine {ENGINE}: set OCR_ENGINE={ENGINE} as well")
    return [*manifest.tiers.values(), manifest.orientation], [pair] if pair else []


def _named(manifest: Manifest, names: Sequence[str]) -> tuple[list[Collection], list[OfficialPair]]:
    collections: list[Collection] = []
    pairs = []
    for name in names:
        if pair := OfficialPair.parse(name):
            pairs.append(pair)
        else:
            is_tier = name != manifest.orientation.name
            collections.append(find_tier(manifest, name) if is_tier else manifest.orientation)
    return collections, pairs


def _list(manifest: Manifest, folder: Path) -> int:
    for collection in (*manifest.tiers.values(), manifest.orientation):
        state = "not fetched" if verify(folder, collection) else "ready"
        print(f"{collection.name:16} {state:12} {collection.licence:11} {collection.text}")
    print("\npublished by PaddleOCR, for engine paddle; these and others are fetched by their names:")
    for name in manifest.official:
        pair = OfficialPair.parse(name)
        state = "ready" if pair and not missing_models(folder, pair) else "not fetched"
        print(f"{name:48} {state}")
    return 0


def _fetch(folder: Path, collections: Sequence[Collection], pairs: Sequence[OfficialPair]) -> int:
    for path in fetch(folder, collections):
        print(f"wrote {path}")
    if collections:
        print(f"{', '.join(collection.name for collection in collections)}: every checksum is right")
    for pair in pairs:
        for path in fetch_official(folder, pair):
            print(f"wrote {path}")
        print(f"{pair.name}: {pair.detector} and {pair.recognizer} are here")
    return 0


def _verify(folder: Path, collections: Sequence[Collection], pairs: Sequence[OfficialPair]) -> int:
    faults = [fault for collection in collections for fault in verify(folder, collection)]
    faults += [f"{name}: missing" for pair in pairs for name in missing_models(folder, pair)]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(faults)} are missing or damaged" if faults else "all is here, every pinned checksum is right")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
