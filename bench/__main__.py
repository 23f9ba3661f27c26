"""Entry point of ``python -m bench``."""

import sys

try:
    from bench.cli import main
except ModuleNotFoundError as error:
    print(f"bench: {error.name} is missing; `make bench`, or pip install -r bench/requirements.txt", file=sys.stderr)
    sys.exit(2)

sys.exit(main(sys.argv[1:]))
