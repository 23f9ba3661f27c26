"""Greedy CTC decoding on outputs small enough to decode by hand."""

import numpy as np
import pytest

from app.engines.ctc_decode import decode_logits, decode_probabilities
from app.errors import EngineError

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
    assert decode_probabilities(steps(path), ALPHABET, len(path)).text == text


def test_the_score_is_the_mean_of_the_steps_that_are_kept():
    """Blanks and repeats do not count: of a (0.9, repeated with 0.5), blank (0.99), b (0.6), the mean is 0.75."""
    out = np.zeros((4, len(ALPHABET)), np.float32)
    out[0, 1], out[1, 1], out[2, 0], out[3, 2] = 0.9, 0.5, 0.99, 0.6
    assert decode_probabilities(out, ALPHABET, 4).score == pytest.approx((0.9 + 0.6) / 2)


def test_nothing_but_blanks_scores_nothing():
    """An empty line has the score 0, not that of its blanks, and not NaN."""
    assert decode_probabilities(steps([0, 0], sure=1.0), ALPHABET, 2).score == 0.0


def test_the_score_is_a_plain_float():
    """The score can be written as JSON."""
    assert type(decode_probabilities(steps([1]), ALPHABET, 1).score) is float


def test_the_output_is_left_as_it_is():
    """Decoding does not write into the runtime's memory, and may be given memory that cannot be written."""
    out = steps([1, 1, 0, 2])
    out.setflags(write=False)
    assert decode_probabilities(out, ALPHABET, 4).text == "ab"


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
    recognition = decode_probabilities(steps(path), ALPHABET, len(path))
    assert recognition.columns == columns
    assert {type(column) for column in recognition.columns} <= {int}


def test_entries_of_several_code_points_stand_at_one_step():
    """Where the dictionary's entry is a letter with its marks, each code point has the entry's column."""
    recognition = decode_probabilities(steps([1, 0, 2, 3]), ("", "a", "e\u0301", "c", "d", " "), 4)
    assert recognition.text == "ae\u0301c"
    assert recognition.columns == (0, 2, 2, 3)


def test_the_steps_over_the_crop_are_handed_on():
    """How many steps lie over the crop comes out as it went in, of an empty line too."""
    assert decode_probabilities(steps([1, 0, 0]), ALPHABET, 1.75).steps == 1.75
    assert decode_probabilities(steps([0, 0, 0]), ALPHABET, 1.75).steps == 1.75


def probabilities_of(logits):
    """Return what a softmax over the characters makes of *logits*, in double precision."""
    terms = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return (terms / terms.sum(axis=1, keepdims=True)).astype(np.float32)


def assert_same(logits, alphabet=ALPHABET):
    """Assert that both decoders read the same in *logits* and in their probabilities."""
    ours = decode_logits(logits, alphabet, 3.5)
    theirs = decode_probabilities(probabilities_of(logits), alphabet, 3.5)
    assert (ours.text, ours.columns, ours.steps) == (theirs.text, theirs.columns, theirs.steps)
    assert ours.score == pytest.approx(theirs.score, abs=1e-5)
    assert type(ours.score) is float
    return ours


@pytest.mark.parametrize("scale", [0.1, 3, 30, 300])
def test_logits_are_read_as_their_probabilities(scale):
    """Text, columns, steps and score are those of the softmax, of logits of any size, which overflow nothing."""
    rng = np.random.default_rng(8)
    read = [assert_same((scale * rng.normal(size=(20, len(ALPHABET)))).astype(np.float32)) for _ in range(50)]
    assert len({recognition.text for recognition in read}) == 50


def test_of_equal_logits_the_first_is_taken():
    """As of equal probabilities: the blank before a character, and then nothing is read at that step."""
    logits = np.zeros((3, len(ALPHABET)), np.float32)
    logits[1, 2:4] = 5
    assert assert_same(logits).text == "b"


def test_logits_of_nothing_but_blanks_are_nothing():
    """No text, and the score 0."""
    logits = np.zeros((4, len(ALPHABET)), np.float32)
    logits[:, 0] = 9
    assert (assert_same(logits).text, assert_same(logits).score) == ("", 0.0)


def test_logits_are_left_as_they_are():
    """They are the runtime's memory, too."""
    logits = np.random.default_rng(9).normal(size=(6, len(ALPHABET))).astype(np.float32)
    logits.setflags(write=False)
    assert_same(logits)


@pytest.mark.parametrize("decode", [decode_probabilities, decode_logits])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("where", [(0, 0), (1, 2), slice(None)])
def test_values_that_are_no_numbers_are_never_read_as_text(decode, bad, where):
    """An engine whose arithmetic went wrong is an error: neither an empty text nor a wrong one."""
    values = np.full((3, 4), 0.25, np.float32)
    values[where] = bad
    with pytest.raises(EngineError, match="no numbers"):
        decode(values, ["", "a", "b", "c"], 3.0)


def doubtful(path, space, at):
    """Return an output whose best characters are *path*, with a space of probability *space* at the steps *at*."""
    out = np.full((len(path), len(ALPHABET)), 0.01, np.float32)
    out[np.arange(len(path)), path] = 0.6
    out[at, -1] = space
    return out


@pytest.mark.parametrize("decode", [decode_probabilities, lambda out, *rest: decode_logits(np.log(out), *rest)])
@pytest.mark.parametrize(
    ("path", "space", "at", "told"),
    [
        ([1, 0, 0, 2], 0.2, [1], ((1, 1),)),
        ([1, 0, 0, 2], 0.2, [1, 2], ((1, 1),)),
        ([1, 0, 0, 2], 0.1, [1, 2], ()),
        ([1, 0, 2, 0, 3], 0.2, [1, 3], ((1, 1), (2, 3))),
        ([0, 1, 0, 2, 0], 0.2, [0, 4], ()),
        ([1, 1, 2], 0.2, [1], ((1, 1),)),
        ([1, 0, 2], 0.2, [0, 2], ()),
        ([1, 0, 5, 0, 2], 0.2, [1, 3], ()),
        ([0, 0], 0.2, [0, 1], ()),
    ],
)
def test_a_space_that_was_nearly_read_is_told(decode, path, space, at, told):
    """Once between two characters, where there is none; neither before the first, nor behind the last, nor in one."""
    recognition = decode(doubtful(path, space, at), ALPHABET, len(path))
    assert recognition.likely_spaces == told
    assert recognition.text == decode(doubtful(path, 0.01, at), ALPHABET, len(path)).text


def test_places_of_likely_spaces_are_those_of_the_text():
    """An entry of several code points takes as many; an alphabet without a space has none that is likely."""
    alphabet = ("", "e\u0301", "b", "c", "d", " ")
    assert decode_probabilities(doubtful([1, 0, 2], 0.3, [1]), alphabet, 3).likely_spaces == ((2, 1),)
    assert decode_probabilities(doubtful([1, 0, 2], 0.3, [1]), (*ALPHABET[:-1], "d"), 3).likely_spaces == ()
