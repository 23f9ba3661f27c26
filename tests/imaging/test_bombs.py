"""The bench's generated files, decoded without a service around: each is what it may be, and none takes much memory."""

import json
import subprocess
import sys

import pytest

from app.errors import RequestError
from app.imaging.documents import decode_page
from app.imaging.missing_page import MissingPage
from bench.hostile.generator import generated_files
from bench.hostile.item import OK
from tests.conftest import ROOT

KINDS = sorted({file.kind for file in generated_files()})
PIXELS = 16_000_000
"""Of the largest picture among them."""

MEASURE = """
import json, os, sys
from pathlib import Path
from app.errors import RequestError
from app.imaging.decode import decode_image
from app.imaging.header import ImageLimits
from bench.hostile.generator import generated_files

def peak():
    return next(int(line.split()[1]) << 10 for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))

limits = ImageLimits(50_000_000, 20_000, 1000)
before, peaks = peak(), {}
for file in generated_files():
    if file.kind in {"bomb", "lying"}:
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now
        try:
            decode_image(file.data, limits)
        except RequestError:
            pass
        peaks[file.name] = peak() - before
print(json.dumps(peaks))
"""


def outcome(data, limits):
    """Return the code of the error that *data* is, or that there is none."""
    try:
        page = decode_page(data, limits, 0, 72)
    except RequestError as error:
        return error.code
    return page.error.code if isinstance(page, MissingPage) else OK


@pytest.mark.parametrize("kind", KINDS)
def test_generated_files_are_what_they_may_be(kind, limits):
    """Every file of a kind decodes where a picture may be in it, and has one of the errors that it may have."""
    for file in generated_files():
        if file.kind != kind or not file.data:
            continue
        assert outcome(file.data, limits) in file.allowed, file.name


def test_no_bomb_takes_more_memory_than_a_picture():
    """Whatever a file of the generator claims, holds or unpacks to, its peak is that of a picture of its size."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], cwd=ROOT, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    peaks = json.loads(done.stdout)
    assert len(peaks) > 100
    name = max(peaks, key=peaks.__getitem__)
    assert peaks[name] < 12 * PIXELS, f"{name}: {peaks[name] >> 20} MiB"
