"""Processes that are started, looked at, ended, and never left behind."""

import contextlib
import os
import socket

import psutil
import pytest

from app.processes.channel import ChannelClosedError, Message
from app.processes.nursery import Nursery, Role, born

PATIENCE = 30

ROLES = (
    Role("echo", "tests.processes.roles:echo", ("a", "b"), prepare="prepare", oom_score=300),
    Role("fail", "tests.processes.roles:fail"),
    Role("missing", "tests.processes.no_such_module:run"),
)


@pytest.fixture
def nursery():
    """A nursery with the roles above."""
    nursery = Nursery.start(ROLES)
    yield nursery
    nursery.close()


@pytest.fixture
def start(nursery):
    """Start a process of a role."""
    with contextlib.ExitStack() as stack:

        def run(role="echo"):
            child = born(nursery.begin(role), PATIENCE)
            stack.callback(child.channel.close)
            return child

        yield run


def ask(child):
    """What a process says of itself."""
    child.channel.send(Message({"hello": 1}))
    return child.channel.receive(PATIENCE).head


def test_a_process_does_what_its_role_says(start):
    """With its arguments, under its name, after what its role prepares once for all."""
    first, second = start(), start()
    for child in (first, second):
        said = ask(child)
        assert said["said"] == {"hello": 1}
        assert said["arguments"] == ["a", "b"]
        assert said["name"] == "echo"
        assert said["pid"] == child.pid
        assert said["prepared"] == ["yes"]
        assert said["oom"] == 300
    assert first.pid != second.pid


def test_a_process_has_none_of_its_asker_s_files(start):
    """A listening socket that a child still had would keep the port of a service that is gone."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        files = ask(start())["files"]
    assert len(files) <= 5  # the standard streams, the channel, and the listing itself


def test_signals_are_left_to_the_worker(start):
    """Ctrl-C and SIGTERM, which may reach every process of a group, end none of them."""
    assert ask(start())["ignored"] == [True, True]


def test_a_process_ends_when_its_channel_is_closed(start):
    """That is how it is told that nobody needs it."""
    child = start()
    process = psutil.Process(child.pid)
    child.channel.close()
    assert not psutil.wait_procs([process], PATIENCE)[1]


def test_a_process_is_killed_on_request(nursery, start):
    """Its channel closes, and the others go on; who is gone already cannot be killed again."""
    victim, other = start(), start()
    nursery.kill(victim.pid)
    with pytest.raises(ChannelClosedError):
        victim.channel.receive(PATIENCE)
    nursery.kill(victim.pid)
    nursery.kill(os.getpid())  # none of its own
    assert ask(other)["pid"] == other.pid


@pytest.mark.parametrize("role", ["missing", "nobody"])
def test_what_cannot_be_started_is_told(start, role):
    """A role without a module, or no role at all, and the nursery goes on."""
    with pytest.raises(ChannelClosedError):
        start(role)
    assert ask(start())["name"] == "echo"


def test_what_fails_closes_its_channel(start):
    """Whoever waits for it hears of it at once."""
    child = start("fail")
    with pytest.raises(ChannelClosedError):
        child.channel.receive(PATIENCE)


def test_closing_ends_them_all(nursery, start):
    """The nursery goes, and with it whoever is still there, busy or not: nobody has to wait for them."""
    processes = [psutil.Process(start().pid) for _ in range(3)]
    parent = processes[0].parent()
    nursery.close()
    assert not any(process.is_running() for process in (*processes, parent))


def test_none_outlives_a_nursery_that_is_killed(start):
    """The kernel ends them with it."""
    process = psutil.Process(start().pid)
    process.parent().kill()
    assert not psutil.wait_procs([process], PATIENCE)[1]


def test_a_nursery_that_is_gone_is_told(nursery, start):
    """Who asks it for a process hears that there is none."""
    process = psutil.Process(start().pid).parent()
    process.kill()
    with contextlib.suppress(ChannelClosedError):  # an order may still go into its socket
        start()
    with pytest.raises(ChannelClosedError):
        start()
    nursery.kill(1)


def test_a_process_is_waited_for_no_longer_than_that(nursery, start):
    """Where the nursery stands still, whoever wants a process hears of it when its time is up."""
    tending = psutil.Process(start().pid).parent()
    tending.suspend()
    try:
        with pytest.raises(TimeoutError):
            born(nursery.begin("echo"), 0.2)
    finally:
        tending.resume()
