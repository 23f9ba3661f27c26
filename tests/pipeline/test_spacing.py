"""What stands between two lines of a row."""

import pytest

from app.pipeline.spacing import separator


@pytest.mark.parametrize(
    ("before", "after", "gap", "between"),
    [
        ("Total", "12.50", 0.4, " "),  # a gap
        ("Hello", "world", 0.0, " "),  # a detector cut there, and draws lines too long
        ("Hello", "world", -0.2, " "),
        ("Hel", "lo", -0.5, ""),  # one word, read twice in part
        ("Total", "12.50", 1.5, "\t"),  # a cell
        ("文字", "识别", 0.0, ""),  # no spaces between Chinese characters
        ("文字", "识别", 0.5, ""),
        ("文字", "识别", 0.7, " "),  # unless there is a gap
        ("文字", "识别", 1.6, "\t"),
        ("カメラ", "を", 0.2, ""),
        ("駅。", "次", 0.2, ""),
        ("文字", "OCR", 0.2, " "),  # between scripts
        ("한국", "사람", 0.2, " "),  # Korean has spaces
        ("", "word", 0.4, ""),  # nothing beside nothing
        ("word", "", 2.0, ""),
    ],
)
def test_what_parts_two_texts(before, after, gap, between):
    """A space where there was a gap, a tab where it was wide, nothing between characters that need none."""
    assert separator(before, after, gap) == between
