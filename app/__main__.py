"""``python -m app ocr FILES``: see docs/command-line.md."""

import signal
import sys

if __name__ == "__main__":
    # While it is imported there is nothing to see to: Ctrl-C ends it without a traceback.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    from app.command_line.command import main

    sys.exit(main(sys.argv[1:]))
