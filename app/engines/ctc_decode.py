"""From a recogniser's output to text: greedy CTC decoding.

Source: Graves et al., "Connectionist Temporal Classification", ICML 2006.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from app.engines.base import FloatArray, Recognition
from app.errors import EngineError

Indices = npt.NDArray[np.intp]

BLANK = 0
SPACE = -1
"""The last of an alphabet, where it has one."""

_LIKELY = 0.2
"""As likely as this, compared with what was read, is a space of which it is told that it was nearly read."""


class _Kept(NamedTuple):
    """The steps that are kept, and which character stands at each; and of all steps the greatest value."""

    steps: Indices
    chosen: Indices
    greatest: FloatArray


def decode_probabilities(probabilities: FloatArray, alphabet: Sequence[str], crop_steps: float) -> Recognition:
    """Read *probabilities*, float32 (steps, characters), with *alphabet*, whose index 0 is the blank.

    The best character of each step is taken, repeats are merged, blanks dropped; the score is the mean probability
    of the steps that are kept, 0 where none is. *crop_steps*: how many of the steps lie over the crop. Where a space
    was nearly read is told beside: hard compression of a picture costs more spaces than letters.

    Raises:
        EngineError: There are values that are no numbers: whatever was read would be wrong.
    """
    kept = _kept(probabilities)
    likely = np.flatnonzero(probabilities[:, SPACE] >= _LIKELY * kept.greatest)
    return _recognition(kept, kept.greatest[kept.steps], alphabet, crop_steps, likely)


def decode_logits(logits: FloatArray, alphabet: Sequence[str], crop_steps: float) -> Recognition:
    """As :func:`decode_probabilities`, of what a softmax over the characters would make the probabilities of."""
    kept = _kept(logits)
    likely = np.flatnonzero(logits[:, SPACE] >= np.log(_LIKELY) + kept.greatest)
    terms = logits[kept.steps]
    terms -= terms.max(axis=1, keepdims=True, initial=-np.inf)
    # The character that was chosen has the greatest logit, so its term of the sum is 1.
    return _recognition(kept, 1 / np.exp(terms, out=terms).sum(axis=1), alphabet, crop_steps, likely)


def _kept(values: FloatArray) -> _Kept:
    best = values.argmax(axis=1)
    greatest = values[np.arange(len(best)), best]
    # Where a step has a value that is no number, the first of them is its arg-max.
    if not np.isfinite(greatest).all():
        raise EngineError("the recognition model gave values that are no numbers")
    kept = best != BLANK
    kept[1:] &= best[1:] != best[:-1]
    steps = np.flatnonzero(kept)
    return _Kept(steps, best[steps], greatest)


def _recognition(
    kept: _Kept,
    probabilities: FloatArray,
    alphabet: Sequence[str],
    crop_steps: float,
    likely: Indices,
) -> Recognition:
    if not kept.steps.size:
        return Recognition("", 0.0, (), crop_steps)
    entries = [alphabet[index] for index in kept.chosen]
    # A dictionary's entry may be of several code points; all of them were read at its step.
    columns = tuple(step for step, entry in zip(kept.steps.tolist(), entries, strict=True) for _ in entry)
    spaces = _likely_spaces(kept.steps, entries, likely) if alphabet[SPACE] == " " else ()
    return Recognition("".join(entries), float(probabilities.mean()), columns, crop_steps, spaces)


def _likely_spaces(steps: Indices, entries: Sequence[str], likely: Indices) -> tuple[tuple[int, int], ...]:
    """Of the *likely* steps one for each two of *entries*, read at *steps*, between which no space was read."""
    places = np.searchsorted(steps, likely, side="right").tolist()
    found: dict[int, int] = {}
    for place, step in zip(places, likely.tolist(), strict=True):
        if 0 < place < len(entries) and " " not in (entries[place - 1], entries[place]) and steps[place - 1] != step:
            found.setdefault(place, step)
    return tuple((sum(map(len, entries[:place])), step) for place, step in found.items())
