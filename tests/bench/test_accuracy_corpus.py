"""Reading the labelled folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.accuracy.corpus import load_corpus
from bench.errors import BenchError

QUAD = [[0, 0], [9, 0], [9, 5], [0, 5]]


def make_set(corpus: Path, name: str, rows: list[dict[str, Any]]) -> None:
    """Write one labelled set; every row's image becomes an empty file."""
    folder = corpus / name
    (folder / "images").mkdir(parents=True)
    for row in rows:
        (folder / row["image"]).touch()
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "labels.jsonl").write_text(text, encoding="utf-8")


def row(image: str, *texts: str, **more: Any) -> dict[str, Any]:
    """Return a label row whose lines all have the same quad."""
    return {"image": f"images/{image}", "lang": "en", "lines": [{"text": text, "quad": QUAD} for text in texts], **more}


def test_sets_come_in_name_order_and_limit_counts_per_set(tmp_path: Path) -> None:
    """Sets come in name order, images in label order, and the limit keeps the first N of each set."""
    make_set(tmp_path, "b", [row("2.png"), row("1.png"), row("3.png")])
    make_set(tmp_path, "a", [row("1.png")])
    keys = [sample.key for sample in load_corpus(tmp_path, limit=2)]
    assert keys == ["a/images/1.png", "b/images/2.png", "b/images/1.png"]


def test_named_sets_only(tmp_path: Path) -> None:
    """Only the named sets are loaded, and a name that is not there is an error that lists what is."""
    make_set(tmp_path, "a", [row("1.png")])
    make_set(tmp_path, "b", [row("1.png")])
    assert [sample.set_name for sample in load_corpus(tmp_path, ("b",))] == ["b"]
    with pytest.raises(BenchError, match=r"no such set: c \(there are: a, b\)"):
        load_corpus(tmp_path, ("c",))


def test_full_text_wins_over_lines(tmp_path: Path) -> None:
    """The expected text is the page's full text where there is one, else the lines without the ignored ones."""
    ignored = {"text": "###", "quad": QUAD, "ignore": True}
    plain = row("2.png", "one", "two")
    plain["lines"].append(ignored)
    make_set(tmp_path, "a", [row("1.png", "one", full_text="the page"), plain])
    full, lines = load_corpus(tmp_path)
    assert full.text == "the page"
    assert lines.text == "one\ntwo"
    assert lines.ignored_quads == (((0, 0), (9, 0), (9, 5), (0, 5)),)


def test_transcribers_markers_are_dropped_in_their_sets_only(tmp_path: Path) -> None:
    """The ``_`` and ``^`` markers go from tapuscorpus labels and stay in every other set."""
    for name in ("tapuscorpus_typewritten_fr", "other"):
        make_set(tmp_path, name, [row("1.png", "_souligné")])
    assert [sample.text for sample in load_corpus(tmp_path)] == ["_souligné", "souligné"]


def test_word_and_block_levels_are_read(tmp_path: Path) -> None:
    """A word-level image and a block of several lines are marked as such."""
    block = row("2.png", "a block")
    block["lines"][0]["level"] = "block"
    make_set(tmp_path, "a", [row("1.png", "word", level="word"), block])
    first, second = load_corpus(tmp_path)
    assert (first.word_level, first.lines[0].block) == (True, False)
    assert (second.word_level, second.lines[0].block) == (False, True)


def test_line_separators_inside_a_text_do_not_end_the_row(tmp_path: Path) -> None:
    """U+2028 inside a label is a character of the text, not the end of the JSON line."""
    make_set(tmp_path, "a", [row("1.png", "one\u2028two")])
    assert load_corpus(tmp_path)[0].text == "one\u2028two"


@pytest.mark.parametrize("text", ["{", '{"image": "images/1.png"}', '{"image": "images/x.png", "lines": []}'])
def test_broken_labels_name_their_line(tmp_path: Path, text: str) -> None:
    """A label row that is no JSON, lacks a member or names a missing image is reported with file and line number."""
    make_set(tmp_path, "a", [row("1.png")])
    with (tmp_path / "a" / "labels.jsonl").open("a") as stream:
        stream.write(text + "\n")
    with pytest.raises(BenchError, match=r"labels\.jsonl:2: "):
        load_corpus(tmp_path)


def test_a_folder_without_sets_is_an_error(tmp_path: Path) -> None:
    """An empty or missing corpus is an error, not a perfect score over nothing."""
    with pytest.raises(BenchError, match="no labelled sets"):
        load_corpus(tmp_path / "absent")
