"""When a peer's environment is made, made again, and left alone."""

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bench.errors import BenchError
from bench.peers import environment as module
from bench.peers.environment import PeerEnvironment, run_command

PEERS = Path(module.__file__).parent


@pytest.fixture
def peer(tmp_path: Path) -> PeerEnvironment:
    """Return an environment that does not exist yet, with one overlay."""
    for name in ("main.txt", "overlay.txt"):
        (tmp_path / name).write_text(f"{name}==1\n")
    return PeerEnvironment(tmp_path / "venv", tmp_path / "main.txt", (tmp_path / "overlay.txt",))


@pytest.fixture
def create() -> Callable[[Path], None]:
    """Return a stand-in for making an empty environment."""

    def make(folder: Path) -> None:
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "bin" / "python").touch()

    return make


def test_it_is_made_once_and_overlays_come_last(peer: PeerEnvironment, create: Callable[[Path], None]) -> None:
    """Requirements go in before the overlay, which replaces files without dependencies; then nothing runs again."""
    commands: list[Sequence[str]] = []
    assert peer.ensure(create, commands.append) == peer.python
    assert peer.ensure(create, commands.append) == peer.python
    assert [command[-1] for command in commands] == [str(peer.requirements), str(peer.overlays[0])]
    assert "--force-reinstall" not in commands[0]
    assert {"--force-reinstall", "--no-deps"} <= set(commands[1])


@pytest.mark.parametrize("changed", ["main.txt", "overlay.txt"])
def test_it_is_made_again_when_a_pin_changes(
    peer: PeerEnvironment, create: Callable[[Path], None], tmp_path: Path, changed: str
) -> None:
    """A change of either requirements file makes the environment stale."""
    peer.ensure(create, lambda _: None)
    (tmp_path / changed).write_text("other==2\n")
    assert not peer.is_ready()


def test_an_interrupted_installation_is_done_again(peer: PeerEnvironment, create: Callable[[Path], None]) -> None:
    """An environment whose installation failed half way does not pass for ready."""

    def fail(_: Sequence[str]) -> None:
        raise BenchError("no network")

    with pytest.raises(BenchError, match="no network"):
        peer.ensure(create, fail)
    assert not peer.is_ready()


def test_a_failing_command_shows_the_end_of_its_output() -> None:
    """A failed installation ends with its status and its last lines."""
    with pytest.raises(BenchError, match=r"(?s)status 3.*last words"):
        run_command([sys.executable, "-c", "print('last words'); raise SystemExit(3)"])


@pytest.mark.parametrize("path", sorted(PEERS.glob("*requirements.txt")), ids=lambda path: path.name)
def test_every_pin_is_exact(path: Path) -> None:
    """The peers' requirements pin every distribution to one version, so that two machines measure the same thing."""
    pins = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    assert pins
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+", pin)] == []
