"""The service with an engine that mixes answers up, for the test of the check: OCR_MIXING_FAULT says how."""

import os
from typing import Any

import pytest

from app.engines import null_engine
from app.engines.base import Engine
from app.inference import loaded_engine
from tests.http import test_crosstalk

_fault = getattr(test_crosstalk, os.environ["OCR_MIXING_FAULT"])


def load(_choice: Any, _settings: Any, _directory: Any, plan: Any) -> Engine:
    """Load the null engine, with the fault."""
    engine: Engine = _fault(null_engine.load(plan, 0), pytest.MonkeyPatch())
    return engine


# The engine's process is forked from the worker, and has it, too.
loaded_engine.load_engine = load

from wsgi import app  # noqa: E402, F401 - what gunicorn serves, made now
