"""The command line with faults in it, for tests: ``python -m tests.faults.command_faulty ocr FILES``."""

import sys

import tests.faults.faulty  # noqa: F401 - before anything is started
from app.command_line.command import main

sys.exit(main(sys.argv[1:]))
