"""``python -m app ocr FILES``: see docs/command-line.md."""

import sys

from app.command_line.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
