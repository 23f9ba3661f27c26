"""From a recogniser's output to text: greedy CTC decoding.

Source: Graves et al., "Connectionist Temporal Classification", ICML 2006.
"""

from collections.abc import Sequence

import numpy as np

from app.engines.base import FloatArray, Recognition

BLANK = 0


def decode_greedy(probabilities: FloatArray, alphabet: Sequence[str]) -> Recognition:
    """Read *probabilities*, float32 (steps, characters), with *alphabet*, whose index 0 is the blank.

    The best character of each step is taken, repeats are merged, blanks dropped; the score is the mean probability
    of the steps that are kept, 0 where none is.
    """
    best = probabilities.argmax(axis=1)
    kept = best != BLANK
    kept[1:] &= best[1:] != best[:-1]
    steps = np.flatnonzero(kept)
    if not steps.size:
        return Recognition("", 0.0)
    chosen = best[steps]
    return Recognition("".join(alphabet[i] for i in chosen), float(probabilities[steps, chosen].mean()))
