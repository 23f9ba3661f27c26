"""The command as a user knows it: what it says, where, and what it ends with."""

import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.command_line.arguments import SWITCHES, VALUES
from app.protocols.native import FORM_OPTIONS, OPTIONS
from tests import pdf_files

_SECONDS = 60


def test_the_options_of_recognition_are_those_of_requests() -> None:
    """Every one of them, and no other."""
    assert VALUES.keys() | SWITCHES.keys() == OPTIONS | FORM_OPTIONS


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--min-score", "7", "a.png"], "min_score is 7, allowed is 0 to 1"),
        (["--pages", "0", "a.png"], "pages"),
        (["--format", "docx", "a.png"], "format is none of json, "),
        (["--picture", "a.png"], "picture goes with json and ndjson alone"),
        (["--scor", "7", "a.png"], "No such option '--scor'"),
        (["--jobs", "0", "a.png"], "'-j' / '--jobs'"),
        (["--engine", "steam", "a.png"], "OCR_ENGINE='steam': must be one of "),
        (["--quiet"], "there is nothing to read"),
        (["--files-from", "none"], "--files-from none: No such file"),
        (["--files-from", "-", "-"], "stdin cannot be both"),
        (["-o", "x.txt", "a.png", "b.png"], "--output is for one file"),
        (["-o", "x.pfd", "a.png"], "x.pfd: no format has files that end in .pfd"),
        (["-o", "x.txt", "--output-dir", "x", "a.png"], "exclude each other"),
        (["--force", "--skip-existing", "a.png"], "exclude each other"),
        (["--format", "hocr", "a.png", "b.png"], "several files as hocr need --output-dir"),
        (["--output-dir", "x", "n" * 300], "File name too long"),
        (["--output-dir", "x", "http://a/x.png", "http://b/x.png"], "would both be written"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_wrong_with_the_question_is_said_in_a_line(ocr: Any, arguments: list[str], said: str) -> None:
    """Before anything is read, and whatever else is wrong."""
    ran = ocr(*arguments)
    assert (ran.returncode, ran.stdout) == (2, b"")
    (line,) = ran.stderr.decode().splitlines()
    assert line.startswith("python -m app: ")
    assert said in line


def test_wrong_settings_are_said_likewise(ocr: Any) -> None:
    """The service's own words."""
    ran = ocr("a.png", det_max_side="many")
    assert (ran.returncode, ran.stderr) == (2, b"python -m app: OCR_DET_MAX_SIDE='many': not a whole number\n")


def test_a_folder_that_cannot_be_is_said_before_anything_is_read(ocr: Any, picture: Any) -> None:
    """Not once for each of ten thousand files."""
    picture("a.png")
    ran = ocr("a.png", "--output-dir", "a.png/out")
    assert (ran.returncode, ran.stdout) == (2, b"")
    assert ran.stderr == b"python -m app: --output-dir a.png/out: Not a directory\n"


def test_settings_that_are_none_are_told(ocr: Any, picture: Any) -> None:
    """Most likely they are typing errors; the files are read."""
    picture("a.png")
    ran = ocr("a.png", modle="large")
    assert (ran.returncode, ran.stderr) == (0, b"python -m app: unknown setting OCR_MODLE\n")
    assert ocr("a.png", "-q", modle="large").stderr == b""


def test_nothing_asked_shows_how_to_ask(ocr: Any) -> None:
    """On stderr, as a mistake; asked for, it is an answer."""
    ran = ocr()
    assert (ran.returncode, ran.stdout) == (2, b"")
    asked = ocr("--help")
    assert (asked.returncode, asked.stderr) == (0, b"")
    assert ran.stderr == asked.stdout
    assert b"Exit status" in asked.stdout


def test_an_engine_that_cannot_start_is_told_from_files_that_cannot_be_read(ocr: Any, picture: Any) -> None:
    """Nothing was read, and another file would not be."""
    picture("a.png")
    missing = ocr("a.png", engine="openvino", weights_dir="nowhere")
    assert (missing.returncode, missing.stdout) == (3, b"")
    assert re.fullmatch(rb"python -m app: weights_error: [^\n]*nowhere[^\n]*\n", missing.stderr)
    empty = ocr("a.png", engine="openvino", model_dir="nowhere")
    assert (empty.returncode, empty.stdout, empty.stderr.count(b"\n")) == (3, b"", 1)


def test_files_that_cannot_be_read_cost_no_other(ocr: Any, picture: Any, folder: Path) -> None:
    """A line each on stderr, the others on stdout, in their order; and the status says that it was not all."""
    good = [picture(f"good{number}.png", 100 + number).name for number in range(3)]
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("no picture")
    (folder / "cut.png").write_bytes((folder / good[0]).read_bytes()[:60])
    (folder / "locked.pdf").write_bytes(pdf_files.encrypted())
    (folder / "sub").mkdir()
    (folder / "odd\n\x1b[31m.png").write_text("no picture")
    picture("large.png", height=100)
    names = ["none.png", good[0], "empty.png", "text.png", "cut.png", good[1], "locked.pdf", "sub", "large.png"]
    ran = ocr(*names, "odd\n\x1b[31m.png", good[2], max_pixels=5000)
    assert ran.returncode == 1
    assert re.findall(rb"==> (.*) <==", ran.stdout) == [name.encode() for name in good]
    said = [line.split(": ")[:2] for line in ran.stderr.decode().splitlines()]
    assert said == [
        ["none.png", "No such file or directory"],
        ["empty.png", "malformed_request"],
        ["text.png", "unsupported_media_type"],
        ["cut.png", "broken_image"],
        ["locked.pdf", "document_encrypted"],
        ["sub", "is a folder; --recursive reads what is in it"],
        ["large.png", "image_too_large"],
        ["odd\\n\\x1b[31m.png", "unsupported_media_type"],
    ]


def test_a_page_that_cannot_be_read_is_told_beside_those_that_were(ocr: Any, folder: Path) -> None:
    """JSON has a place for it, and the status says it; a text has none, and is not given without it."""
    data = pdf_files.painted(0, 100, 200)
    (folder / "a.pdf").write_bytes(
        pdf_files.with_table(data.replace(b"/Type /Page /Parent", b"/Type /Pag_ /Parent", 1))
    )
    ran = ocr("a.pdf", "--format", "json")
    assert ran.returncode == 1
    assert re.fullmatch(rb"a.pdf: page 1: broken_image: [^\n]*\n", ran.stderr)
    assert [("error" in page) for page in json.loads(ran.stdout)["pages"]] == [True, False, False]
    text = ocr("a.pdf")
    assert (text.returncode, text.stdout) == (1, b"")


def test_the_first_failure_can_be_the_last(ocr: Any, picture: Any, folder: Path) -> None:
    """For those who would rather know at once."""
    picture("a.png")
    ran = ocr("none.png", "a.png", "--fail-fast", "--jobs", "1")
    assert (ran.returncode, ran.stdout) == (1, b"")
    (folder / "out").mkdir()
    (folder / "out" / "b.txt").touch()
    assert ocr("b.png", "a.png", "--fail-fast", "--output-dir", "out").returncode == 1
    assert [path.name for path in (folder / "out").iterdir()] == ["b.txt"]


def test_answers_come_in_the_order_of_the_files(ocr: Any, picture: Any) -> None:
    """Though several are read at a time, and are not as long in the reading."""
    names = [picture(f"{number}.png", number, 40 + 400 * (number % 3 == 0)).name for number in range(30)]
    ran = ocr(*names, cpus=4)
    assert ran.returncode == 0
    assert re.findall(rb"==> (.*) <==", ran.stdout) == [name.encode() for name in names]
    assert len(set(re.findall(rb"null-\w+", ran.stdout))) == 30
    bare = ocr(*names, "--no-header", cpus=4)
    assert bare.stdout.splitlines() == re.findall(rb"null-\w+", ran.stdout)


def test_a_batch_can_be_gone_on_with(ocr: Any, picture: Any, folder: Path) -> None:
    """What is there is not read again, and never written over unless that is asked for."""
    for number in range(4):
        picture(f"in/{number}.png", number)
    first = ocr("--output-dir", "out", "in/0.png", "in/1.png")
    assert (first.returncode, first.stdout, first.stderr) == (0, b"", b"")
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["0.txt", "1.txt"]
    (folder / "out" / "0.txt").write_text("mine")
    again = ocr("--output-dir", "out", "in/*.png")
    assert again.returncode == 1
    assert again.stderr.count(b": its answer is there already") == 2
    (folder / "out" / "3.txt").unlink()
    resumed = ocr("--output-dir", "out", "--skip-existing", "-r", "in")
    assert (resumed.returncode, resumed.stderr) == (0, b"3 files left out: their answers are there\n")
    assert (folder / "out" / "0.txt").read_text() == "mine"
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["0.txt", "1.txt", "2.txt", "3.txt"]
    assert ocr("--output-dir", "out", "--force", "-q", "in/*.png").returncode == 0
    assert (folder / "out" / "0.txt").read_text().startswith("null-")


def test_the_name_of_the_answer_may_tell_its_format(ocr: Any, picture: Any, folder: Path) -> None:
    """Unless the format is said."""
    picture("a.png")
    assert ocr("a.png", "-o", "a.hocr").returncode == 0
    assert (folder / "a.hocr").read_bytes().startswith(b"<!DOCTYPE html>")
    assert ocr("a.png", "-o", "b.hocr", "--format", "json").returncode == 0
    assert json.loads((folder / "b.hocr").read_bytes())["file"] == "a.png"


def test_names_from_a_list(ocr: Any, picture: Any) -> None:
    """As ``find -print0`` writes them."""
    names = [picture(name).name for name in ("a b.png", "c.png")]
    ran = ocr("--files-from", "-", data="\0".join(names).encode())
    assert re.findall(rb"==> (.*) <==", ran.stdout) == [name.encode() for name in names]


def test_an_answer_that_cannot_be_written_is_a_failure(ocr: Any, picture: Any, folder: Path) -> None:
    """As a file that cannot be read is."""
    picture("a.png")
    (folder / "out" / "a.txt" / "in the way").mkdir(parents=True)
    ran = ocr("a.png", "--output-dir", "out")
    assert (ran.returncode, ran.stdout) == (1, b"")
    assert re.fullmatch(rb"a.png: its answer cannot be written: [^\n]+\n", ran.stderr)


def test_a_decoder_that_dies_takes_one_file_along(ocr: Any, picture: Any, folder: Path) -> None:
    """However often it is tried."""
    from tests.faults import faults  # noqa: PLC0415 - of two tests alone

    bad = picture("bad.png")
    bad.write_bytes(bad.read_bytes() + faults.DECODER_CRASH)
    good = [picture(f"{number}.png", number).name for number in range(4)]
    ran = ocr(good[0], "bad.png", *good[1:], module="tests.faults.command_faulty")
    assert ran.returncode == 1
    assert ran.stderr == b"bad.png: broken_image: no decoder survives this image\n"
    assert re.findall(rb"==> (.*) <==", ran.stdout) == [name.encode() for name in good]


def test_an_engine_that_dies_takes_one_file_along(ocr: Any, picture: Any) -> None:
    """What it had in work beside that is read by the next one."""
    from tests.faults import faults  # noqa: PLC0415

    good = [picture(f"{number}.png", number).name for number in range(4)]
    picture("bad.png", height=faults.CRASH)
    ran = ocr(good[0], "bad.png", *good[1:], module="tests.faults.command_faulty")
    assert ran.returncode == 1
    assert re.fullmatch(rb"bad.png: engine_error: [^\n]*\n", ran.stderr)
    assert re.findall(rb"==> (.*) <==", ran.stdout) == [name.encode() for name in good]


def test_no_more_engines_are_started_for_files_that_each_end_one(ocr: Any, picture: Any) -> None:
    """It is then the engine that is broken."""
    from tests.faults import faults  # noqa: PLC0415

    names = [picture(f"{number}.png", height=faults.CRASH).name for number in range(8)]
    ran = ocr(*names, module="tests.faults.command_faulty")
    assert ran.returncode == 3
    assert ran.stderr.splitlines()[-1].startswith(b"python -m app: engine_error: ")


def _eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_a_signal_ends_it_and_all_that_it_started(begin: Any, picture: Any, folder: Path, number: int) -> None:
    """At once, without a word; what was written is whole."""
    for each in range(200):
        picture(f"in/{each}.png", each)
    process = begin("--output-dir", "out", "in/*.png", null_delay_seconds=0.05)
    out = folder / "out"
    _eventually(lambda: out.exists() and len(list(out.iterdir())) > 3)
    family = psutil.Process(process.pid).children(recursive=True)
    assert {child.name() for child in family} >= {"ocr-nursery", "ocr-engine"}
    process.send_signal(number)
    assert process.communicate(timeout=_SECONDS) == (b"", b"")
    assert process.returncode == 128 + number
    assert not any(child.is_running() for child in family)
    written = list(out.iterdir())
    assert 3 < len(written) < 200
    assert all(re.fullmatch(r"\d+\.txt", path.name) and path.read_text().startswith("null-") for path in written)


def test_signals_that_are_to_be_ignored_are(begin: Any, picture: Any) -> None:
    """``nohup`` is there so that a closed terminal ends nothing."""
    names = [picture(f"{each}.png", each).name for each in range(20)]
    ignored = {"preexec_fn": lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)}
    process = begin(*names, streams=ignored, null_delay_seconds=0.05)
    assert process.stdout.readline().startswith(b"==> ")
    process.send_signal(signal.SIGHUP)
    assert process.stdout.read().count(b"null-") == 20
    assert process.wait(_SECONDS) == 0


def test_a_signal_ends_the_wait_for_stdin(begin: Any) -> None:
    """Whoever would write the rest there may never come."""
    reading, writing = os.pipe()
    process = begin("-", streams={"stdin": reading})
    os.close(reading)
    os.write(writing, bytes(1 << 20))  # more than a pipe holds: it is read from
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=_SECONDS) == (b"", b"")
    assert process.returncode == 128 + signal.SIGINT
    os.close(writing)


def test_a_signal_that_python_swallows_ends_it_all_the_same() -> None:
    """As one may be that comes while a module is imported: what ends the command is raised again."""
    swallowing = """
import os, signal, time
from app.command_line import command

class Swallowing:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, command._end)
Swallowing()
try:
    time.sleep(60)
except command._Ended as ended:
    print("ended by", ended)
"""
    ran = subprocess.run(
        [sys.executable, "-c", swallowing],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=_SECONDS,
        check=False,
    )
    assert b"Exception ignored" in ran.stderr
    assert ran.stdout == b"ended by 2\n"


def test_a_reader_that_has_enough_ends_it(begin: Any, picture: Any) -> None:
    """As ``head`` does: without a word, and without the rest being read."""
    for each in range(200):
        picture(f"{each}.png", each)
    process = begin("*.png", null_delay_seconds=0.02)
    assert process.stdout.readline().startswith(b"==> ")
    family = psutil.Process(process.pid).children(recursive=True)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(_SECONDS) == 128 + signal.SIGPIPE
    assert not any(child.is_running() for child in family)


def _seen(master: int, process: subprocess.Popen[bytes]) -> bytes:
    """What a terminal shows until *process* is at its end."""
    shown = io.BytesIO()
    while process.poll() is None or select.select([master], [], [], 0)[0]:
        if select.select([master], [], [], 0.05)[0]:
            try:
                shown.write(os.read(master, 65536))
            except OSError:  # nobody has the other end any more
                break
    os.close(master)
    return shown.getvalue()


@pytest.mark.parametrize("number", range(3), ids=("stdin", "stdout", "stderr"))
def test_streams_may_be_closed(begin: Any, picture: Any, folder: Path, number: int) -> None:
    """Nothing of the command's own is taken for them."""
    picture("a.png")
    closed = {"preexec_fn": lambda: os.close(number)}
    process = begin("a.png", "-", "none.png", "--output-dir", "out", streams=closed)
    said = b"-: malformed_request: the image is empty\nnone.png: No such file or directory\n"
    assert process.communicate(timeout=_SECONDS) == (b"", said if number != 2 else b"")
    assert process.returncode == 1
    assert (folder / "out" / "a.txt").read_text().startswith("null-")


def test_a_terminal_shows_how_far_it_is(begin: Any, picture: Any) -> None:
    """And what went wrong in lines of its own; the texts go where they are sent."""
    names = [picture(f"{each}.png", each).name for each in range(5)]
    for arguments, is_shown in (([], True), (["--quiet"], False)):
        master, slave = pty.openpty()
        process = begin(*names, "none.png", *arguments, streams={"stderr": slave})
        os.close(slave)
        shown = _seen(master, process)
        assert process.wait(_SECONDS) == 1
        assert (b"6/6" in shown, b"5 pages" in shown) == (is_shown, is_shown)
        assert re.search(rb"(^|\x1b\[K)none.png: No such file or directory\r\n", shown)
        assert process.stdout.read().count(b"null-") == 5


def test_no_bar_is_drawn_over_texts(begin: Any, picture: Any) -> None:
    """Where both would come on one terminal the texts show how far it is; and what is no text is not for it."""
    picture("a.png")
    for arguments, shown_there in (([], rb"null-\w+\r\n"), (["--format", "pdf"], rb"python -m app: pdf is [^\n]*\n")):
        master, slave = pty.openpty()
        process = begin("a.png", *arguments, streams={"stdout": slave, "stderr": slave})
        os.close(slave)
        assert re.fullmatch(shown_there, _seen(master, process))


def test_the_log_is_shown_to_those_who_want_it(ocr: Any, picture: Any) -> None:
    """As JSON on stderr, in no way of what was read."""
    from tests.faults import faults  # noqa: PLC0415

    bad = picture("bad.png")
    bad.write_bytes(bad.read_bytes() + faults.DECODER_CRASH)
    ran = ocr("bad.png", "--verbose", module="tests.faults.command_faulty")
    assert ran.stdout == b""
    lines = ran.stderr.splitlines()  # the last process may be told of behind what it came to
    (told,) = [line for line in lines if line.startswith(b"bad.png: ")]
    assert {json.loads(line)["event"] for line in lines if line != told} == {"process ended"}


def test_compiled_models_are_kept_for_the_user(ocr: Any, picture: Any, tmp_path: Path) -> None:
    """Below the home folder, unless somebody says where."""
    picture("a.png")
    cache = tmp_path / "home" / ".cache" / "ppocr-service"
    assert ocr("a.png", engine="openvino", cache_dir=tmp_path / "elsewhere").returncode == 0
    assert len(list((tmp_path / "elsewhere").glob("*.compiled"))) == 1
    assert list(cache.glob("*")) == []
    assert ocr("a.png", engine="openvino").returncode == 0
    assert len(list(cache.glob("*.compiled"))) == 1
