"""When a peer's environment is made, made again, and left alone."""

import io
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from bench.errors import BenchError
from bench.peers import environment as module
from bench.peers.environment import PeerEnvironment, run_command


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
    assert all("--require-hashes" in command for command in commands)


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


def test_a_command_that_cannot_be_started_is_a_clear_error(tmp_path: Path) -> None:
    """An environment without an interpreter: one line, no traceback."""
    with pytest.raises(BenchError, match="could not be started"):
        run_command([str(tmp_path / "python")])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (subprocess.CalledProcessError(1, "ensurepip", b"No module named ensurepip"), "No module named ensurepip"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_an_environment_that_cannot_be_made_is_a_clear_error(
    peer: PeerEnvironment, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    """Python without ensurepip, or a full disk: the reason in one line, so that a comparison can go on without it."""

    def fail(_: object, __: Path) -> None:
        raise error

    monkeypatch.setattr(venv.EnvBuilder, "create", fail)
    with pytest.raises(BenchError, match=words):
        peer.ensure()
    assert not peer.is_ready()


def test_the_wait_for_an_installation_shows_names_as_they_are(
    peer: PeerEnvironment, create: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder such as ``[x]`` is no markup, which would vanish or end in an error."""
    monkeypatch.setattr(module, "_create", create)
    monkeypatch.setattr(PeerEnvironment, "ensure", lambda self: self.python)
    console = Console(record=True, force_terminal=True, width=500, file=io.StringIO())
    peer.ensure_shown("Peer [x] [/y]", console)
    assert "installing Peer [x] [/y] into" in console.export_text()


def test_a_version_is_that_of_the_pin(peer: PeerEnvironment) -> None:
    """What the tables say of a peer's version is what is installed; a name that is not pinned is an error."""
    assert peer.version("main.txt") == "1"
    peer.requirements.write_text("main==1.2 \\\n    --hash=sha256:0\nmarked==3 ; sys_platform == 'linux' \\\n")
    assert (peer.version("main"), peer.version("marked")) == ("1.2", "3")
    with pytest.raises(BenchError, match="does not pin other"):
        peer.version("other")
