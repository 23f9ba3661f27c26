"""Entry point of ``python -m bench``."""

import sys

try:
    from bench.cli import main
except ModuleNotFoundError as error:
    remedy = f"`make bench`, or {sys.executable} -m pip install -r bench/requirements.txt"
    print(f"bench: {error.name} is missing; {remedy}", file=sys.stderr)
    sys.exit(2)

sys.exit(main(sys.argv[1:]))
