"""From a recogniser's output to text: greedy CTC decoding.

Source: Graves et al., "Connectionist Temporal Classification", ICML 2006.
"""

from collections.abc import Sequence

import numpy as np

from app.engines.base import FloatArray, Recognition

BLANK = 0


def decode_greedy(probabilities: FloatArray, alphabet: Sequence[str], crop_steps: float) -> Recognition:
    """Read *probabilities*, float32 (steps, characters), with *alphabet*, whose index 0 is the blank.

    The best character of each step is taken, repeats are merged, blanks dropped; the score is the mean probability
    of the steps that are kept, 0 where none is. *crop_steps*: how many of the steps lie over the crop.
    """
    best = probabilities.argmax(axis=1)
    kept = best != BLANK
    kept[1:] &= best[1:] != best[:-1]
    steps = np.flatnonzero(kept)
    if not steps.size:
        return Recognition("", 0.0, (), crop_steps)
    chosen = best[steps]
    entries = [alphabet[index] for index in chosen]
    # A dictionary's entry may be of several code points; all of them were read at its step.
    columns = tuple(step for step, entry in zip(steps.tolist(), entries, strict=True) for _ in entry)
    return Recognition("".join(entries), float(probabilities[steps, chosen].mean()), columns, crop_steps)
