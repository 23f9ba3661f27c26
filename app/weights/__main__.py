"""``python -m app.weights list | fetch [TIER ...] | verify [TIER ...]``; the folder is OCR_WEIGHTS_DIR."""

import argparse
import os
import sys
from pathlib import Path

from app.errors import OcrError
from app.settings import Settings
from app.weights.manifest import Manifest, Tier, read_manifest
from app.weights.store import fetch, find_tier, verify


def main(arguments: list[str]) -> int:
    """Run the command; 0 where all is well, 1 where it is not."""
    manifest = read_manifest()
    parser = argparse.ArgumentParser(prog="python -m app.weights", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="show the tiers, and which are here")
    for name, text in (("fetch", "download what is missing"), ("verify", "check every file's sha256")):
        command = commands.add_parser(name, help=text)
        command.add_argument("tiers", nargs="*", metavar="TIER", help="all where none is named")
    chosen = parser.parse_args(arguments)
    try:
        folder = Settings.from_env(os.environ).weights_dir
        if chosen.command == "list":
            return _list(manifest, folder)
        tiers = [find_tier(manifest, name) for name in chosen.tiers] or list(manifest.tiers.values())
        return _fetch(folder, tiers) if chosen.command == "fetch" else _verify(folder, tiers)
    except OcrError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1


def _list(manifest: Manifest, folder: Path) -> int:
    for tier in manifest.tiers.values():
        state = "not fetched" if verify(folder, tier) else "ready"
        print(f"{tier.name:16} {state:12} {tier.licence:11} {tier.text}")
    print("\npublished by the authors, to be unpacked by hand and named in OCR_MODEL_DIR:")
    for model in manifest.official:
        print(f"{model.name:20} {model.url}")
    return 0


def _fetch(folder: Path, tiers: list[Tier]) -> int:
    written = fetch(folder, tiers)
    for path in written:
        print(f"wrote {path}")
    print(f"{', '.join(tier.name for tier in tiers)}: every checksum is right")
    return 0


def _verify(folder: Path, tiers: list[Tier]) -> int:
    faults = [fault for tier in tiers for fault in verify(folder, tier)]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(faults)} files are missing or damaged" if faults else "every checksum is right")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
