"""Greedy CTC decoding on outputs small enough to decode by hand."""

import numpy as np
import pytest

from app.engines.ctc_decode import decode_greedy

ALPHABET = ("", "a", "b", "c", "\u3000", " ")


def steps(path, sure=0.75):
    """Return an output whose best characters are *path*, each with probability *sure*."""
    out = np.full((len(path), len(ALPHABET)), (1 - sure) / (len(ALPHABET) - 1), np.float32)
    out[np.arange(len(path)), path] = sure
    return out


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ([1, 2, 3], "abc"),
        ([0, 1, 0, 2, 0], "ab"),
        ([1, 1, 1], "a"),
        ([1, 0, 1], "aa"),
        ([1, 1, 0, 0, 1, 2, 2, 1], "aaba"),
        ([0, 0, 1, 1, 0], "a"),
        ([3], "c"),
        ([1, 4, 2, 5, 3], "a\u3000b c"),
        ([0, 0, 0], ""),
    ],
)
def test_repeats_merge_and_blanks_divide(path, text):
    """A run of one character is one; a blank between two makes two; blanks themselves are no text."""
    assert decode_greedy(steps(path), ALPHABET, len(path)).text == text


def test_the_score_is_the_mean_of_the_steps_that_are_kept():
    """Blanks and repeats do not count: of a (0.9, repeated with 0.5), blank (0.99), b (0.6), the mean is 0.75."""
    out = np.zeros((4, len(ALPHABET)), np.float32)
    out[0, 1], out[1, 1], out[2, 0], out[3, 2] = 0.9, 0.5, 0.99, 0.6
    assert decode_greedy(out, ALPHABET, 4).score == pytest.approx((0.9 + 0.6) / 2)


def test_nothing_but_blanks_scores_nothing():
    """An empty line has the score 0, not that of its blanks, and not NaN."""
    assert decode_greedy(steps([0, 0], sure=1.0), ALPHABET, 2).score == 0.0


def test_the_score_is_a_plain_float():
    """The score can be written as JSON."""
    assert type(decode_greedy(steps([1]), ALPHABET, 1).score) is float


def test_the_output_is_left_as_it_is():
    """Decoding does not write into the runtime's memory, and may be given memory that cannot be written."""
    out = steps([1, 1, 0, 2])
    out.setflags(write=False)
    assert decode_greedy(out, ALPHABET, 4).text == "ab"


@pytest.mark.parametrize(
    ("path", "columns"),
    [
        ([1, 2, 3], (0, 1, 2)),
        ([0, 1, 1, 0, 2, 0], (1, 4)),
        ([1, 1, 0, 1], (0, 3)),
        ([0, 0, 3, 3, 3, 2], (2, 5)),
        ([0, 0], ()),
    ],
)
def test_a_character_stands_at_the_first_step_of_its_run(path, columns):
    """Each character has one column, where its run begins, as plain whole numbers."""
    recognition = decode_greedy(steps(path), ALPHABET, len(path))
    assert recognition.columns == columns
    assert {type(column) for column in recognition.columns} <= {int}


def test_entries_of_several_code_points_stand_at_one_step():
    """Where the dictionary's entry is a letter with its marks, each code point has the entry's column."""
    recognition = decode_greedy(steps([1, 0, 2, 3]), ("", "a", "e\u0301", "c", "d", " "), 4)
    assert recognition.text == "ae\u0301c"
    assert recognition.columns == (0, 2, 2, 3)


def test_the_steps_over_the_crop_are_handed_on():
    """How many steps lie over the crop comes out as it went in, of an empty line too."""
    assert decode_greedy(steps([1, 0, 0]), ALPHABET, 1.75).steps == 1.75
    assert decode_greedy(steps([0, 0, 0]), ALPHABET, 1.75).steps == 1.75
