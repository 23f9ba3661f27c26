"""What runs in the processes of the tests."""

import os
import signal
from pathlib import Path

from app.processes.channel import Channel, ChannelClosedError, Message

prepared: list[str] = []


def prepare() -> None:
    """Leave a trace."""
    prepared.append("yes")


def echo(channel: Channel, *arguments: str) -> None:
    """Answer each message with what this process is."""
    try:
        while True:
            question = channel.receive()
            channel.send(
                Message({"said": question.head, "arguments": list(arguments), "prepared": prepared, **_self()})
            )
    except ChannelClosedError:
        pass


def _self() -> dict[str, object]:
    numbers = (signal.SIGTERM, signal.SIGINT)
    return {
        "pid": os.getpid(),
        "name": Path("/proc/self/comm").read_text().strip(),
        "files": sorted(int(file.name) for file in Path("/proc/self/fd").iterdir()),
        "oom": int(Path("/proc/self/oom_score_adj").read_text()),
        "ignored": [signal.getsignal(number) is signal.SIG_IGN for number in numbers],
    }


def fail(_: Channel) -> None:
    """End at once."""
    raise RuntimeError("on purpose")
