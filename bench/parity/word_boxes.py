"""Whether both engines tell the words of a line apart alike, and put them in the same places."""

from __future__ import annotations

from bench.accuracy.parity import Comparison, LinePair
from bench.accuracy.scoring import Share
from bench.prediction import Word

TOLERANCE = 2
"""Pixels by which a side of a word's box may differ."""


def same_words(comparison: Comparison) -> Share:
    """Return how many words are the same, of those in the lines that read the same: text, place and count."""
    pairs = [pair for pair in comparison.pairs if pair.is_identical and pair.theirs.words is not None]
    return sum((_share(pair) for pair in pairs), Share())


def _share(pair: LinePair) -> Share:
    """Return one line's; of lines that are divided otherwise no word is the same."""
    ours, theirs = pair.ours.words or (), pair.theirs.words or ()
    total = max(len(ours), len(theirs))
    if len(ours) != len(theirs):
        return Share(0, total)
    return Share(sum(_is_same(one, other) for one, other in zip(ours, theirs, strict=True)), total)


def _is_same(one: Word, other: Word) -> bool:
    sides = zip(one.box, other.box, strict=True)
    return one.text == other.text and all(abs(ours - theirs) <= TOLERANCE for ours, theirs in sides)
