"""Limits on the memory of a process, set where it cannot hurt others."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

GROW = """
import mmap, resource
from app.imaging.memory_limit import growth_limited, limit_growth
MIB = 1 << 20

def fits(size):
    try:
        mmap.mmap(-1, size).close()
    except OSError:
        return False
    return True
"""


def run(code):
    """Run *code* in a process of its own, and return what it prints."""
    command = [sys.executable, "-c", GROW + code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()


def test_growth_is_limited_for_good():
    """What was there stays, so much comes on top, and no more."""
    assert run("limit_growth(100 * MIB); print(fits(90 * MIB), fits(110 * MIB), fits(90 * MIB))") == [
        "True",
        "False",
        "True",
    ]


@pytest.mark.parametrize("before", ["", "limit_growth(500 * MIB);"])
def test_growth_is_limited_for_a_while(before):
    """Meanwhile less, afterwards as before, even where it ends with an error."""
    code = f"""
{before}
soft = resource.getrlimit(resource.RLIMIT_AS)
try:
    with growth_limited(100 * MIB):
        print(fits(90 * MIB), fits(110 * MIB))
        raise KeyError
except KeyError:
    print(fits(110 * MIB), resource.getrlimit(resource.RLIMIT_AS) == soft)
"""
    assert run(code) == ["True", "False", "True", "True"]


def test_a_limit_that_is_lower_stays():
    """Nobody gets more than he has."""
    code = "limit_growth(50 * MIB)\nwith growth_limited(100 * MIB):\n    print(fits(40 * MIB), fits(60 * MIB))"
    assert run(code) == ["True", "False"]
