"""A small process that starts others: forked first, while the worker has no threads and little memory.

It has imported what the others need, so that each begins in a few milliseconds and shares those pages with it. What
runs in them is named ``module:function``; the function is given the channel to whoever asked for the process.
"""

import contextlib
import gc
import importlib
import logging
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.processes.attributes import die_with_parent, name_process, prefer_for_oom_killer
from app.processes.channel import Channel, ChannelClosedError, Message

_LOG = logging.getLogger(__name__)

_STANDARD_STREAMS = 3
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Role:
    """What a process is for: its name to the kernel, what runs in it, and how gladly it is given up for memory.

    entry: ``module:function``, called with the channel and *arguments*. prepare: a function of that module that the
    nursery calls before it forks the first process of this role. oom_score: 0 to 1000.
    """

    name: str
    entry: str
    arguments: tuple[Any, ...] = ()
    prepare: str = ""
    oom_score: int = 0


@dataclass(frozen=True, slots=True)
class Child:
    """A process of the nursery's. pid: of use for looking at it; to end it, ask the nursery."""

    pid: int
    channel: Channel


class Nursery:
    """The worker's end. Thread-safe."""

    def __init__(self, channel: Channel, pid: int) -> None:
        self._channel = channel
        self._pid = pid

    @classmethod
    def start(cls, roles: Sequence[Role]) -> "Nursery":
        """Fork it. To be called before the process has threads."""
        near, far = Channel.pair()
        sys.stdout.flush()
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            _run_to_the_end(lambda: _Tending({role.name: role for role in roles}, far).run(parent))
        far.close()
        return cls(near, pid)

    def begin(self, role: str) -> Channel:
        """Begin a process of that role: its end of the channel is closed where that comes to nothing.

        Raises:
            ChannelClosedError: The nursery is gone.
        """
        near, far = Channel.pair()
        with far:
            try:
                self._channel.send(Message({"spawn": role}, files=(far.fileno(),)), _PATIENCE_SECONDS)
            except ChannelClosedError:
                near.close()
                raise
        return near

    def kill(self, pid: int) -> None:
        """End a process of the nursery's at once, if it is still there."""
        with contextlib.suppress(ChannelClosedError):
            self._channel.send(Message({"kill": pid}), _PATIENCE_SECONDS)

    def close(self) -> None:
        """Let it end, and with it every process of its that is still there."""
        self._channel.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def born(channel: Channel, seconds: float) -> Child:
    """The process at the other end of *channel*, once it is there, for which so many *seconds* are waited.

    Raises:
        ChannelClosedError: There is none.
        TimeoutError: There is none in time.
    """
    try:
        return Child(channel.receive(seconds).head["pid"], channel)
    except (ChannelClosedError, TimeoutError):
        channel.close()
        raise


class _Tending:
    """What the nursery does: forks on request, and sees off those that end."""

    def __init__(self, roles: Mapping[str, Role], end: socket.socket) -> None:
        self._roles = roles
        self._channel = Channel(end)
        self._children: dict[int, str] = {}
        self._prepared: set[str] = set()

    def run(self, parent: int) -> None:
        """Serve until the worker is gone."""
        die_with_parent(parent)
        # What the worker left to be collected is not for this process to end: threads that it has were not forked.
        gc.freeze()
        name_process("ocr-nursery")
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads would be forked with it, and do nothing
        _close_files_but(self._channel.fileno())
        _leave_signals_to_the_worker()
        woken, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        waiting = selectors.DefaultSelector()
        waiting.register(woken, selectors.EVENT_READ, lambda: self._see_off(woken))
        waiting.register(self._channel, selectors.EVENT_READ, self._obey)
        with contextlib.suppress(ChannelClosedError):
            while True:
                for key, _ in waiting.select():
                    key.data()
        for pid in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in self._children:  # whoever closes the nursery waits for it, and so for them
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _obey(self) -> None:
        order = self._channel.receive()
        try:
            if "spawn" in order.head:
                self._fork(self._roles[order.head["spawn"]], order.files[0])
            elif order.head["kill"] in self._children:  # not yet seen off, so the number is still its own
                os.kill(order.head["kill"], signal.SIGKILL)
        except Exception:  # noqa: BLE001 - one process that cannot be started must not take the others with it
            _LOG.exception("no process started")
        finally:
            order.close()

    def _fork(self, role: Role, file: int) -> None:
        if role.name not in self._prepared:
            self._prepare(role)
            self._prepared.add(role.name)
        nursery, pid = os.getpid(), os.fork()
        if pid == 0:
            _run_to_the_end(lambda: self._become(role, file, nursery))
        self._children[pid] = role.name

    def _prepare(self, role: Role) -> None:
        module = importlib.import_module(role.entry.partition(":")[0])
        if role.prepare:
            getattr(module, role.prepare)()
        gc.freeze()  # else the first collection in a child would write to, and so copy, all of these pages

    def _become(self, role: Role, file: int, nursery: int) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with_parent(nursery)
        gc.enable()
        name_process(role.name)
        prefer_for_oom_killer(role.oom_score)
        _close_files_but(file)
        channel = Channel(socket.socket(fileno=file))
        channel.send(Message({"pid": os.getpid()}))
        module, _, function = role.entry.partition(":")
        getattr(importlib.import_module(module), function)(channel, *role.arguments)

    def _see_off(self, woken: int) -> None:
        os.read(woken, 512)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                name = self._children.pop(pid, "")
                if status:
                    code = os.waitstatus_to_exitcode(status)
                    how = {"signal": signal.strsignal(-code)} if code < 0 else {"exit_status": code}
                    _LOG.warning("process ended", extra={"role": name, "ended_pid": pid, **how})


def _run_to_the_end(work: Callable[[], None]) -> None:
    """Run *work* in a process that was just forked, which then ends: nothing of its parent's stack goes on in it."""
    status = 1
    try:
        work()
        status = 0
    except ChannelClosedError:  # whoever asked for it is gone
        pass
    except BaseException:  # noqa: BLE001 - whatever it is, this process must end here
        _LOG.critical("process failed", exc_info=True)
    finally:
        logging.shutdown()
        os._exit(status)


def _close_files_but(file: int) -> None:
    """Close what was inherited: a listening socket that is open here would outlive its service."""
    os.closerange(_STANDARD_STREAMS, file)
    os.closerange(file + 1, os.sysconf("SC_OPEN_MAX"))


def _leave_signals_to_the_worker() -> None:
    """A terminal's Ctrl-C and a supervisor's SIGTERM reach every process; the worker decides when the others end."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    for number in (signal.SIGABRT, signal.SIGPROF, signal.SIGWINCH):
        signal.signal(number, signal.SIG_DFL)
