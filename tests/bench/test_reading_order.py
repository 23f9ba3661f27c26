"""``python -m bench reading-order``: on labels alone, and against a real HTTP server that plays the service."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench import reading_order
from bench.cli import main
from bench.reading_order import SEVERAL, likeness, neighbours_kept, pairs_kept
from tests.bench.stand_in import Service

NAME = "reports/images/a.png"
Labels = list[dict[str, Any]]


def labels_of_two_columns() -> Labels:
    """Return the labelled lines of two columns side by side, as they are read."""
    return [
        {"text": f"column {column} line {row}", "quad": quad(50 + 450 * column, 50 + 26 * row)}
        for column in range(2)
        for row in range(12)
    ]


def quad(left: int, top: int) -> list[list[int]]:
    """Return the quad of a line of running text."""
    return [[left, top], [left + 400, top], [left + 400, top + 20], [left, top + 20]]


def make_set(corpus: Path, name: str, lines: Labels) -> Path:
    """Add a set of one image to a corpus; returns the image's path."""
    path = corpus / name / "images" / "a.png"
    path.parent.mkdir(parents=True)
    Image.new("RGB", (20, 10)).save(path)
    row = {"image": "images/a.png", "lang": "en", "lines": lines}
    (corpus / name / "labels.jsonl").write_text(json.dumps(row) + "\n")
    return path


def answer(lines: Labels) -> tuple[int, dict[str, str], Any]:
    """Return a good answer with these lines."""
    read = [{"text": line["text"], "score": 1.0, "polygon": line["quad"]} for line in lines]
    return 200, {}, {"pages": [{"width": 1000, "height": 500, "angle": 0, "lines": read}]}


def tables(output: str) -> list[dict[str, list[str]]]:
    """Return the figures of each table by what they are of."""
    found = []
    for part in output.split("### ")[1:]:
        cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in part.splitlines() if line[:1] == "|"]
        found.append({what: figures for what, *figures in cells})
    return found


@pytest.fixture(autouse=True)
def columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of these tests is one of several columns."""
    monkeypatch.setattr(reading_order, "COLUMNS", frozenset({NAME}))


def test_labels_are_laid_out_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Columns are read one after the other; the other orders go from column to column in each row."""
    make_set(tmp_path, "reports", labels_of_two_columns())
    assert main(["reading-order", "--corpus", str(tmp_path)]) == 0
    neighbours, pairs = tables(capsys.readouterr().out)
    assert neighbours[SEVERAL] == neighbours[NAME] == neighbours["reports"] == ["1", "100.0", "0.0", "0.0"]
    assert pairs["reports"][:2] == ["1", "100.0"]
    assert 70 < float(pairs["reports"][2]) < 80


def test_what_a_service_reads_is_judged_as_it_is_listed(
    service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text in the service's order is compared with the labels, beside the same lines in the other orders."""
    lines = labels_of_two_columns()
    service.answers[make_set(tmp_path, "reports", lines).read_bytes()] = [answer(lines)]
    out = tmp_path / "out" / "order.md"
    assert main(["reading-order", "--corpus", str(tmp_path), "--url", service.url, "--out", str(out)]) == 0
    output = capsys.readouterr().out
    _, ours, theirs, by_tops = tables(output)[2][NAME]
    assert (ours, theirs) == ("100.0", by_tops)
    assert float(theirs) < 90
    assert out.read_text() == output


def test_a_service_that_reads_across_columns_fails_the_command(service: Service, tmp_path: Path) -> None:
    """One whose order is worse than PaddleOCR's on the pages of several columns."""
    lines = labels_of_two_columns()
    service.answers[make_set(tmp_path, "reports", lines).read_bytes()] = [answer(lines[::-1])]
    assert main(["reading-order", "--corpus", str(tmp_path), "--url", service.url]) == 1


def test_labels_in_no_order_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Forms and street scenes are labelled in no order; where there is nothing else nothing can be measured."""
    make_set(tmp_path, "funsd_forms_en", labels_of_two_columns())
    assert main(["reading-order", "--corpus", str(tmp_path)]) == 2
    make_set(tmp_path, "reports", labels_of_two_columns())
    assert main(["reading-order", "--corpus", str(tmp_path)]) == 0
    assert "funsd" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("order", "neighbours", "pairs"),
    [([0], 1, 1), ([0, 1, 2], 1, 1), ([2, 1, 0], 0, 0), ([1, 2, 0], 0.5, 1 / 3), ([0, 2, 1, 3], 0, 5 / 6)],
)
def test_scores_of_an_order(order: list[int], neighbours: float, pairs: float) -> None:
    """What follows directly, and what follows at all."""
    assert neighbours_kept(order) == pytest.approx(neighbours)
    assert pairs_kept(order) == pytest.approx(pairs)


def test_likeness_of_texts() -> None:
    """Edits by length; case and white space are none."""
    assert likeness("Some\nText", "some text") == 1
    assert likeness("abcd", "abxd") == pytest.approx(3 / 4)
