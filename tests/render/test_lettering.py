"""Text as a picture: fits its box, and leaves out what the font has not."""

import pytest

from app.render.lettering import Lettering


def ink(letters):
    """The columns and the rows that letters take: first and last of each."""
    rows, columns = (letters < 128).nonzero()
    return (columns.min(), columns.max()), (rows.min(), rows.max())


@pytest.mark.parametrize("text", ["A", "Total: $1,234.56", "x" * 200])
@pytest.mark.parametrize(("width", "height"), [(300, 40), (600, 20)])
def test_text_fits_its_box(lettering, text, width, height):
    """However long it is: black letters on white, of the size of the box, none cut off at its right end."""
    letters = lettering.written(text, width, height)
    assert letters.shape == (height, width)
    assert letters.min() < 200
    assert (letters[:, -1] == 255).all() or text == "x" * 200


def test_letters_are_as_large_as_there_is_room_for(lettering):
    """Short text takes most of the height, long text most of the width."""
    _, (top, bottom) = ink(lettering.written("Hp", 400, 100))
    assert bottom - top > 60
    (left, right), _ = ink(lettering.written("W" * 40, 400, 100))
    assert right - left > 360


@pytest.mark.parametrize("text", ["", "   ", "文字", "\x00\x01"])
def test_what_the_font_lacks_is_not_drawn(lettering, text):
    """No box in the place of a character, and no picture where nothing is left."""
    assert lettering.written(text, 100, 20) is None


def test_what_the_font_has_is_drawn_beside_what_it_lacks(lettering):
    """The rest of a line stands where it would, with room where the missing characters are."""
    (alone, _), _ = ink(lettering.written("2026", 400, 40))
    (after, _), _ = ink(lettering.written("订单2026", 400, 40))
    assert after > alone + 20


def test_a_font_can_be_brought_along(tmp_path, only_letter_a):
    """It is used in the place of Pillow's: what the file has is drawn, what it lacks is not."""
    own = Lettering(only_letter_a)
    assert own.written("A", 100, 20) is not None
    assert own.written("B", 100, 20) is None
