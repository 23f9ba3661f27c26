"""``python -m app.bake``: fills OCR_CACHE_DIR with the models that the settings ask for, as an image's build does.

What is baked serves machines with the vector instructions of this one; on others the service compiles, as without.
"""

import os
import sys

from app.engine_plan import engine_choice
from app.engines.registry import load_engine
from app.errors import OcrError
from app.settings import Settings
from app.slot_plan import SlotPlan
from app.weights.selection import model_directory

_CACHING_ENGINE = "openvino"


def main() -> int:
    """Run the command; 0 where all is well, 1 where it is not."""
    try:
        settings = Settings.from_env(os.environ)
        choice = engine_choice(settings)
        if settings.cache_dir is None:
            print("OCR_CACHE_DIR is not set", file=sys.stderr)
            return 1
        settings.cache_dir.mkdir(parents=True, exist_ok=True)
        if choice.name != _CACHING_ENGINE:
            print(f"engine {choice.name} compiles nothing")
            return 0
        load_engine(choice, settings, model_directory(settings, choice.name), SlotPlan.for_settings(settings))
    except (OcrError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    entries = sorted(settings.cache_dir.iterdir())
    print(*entries, sep="\n")
    return 0 if entries else 1


if __name__ == "__main__":
    sys.exit(main())
