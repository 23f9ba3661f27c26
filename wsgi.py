"""What gunicorn serves: ``wsgi:app``. Importing it loads and warms the models, once per worker."""

import gc
import logging
import logging.config
import os
import sys
import warnings

from app import create_app
from app.access.gate import Access
from app.allocator import return_large_blocks, share_arenas
from app.errors import OcrError
from app.log_format import logging_config
from app.settings import REPLACEMENT_FLAG, Settings

_BOOT_ERROR = 3
"""The exit status at which gunicorn stops instead of starting the worker again."""

# Pillow warns of every odd file that a client sends, on stderr and in no log's format.
warnings.filterwarnings("ignore", module=r"PIL\.")

share_arenas()
# Imports make many objects, which stay: to look through them again and again is a tenth of their time.
gc.disable()
try:
    settings = Settings.from_env(os.environ)
    # Neither the processes that this one starts nor a crash report's list of variables are to have the keys.
    os.environ.pop("OCR_API_KEYS", None)
    logging.config.dictConfig(logging_config(settings.log_level))
    access = Access.for_settings(settings, lenient=os.environ.get(REPLACEMENT_FLAG) == "1")
    settings = settings.without_keys()  # whatever keeps them, and the processes that are forked from here
    app = create_app(settings, access)
except OcrError as error:
    logging.getLogger("app").critical("start failed", extra={"code": error.code, "detail": str(error)})
    sys.exit(_BOOT_ERROR)
# From here on large blocks are bodies and answers. (The engine's process was forked before, and has rules of its own.)
return_large_blocks()
# What is there now stays: later collections need not look at it.
gc.freeze()
gc.enable()
