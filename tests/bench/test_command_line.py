"""What the bench's arguments are parsed to, and how they are refused."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.cli import main
from bench.command_line import key_and_value, list_of, natural, percentage, positive, positive_number
from bench.errors import BenchError
from bench.load.pictures import read_pictures


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (positive, "1", 1),
        (natural, "0", 0),
        (positive_number, "0.5", 0.5),
        (percentage, "0", 0.0),
        (percentage, "99.9", 99.9),
        (percentage, "100", 100.0),
        (list_of(positive), "4", [4]),
        (list_of(positive), "1,2,4", [1, 2, 4]),
        (list_of(positive_number), "0.5,10", [0.5, 10.0]),
        (key_and_value, "OCR_ENGINE=null", ("OCR_ENGINE", "null")),
        (key_and_value, "a=b=c", ("a", "b=c")),
        (key_and_value, "a=", ("a", "")),
    ],
)
def test_good(parse: Callable[[str], Any], text: str, value: Any):
    """What can be meant is understood."""
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [(parse, text) for parse in (positive, natural, positive_number, percentage) for text in ("", "x", "-1", "nan")]
    + [(positive, "0"), (positive, "1.5"), (positive_number, "0"), (positive_number, "inf"), (percentage, "100.1")]
    + [(list_of(positive), text) for text in ("", "1,", "1,,2", "1,0", "1;2")]
    + [(key_and_value, text) for text in ("", "a", "=b", "=")],
)
def test_bad(parse: Callable[[str], Any], text: str):
    """What can not be meant is refused in a way that argparse reports."""
    with pytest.raises((ValueError, argparse.ArgumentTypeError)):
        parse(text)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["load", "--concurrency", "0"], "0 is less than 1"),
        (["load", "--concurrency", "a"], "comma separated positive"),
        (["load", "--rate", "5,0"], "0 is not above 0"),
        (["load", "--rate", "5", "--concurrency", "1"], "not allowed with"),
        (["load", "--min-success", "101"], "not between 0 and 100"),
        (["load", "--option", "det_max_side"], "not NAME=VALUE"),
        (["load", "--out", "report.pdf"], "must end in"),
        (["sweep", "--threads", "1,x"], "comma separated positive"),
        (["soak", "--seed", "x"], "--seed"),
    ],
)
def test_refused_arguments(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]):
    """A wrong argument ends in status 2 and a line that says what is wrong with it."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dialect", "paddlex"], "--dialect paddlex needs the --url"),
        (["--url", "http://127.0.0.1:1", "--setting", "OCR_ENGINE=null"], "--setting is for a service that is started"),
        (["--setting", "OCR_ENGINE=none_such"], "the service ended with status"),
        (["--images", "nowhere"], "cannot read nowhere"),
        (["--images", "README.md", "--setting", "OCR_ENGINE=null"], "no warm-up request had a good answer"),
        (["--rate", "0.001", "--duration", "1"], "no request falls into 1 s"),
        (["--rate", "5", "--requests", "100"], "--requests is of a closed loop"),
        (["--concurrency", "5", "--duration", "10"], "--duration is of an open loop"),
        (["--concurrency", "50", "--requests", "49"], "49 requests are too few for 50 clients"),
        (["--pid", "1"], "--pid is for a service at --url"),
    ],
)
def test_contradictions(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]):
    """Arguments that would measure something else than they say, or nothing, end in status 2 and one line."""
    assert main(["load", *arguments]) == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("text", ["ENGINE=null", "OCR_ENGINE", "=null"])
def test_settings(text: str, capsys: pytest.CaptureFixture[str]):
    """A setting that the service would overlook is refused at once."""
    with pytest.raises(SystemExit):
        main(["load", "--setting", text])
    assert "--setting" in capsys.readouterr().err


def test_pictures(tmp_path: Path):
    """Files come as they are named; a folder stands for the pictures below it by name, whatever else is there."""
    (tmp_path / "deeper").mkdir()
    for name in ("b.png", "a.JPG", "notes.txt", "deeper/c.tiff"):
        (tmp_path / name).write_text(name)
    assert read_pictures([tmp_path]) == [b"a.JPG", b"b.png", b"deeper/c.tiff"]
    assert read_pictures([tmp_path / "notes.txt", tmp_path / "deeper"]) == [b"notes.txt", b"deeper/c.tiff"]


def test_no_pictures(tmp_path: Path):
    """A folder without a picture is refused, and named."""
    with pytest.raises(BenchError, match=f"no picture in {tmp_path}"):
        read_pictures([tmp_path])
