"""From a recogniser's output to text: greedy CTC decoding.

Source: Graves et al., "Connectionist Temporal Classification", ICML 2006.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from app.engines.base import FloatArray, Recognition
from app.errors import EngineError

BLANK = 0


def decode_probabilities(probabilities: FloatArray, alphabet: Sequence[str], crop_steps: float) -> Recognition:
    """Read *probabilities*, float32 (steps, characters), with *alphabet*, whose index 0 is the blank.

    The best character of each step is taken, repeats are merged, blanks dropped; the score is the mean probability
    of the steps that are kept, 0 where none is. *crop_steps*: how many of the steps lie over the crop.

    Raises:
        EngineError: There are values that are no numbers: whatever was read would be wrong.
    """
    steps, chosen = _kept(probabilities)
    return _recognition(steps, chosen, probabilities[steps, chosen], alphabet, crop_steps)


def decode_logits(logits: FloatArray, alphabet: Sequence[str], crop_steps: float) -> Recognition:
    """As :func:`decode_probabilities`, of what a softmax over the characters would make the probabilities of."""
    steps, chosen = _kept(logits)
    kept = logits[steps]
    kept -= kept.max(axis=1, keepdims=True, initial=-np.inf)
    # The character that was chosen has the greatest logit, so its term of the sum is 1.
    return _recognition(steps, chosen, 1 / np.exp(kept, out=kept).sum(axis=1), alphabet, crop_steps)


def _kept(values: FloatArray) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The steps that are kept, and which character stands at each."""
    best = values.argmax(axis=1)
    # Where a step has a value that is no number, the first of them is its arg-max.
    if not np.isfinite(values[np.arange(len(best)), best]).all():
        raise EngineError("the recognition model gave values that are no numbers")
    kept = best != BLANK
    kept[1:] &= best[1:] != best[:-1]
    steps = np.flatnonzero(kept)
    return steps, best[steps]


def _recognition(
    steps: npt.NDArray[np.intp],
    chosen: npt.NDArray[np.intp],
    probabilities: FloatArray,
    alphabet: Sequence[str],
    crop_steps: float,
) -> Recognition:
    if not steps.size:
        return Recognition("", 0.0, (), crop_steps)
    entries = [alphabet[index] for index in chosen]
    # A dictionary's entry may be of several code points; all of them were read at its step.
    columns = tuple(step for step, entry in zip(steps.tolist(), entries, strict=True) for _ in entry)
    return Recognition("".join(entries), float(probabilities.mean()), columns, crop_steps)
