"""The command: its sequence, and its exit status."""

import dataclasses
import gc
import logging
import logging.config
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from app.allocator import return_large_blocks, share_arenas
from app.command_line.arguments import PROGRAM, Arguments, parse
from app.command_line.user_cache import user_cache
from app.engine_plan import EnginePlan, plan_engine
from app.errors import ConfigurationError, InvalidOptionError, OcrError
from app.household import begin_engine, start_nursery
from app.log_format import logging_config
from app.settings import Settings, unknown_names

READ, SOME_FAILED, WRONG_USAGE, NO_ENGINE = range(4)
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SIGNALLED = 128
"""Is added to the number of the signal that ended the command, as shells have it."""

_WEEK = 7 * 86400.0
"""A file may take as long as it takes."""

_MOST_WAITING = 4096
"""Nobody is refused for others: no more wait than are read at a time."""

_ROOT = Path(__file__).parents[2]

_DEFAULTS = {
    "OCR_WEIGHTS_DIR": str(_ROOT / "weights"),
    "OCR_MAX_BYTES": str(256 << 20),
    "OCR_MAX_PAGES": "100000",
    "OCR_MAX_FRAMES": "100000",
}
"""Where the environment says nothing: what keeps one of a service's clients from taking all is not needed here."""


class _Ended(BaseException):
    """A signal wants the command to end. Its argument: the signal's number."""


def main(arguments: Sequence[str]) -> int:
    """Run the command; its exit status."""
    _open_streams()
    for number in _ENDING:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it, and a shell for what it runs behind itself
            signal.signal(number, _end)
    try:
        parsed = parse(arguments)
        return parsed if isinstance(parsed, int) else _ocr(parsed)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.ClickException as error:
        _say(error.format_message())
    except (ConfigurationError, InvalidOptionError) as error:
        _say(str(error))
    except OcrError as error:
        _say(f"{error.code}: {error}")
        return NO_ENGINE
    except _Ended as ended:
        _ignore_signals()
        return _SIGNALLED + int(ended.args[0])
    except BrokenPipeError:  # whoever reads has enough
        return _SIGNALLED + signal.SIGPIPE
    except OSError as error:  # a name that is too long to be looked for, for one
        _say(str(error))
    return WRONG_USAGE


def _ocr(arguments: Arguments) -> int:
    plan = _plan(arguments, os.environ)
    for name in [] if arguments.quiet else unknown_names(os.environ):
        _say(f"unknown setting {name}")
    if arguments.verbose:
        logging.config.dictConfig(logging_config(plan.settings.log_level, "stderr"))
    else:
        logging.disable()
    share_arenas()
    gc.disable()  # imports make many objects, which stay: here, and in the processes that begin now
    nursery = start_nursery(plan)
    engine = begin_engine(nursery)
    return_large_blocks()
    # Imported while the engine is, in another process.
    from app.command_line.batch import Batch  # noqa: PLC0415
    from app.core import Core, Listeners  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    core = Core.build(plan, nursery, Listeners())
    try:
        return READ if Batch(arguments, core).run(engine) else SOME_FAILED
    finally:
        _ignore_signals()
        core.stop()


def _plan(arguments: Arguments, environ: Mapping[str, str]) -> EnginePlan:
    given = {f"OCR_{name.upper()}": value for name, value in arguments.settings.items()}
    settings = Settings.from_env({**_DEFAULTS, "OCR_CACHE_DIR": user_cache(environ), **environ, **given})
    return plan_engine(
        dataclasses.replace(
            settings,
            workers=1,
            deadline_seconds=arguments.timeout or _WEEK,
            queue_size=_MOST_WAITING,
        )
    )


def _end(number: int, _: FrameType | None) -> NoReturn:
    """Raise what ends the command, and again each second until it has come where it is waited for.

    It may come up where Python swallows whatever does: in a callback of a weak reference, while a module is imported.
    """
    _ignore_signals()
    signal.signal(signal.SIGALRM, lambda *_: _raise_ended(number))
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    _raise_ended(number)


def _raise_ended(number: int) -> NoReturn:
    raise _Ended(number)


def _ignore_signals() -> None:
    """Nothing interrupts the end."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    for number in _ENDING:
        signal.signal(number, signal.SIG_IGN)


def _open_streams() -> None:
    """Let what is closed lead nowhere: the next file that is opened would have its number, and be taken for it."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))


def _say(text: str) -> None:
    print(f"{PROGRAM}: {' '.join(text.split())}", file=sys.stderr)
