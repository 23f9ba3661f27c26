"""Where compiled models are kept between two commands, where nobody says where."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from app.version import NAME


def user_cache(environ: Mapping[str, str]) -> str:
    """The user's own cache folder of this program, made where it is missing; empty where there is none to be trusted.

    What is compiled is run: nobody else may be able to put something there.
    """
    base = environ.get("XDG_CACHE_HOME") or (f"{environ['HOME']}/.cache" if environ.get("HOME") else "")
    folder = Path(base, NAME)
    if not folder.is_absolute():  # the standard has relative ones ignored
        return ""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat(follow_symlinks=False)
    except OSError:
        return ""
    is_own = stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return str(folder) if is_own and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) else ""
