"""Which pages of a document are read."""

import pytest

from app.errors import InvalidOptionError
from app.pipeline.document_options import DocumentOptions


@pytest.mark.parametrize(
    ("pages", "count", "chosen"),
    [
        (((1, None),), 1, [0]),
        (((1, None),), 4, [0, 1, 2, 3]),
        (((2, 3),), 4, [1, 2]),
        (((1, 1), (3, None)), 4, [0, 2, 3]),
        (((4, None),), 4, [3]),
    ],
)
def test_ranges_become_indices(pages, count, chosen):
    """From 1 on the wire, from 0 inside; an open end is the document's; the first is known before the count is."""
    options = DocumentOptions(pages)
    assert options.chosen(count) == (chosen, False)
    assert options.first == chosen[0]


@pytest.mark.parametrize(
    ("pages", "chosen"),
    [(((1, None),), [0, 1, 2]), (((2, 9),), [1, 2, 3]), (((1, 2), (5, 6)), [0, 1, 4]), (((1, 3),), None)],
)
def test_of_too_many_the_first_are_chosen(pages, chosen):
    """So many as may be read, and it says that there are more; as many as allowed are no more than allowed."""
    expected = ([0, 1, 2], False) if chosen is None else (chosen, True)
    assert DocumentOptions(pages, most=3).chosen(10) == expected


@pytest.mark.parametrize(("pages", "wanted"), [(((1, 7),), 7), (((1, 1), (6, 6)), 6), (((6, None),), 6)])
def test_pages_that_there_are_not_are_refused(pages, wanted):
    """Even where so many would not have been read; an open range has to begin within the document."""
    with pytest.raises(InvalidOptionError, match=f"page {wanted} > 5 pages"):
        DocumentOptions(pages, most=2).chosen(5)
    with pytest.raises(InvalidOptionError, match=r"page 2 > 1 page$"):
        DocumentOptions(((2, 2),)).chosen(1)


def test_a_count_that_lies_costs_nothing():
    """The count is a file's, or a broken decoder's word: a list of what is read is all that is made."""
    assert DocumentOptions(most=3).chosen(10**15) == ([0, 1, 2], True)
