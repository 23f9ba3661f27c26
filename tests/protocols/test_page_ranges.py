"""Pages as people write them."""

import pytest

from app.errors import InvalidOptionError
from app.protocols.page_ranges import parse_page_ranges


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("1", ((1, 1),)),
        ("7", ((7, 7),)),
        ("1-3", ((1, 3),)),
        ("3-", ((3, None),)),
        ("1-3,7", ((1, 3), (7, 7))),
        (" 1 - 3 , 7 - ", ((1, 3), (7, None))),
        ("5-5", ((5, 5),)),
        ("007", ((7, 7),)),
    ],
)
def test_pages_and_ranges_are_read(text, pages):
    """Single pages, ranges, open ends, with or without blanks."""
    assert parse_page_ranges(text) == pages


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("7,1-3", ((1, 3), (7, 7))),
        ("1,1,1", ((1, 1),)),
        ("1-5,2-3", ((1, 5),)),
        ("1-3,2-6", ((1, 6),)),
        ("1-3,4", ((1, 4),)),
        ("3-,1-5", ((1, None),)),
        ("3-,9", ((3, None),)),
        ("9,3-", ((3, None),)),
        ("5,3-4,9-,1", ((1, 1), (3, 5), (9, None))),
    ],
)
def test_each_page_is_named_once_in_the_documents_order(text, pages):
    """Whatever the order in which they were written, and however often."""
    assert parse_page_ranges(text) == pages


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "pages has ''; write them like 1-3,7 or 3-"),
        ("x", "pages has 'x'"),
        ("1,,2", "pages has ''"),
        ("1-2-3", "pages has '1-2-3'"),
        ("-3", "pages has '-3'"),
        ("1.5", "pages has '1.5'"),
        ("٣", "pages has"),
        ("0", "pages are counted from 1"),
        ("0-3", "pages are counted from 1"),
        ("3-1", "pages has 3-1, whose end is before its beginning"),
        ("3-0", "pages has 3-0, whose end is before its beginning"),
        ("1234567890", "pages has '1234567890'"),
        ("1," * 600 + "1", "pages has 1201 characters > 1000 allowed"),
    ],
)
def test_everything_else_is_refused(text, detail):
    """The error says what was read; a long one is not read at all."""
    with pytest.raises(InvalidOptionError) as refused:
        parse_page_ranges(text)
    assert str(refused.value).startswith(detail)
