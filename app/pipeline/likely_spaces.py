"""Spaces between words that were nearly read: for those who would rather have one too many than one too few."""

import re
from dataclasses import replace

from app.engines.base import Recognition
from app.pipeline.spacing import is_unspaced

_NUMBER = re.compile(r"\d[\d.,:;/~\u2013\u2014-]*\d")
"""Numbers, dates, times, and from one to another."""


def with_likely_spaces(recognition: Recognition) -> Recognition:
    """*recognition* with a space where one was nearly read, but beside Chinese and Japanese characters, and in numbers.

    What stands in a number wide apart is one more often than it is two, and worth more than a word. The score stays
    that of what was read.
    """
    text, columns = recognition.text, list(recognition.columns)
    whole = {index for number in _NUMBER.finditer(text) for index in range(number.start() + 1, number.end())}
    for index, step in reversed(recognition.likely_spaces):
        if index not in whole and not any(map(is_unspaced, text[index - 1 : index + 1])):
            text = f"{text[:index]} {text[index:]}"
            columns.insert(index, step)
    return replace(recognition, text=text, columns=tuple(columns), likely_spaces=())
