"""``python -m bench orientation`` against a real HTTP server that plays the service."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench import orientation
from bench.cli import main
from bench.orientation import turned_by_180, turned_png
from bench.prediction import Line, Prediction
from tests.bench.stand_in import Answer, Service

WIDTH, HEIGHT = 30, 20
QUAD = [[0, 0], [10, 0], [10, 5], [0, 5]]


def make_set(corpus: Path, name: str, image: str = "a.png") -> Path:
    """Add a set of one image to a corpus: black, its top left pixel red; returns the image's path."""
    picture = Image.new("RGB", (WIDTH, HEIGHT))
    picture.putpixel((0, 0), (255, 0, 0))
    path = corpus / name / "images" / image
    path.parent.mkdir(parents=True)
    picture.save(path)
    row = {"image": f"images/{image}", "lang": "en", "lines": [{"text": "text", "quad": QUAD}]}
    (corpus / name / "labels.jsonl").write_text(json.dumps(row) + "\n")
    return path


def answer(angle: int, quad: list[list[int]] = QUAD, text: str = "text") -> Answer:
    """Return a good answer with one line."""
    lines = [{"text": text, "score": 1.0, "polygon": quad}]
    return 200, {}, {"pages": [{"width": WIDTH, "height": HEIGHT, "angle": angle, "lines": lines}]}


def plan(service: Service, path: Path, *angles: int, lines: Answer | None = None) -> None:
    """Have the service say *angles* for the picture turned by 0, 90, 180 and 270; *lines* for autorotate=lines."""
    for turn, angle in zip((0, 90, 180, 270), angles, strict=True):
        service.answers[turned_png(path, turn)] = [answer(angle)]
    if lines is not None:
        service.answers[turned_png(path, 180)].append(lines)


def run(service: Service, corpus: Path) -> int:
    """Run the subcommand."""
    return main(["orientation", "--url", service.url, "--corpus", str(corpus)])


def rows(output: str) -> dict[tuple[str, str], list[str]]:
    """Return the table's figures by what and angle."""
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in output.splitlines() if line.startswith("|")]
    return {(what, angle): figures for what, angle, *figures in cells}


def test_pages_that_come_back_upright_are_good(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every angle has a row, with what was read; the lines of a page on its head are put where they stand upright."""
    head = [[30, 20], [20, 20], [20, 15], [30, 15]]
    plan(service, make_set(tmp_path, "forms"), 0, 90, 180, 270, lines=answer(0, head))
    assert run(service, tmp_path) == 0
    table = rows(capsys.readouterr().out)
    assert table["pages", "90"] == ["1", "1", "100.00", "100.00"]
    assert table["pages", "all"] == ["4", "4", "100.00", "100.00"]
    assert table["pages, `autorotate=lines`", "180"] == ["1", "-", "-", "100.00"]
    assert [query["autorotate"] for query in service.queries] == [["page"]] * 4 + [["lines"]]


def test_a_page_that_stays_turned_fails_the_command_and_is_named(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three of four are below 98 %."""
    plan(service, make_set(tmp_path, "forms"), 0, 90, 0, 270)
    assert run(service, tmp_path) == 1
    output = capsys.readouterr().out
    assert "- forms/images/a.png, turned by 180: taken for 0" in output
    assert rows(output)["pages", "all"][:3] == ["4", "3", "75.00"]


def test_street_scenes_are_no_pages(service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They have a row of their own, and do not decide."""
    plan(service, make_set(tmp_path, "icdar2015_scene_en", "b.png"), 0, 0, 0, 0)
    assert run(service, tmp_path) == 0
    assert rows(capsys.readouterr().out)["no pages", "all"][:3] == ["4", "1", "25.00"]


def test_what_lies_turned_in_its_file_is_known(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page at 270 degrees in its file is upright at a turn of 90; it takes no part in the row of lines."""
    monkeypatch.setitem(orientation.TRUE_ANGLES, "forms/images/a.png", 270)
    plan(service, make_set(tmp_path, "forms"), 270, 0, 90, 180)
    assert run(service, tmp_path) == 0
    table = rows(capsys.readouterr().out)
    assert table["pages", "all"][:3] == ["4", "4", "100.00"]
    assert ("pages, `autorotate=lines`", "180") not in table


def test_a_request_that_fails_fails_the_command(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It counts as not upright, and says why."""
    path = make_set(tmp_path, "forms")
    plan(service, path, 0, 90, 180, 270)
    service.answers[turned_png(path, 90)] = [(413, {}, {"code": "image_too_large", "detail": "big"})]
    assert run(service, tmp_path) == 1
    assert "turned by 90: http 413 image_too_large: big" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("clockwise", "size", "corner"),
    [(0, (30, 20), (0, 0)), (90, (20, 30), (19, 0)), (180, (30, 20), (29, 19)), (270, (20, 30), (0, 29))],
)
def test_pictures_are_turned_clockwise(tmp_path: Path, clockwise: int, size: Any, corner: Any) -> None:
    """The top left corner goes to the top right by 90 degrees, and on from there."""
    picture = Image.open(io.BytesIO(turned_png(make_set(tmp_path, "forms"), clockwise)))
    assert picture.size == size
    assert picture.getpixel(corner) == (255, 0, 0)


def test_a_picture_is_turned_as_it_is_shown(tmp_path: Path) -> None:
    """EXIF rotation is applied first, and not told again; what PNG cannot hold is converted."""
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned clockwise by 90 degrees
    path = tmp_path / "a.jpg"
    Image.new("CMYK", (30, 20)).save(path, exif=exif)
    turned = Image.open(io.BytesIO(turned_png(path, 90)))
    assert turned.size == (30, 20)
    assert 0x0112 not in turned.getexif()


def test_outlines_turn_with_the_picture() -> None:
    """By 180 degrees, about the picture's middle; the first corner stays the text's first."""
    line = Line("a", 1.0, ((30, 20), (20, 20), (20, 15), (30, 15)))
    turned = turned_by_180(Prediction((line,), 30, 20, 0.1))
    assert turned.lines[0].polygon == ((0, 0), (10, 0), (10, 5), (0, 5))
