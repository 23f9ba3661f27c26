"""What fuzzing begins with: what the bench generates, the tests' pictures, and others' where they are here."""

import hashlib
import sys
from pathlib import Path

from bench.hostile.entry_paths import entry_paths
from bench.hostile.generator import generated_files, generated_requests
from bench.hostile.seeds import seeds
from fuzz.seed_requests import seed_requests

ROOT = Path(__file__).parents[1]
FOREIGN = (ROOT.parent / "shared" / "hostile", ROOT / "tests" / "images")
LARGEST = 1 << 16
"""Bytes. What is larger is mutated too slowly to find anything."""


def pictures() -> list[bytes]:
    """Return files in an image's place."""
    found = [file.data for file in generated_files()]
    found += [path.read_bytes() for folder in FOREIGN if folder.is_dir() for path in folder.iterdir() if path.is_file()]
    return found


def requests() -> list[bytes]:
    """Return requests to the byte: a head, an empty line, a body."""
    good = seeds()
    bodies = [path.build(good[name], good["png"]) for path in entry_paths() for name in ("gif", "png-16")]
    return bodies + seed_requests() + [request.data for request in generated_requests()]


def write(folder: Path, found: list[bytes]) -> int:
    """Write each into *folder* under a name of its content; returns how many there are."""
    folder.mkdir(parents=True, exist_ok=True)
    small = {hashlib.sha256(data).hexdigest()[:20]: data for data in found if len(data) <= LARGEST}
    for name, data in small.items():
        (folder / name).write_bytes(data)
    return len(small)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    print(f"{write(target / 'pictures', pictures())} pictures, {write(target / 'requests', requests())} requests")
