"""How well one prediction reads one labelled image, and how such scores add up.

- char-F1: the characters of both sides as bags (multisets), compared by ``normalization.comparable``, so without case,
  white space and reading order.
- word-F1: the words of both sides as bags, by ``normalization.words``; only for languages with spaces between words.
- line recall: the share of the labelled lines with a quad (no blocks of several lines, nothing to ignore, nothing
  without text) that were read. A line was read when a predicted line with IoU >= 0.5 has a similar text. A word of a
  word-level set was read when a predicted line that contains its centre, or one of that line's words, is similar.
  Similar: 1 - Levenshtein distance / length of the longer text >= 0.9, compared by ``normalization.comparable``.
- ignored lines expect nothing, and predicted lines whose centre lies in an ignored quad count for nothing.

Sums are micro-averages: hits, predicted and expected are added over the images before F1 is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from bench.accuracy.corpus import Sample, TruthLine
from bench.accuracy.geometry import centre, contains, overlaps
from bench.accuracy.normalization import comparable, has_spaced_words, words
from bench.prediction import Line, Polygon, Prediction

MIN_IOU = 0.5
MIN_SIMILARITY = 0.9


@dataclass(frozen=True, slots=True)
class Counts:
    """Items found, predicted and expected; they add up."""

    hits: int = 0
    predicted: int = 0
    expected: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Return the sums."""
        return Counts(self.hits + other.hits, self.predicted + other.predicted, self.expected + other.expected)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall in 0..1; 1 when nothing was expected and nothing predicted."""
        whole = self.predicted + self.expected
        return 2 * self.hits / whole if whole else 1.0


@dataclass(frozen=True, slots=True)
class Share:
    """Some of a total; they add up."""

    hits: int = 0
    total: int = 0

    def __add__(self, other: Share) -> Share:
        """Return the sums."""
        return Share(self.hits + other.hits, self.total + other.total)

    @property
    def value(self) -> float | None:
        """The share in 0..1, or None of nothing."""
        return self.hits / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Score:
    """The scores of one image, or the sums over ``images``; ``words`` is None where words mean nothing."""

    images: int
    characters: Counts
    words: Counts | None
    lines: Share


def score(sample: Sample, prediction: Prediction) -> Score:
    """Score one prediction by the rules of this module."""
    lines = scored_lines(prediction.lines, sample.ignored_quads)
    text = "\n".join(line.text for line in lines)
    spaced = has_spaced_words(sample.language)
    return Score(
        images=1,
        characters=bag_counts(comparable(text), comparable(sample.text)),
        words=bag_counts(words(text), words(sample.text)) if spaced else None,
        lines=line_recall(sample, lines),
    )


def add_up(scores: Sequence[Score]) -> Score:
    """Return the sums; ``words`` covers the images that have it, and is None when none has."""
    with_words = [item.words for item in scores if item.words is not None]
    return Score(
        images=sum(item.images for item in scores),
        characters=sum((item.characters for item in scores), Counts()),
        words=sum(with_words, Counts()) if with_words else None,
        lines=sum((item.lines for item in scores), Share()),
    )


def bag_counts(predicted: Iterable[str], expected: Iterable[str]) -> Counts:
    """Compare two bags: an item is a hit as often as both sides have it."""
    ours, theirs = Counter(predicted), Counter(expected)
    return Counts((ours & theirs).total(), ours.total(), theirs.total())


def scored_lines(lines: Sequence[Line], ignored: Sequence[Polygon]) -> list[Line]:
    """Return the predicted lines whose centre lies in no ignored quad."""
    return [line for line in lines if not any(contains(quad, centre(line.polygon)) for quad in ignored)]


def line_recall(sample: Sample, predicted: Sequence[Line]) -> Share:
    """Return how many of the labelled lines with quads were read."""
    expected = [line for line in sample.lines if _counts_for_recall(line)]
    quads = [line.quad for line in expected if line.quad is not None]
    candidates: list[list[str]] = [[] for _ in expected]
    if sample.word_level:
        for place, quad in enumerate(quads):
            around = [line.text for line in predicted if contains(line.polygon, centre(quad))]
            candidates[place] = [part for text in around for part in (text, *text.split())]
    else:
        for overlap in overlaps(quads, [line.polygon for line in predicted]):
            if overlap.iou >= MIN_IOU:
                candidates[overlap.first].append(predicted[overlap.second].text)
    found = (
        any(is_similar(text, line.text) for text in texts) for line, texts in zip(expected, candidates, strict=True)
    )
    return Share(sum(found), len(expected))


def is_similar(predicted: str, expected: str) -> bool:
    """Return whether two texts are the same but for a tenth of their characters at most."""
    similarity = Levenshtein.normalized_similarity(comparable(predicted), comparable(expected))
    return similarity >= MIN_SIMILARITY


def _counts_for_recall(line: TruthLine) -> bool:
    """Return whether a labelled line is one line of readable text at a known place."""
    return line.quad is not None and not line.ignore and not line.block and bool(comparable(line.text))
