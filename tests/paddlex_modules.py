"""PaddleX's own functions, for tests that hold ours against them."""

import importlib
import os
import tempfile
import warnings
from types import ModuleType

import pytest


def paddlex_module(name: str) -> ModuleType:
    """Return a module of PaddleX by its name below ``paddlex.inference``; the test is skipped without PaddleX.

    Its import makes folders at home and warns of what it does not find; neither is of interest here.
    """
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for variable in ("HOME", "PADDLE_PDX_CACHE_HOME"):
            patch.setitem(os.environ, variable, folder)
        pytest.importorskip("paddlex", reason="PaddleX is not installed: pip install -r requirements.txt")
        return importlib.import_module(f"paddlex.inference.{name}")
