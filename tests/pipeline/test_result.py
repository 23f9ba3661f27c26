"""What comes out: texts of lines joined, boxes around polygons."""

from dataclasses import replace

from app.errors import BrokenImageError
from app.pipeline.block import Block, Row
from app.pipeline.result import DrawingFormat, DrawingOptions, ImageResult, Line, Page, StageTimings
from tests.options import page_options


def line(text, polygon=((0, 0), (9, 0), (9, 5), (0, 5))):
    """Return a certain line."""
    return Line(text, 1.0, polygon)


def page(*texts):
    """Return a page of these lines."""
    return Page(0, 100, 100, 0, tuple(line(text) for text in texts))


def test_the_box_is_the_upright_rectangle_around_the_polygon():
    """Left, top, right, bottom, of a tilted polygon too."""
    assert line("x", ((10, 4), (50, 14), (46, 30), (6, 20))).box == (6, 4, 50, 30)


def test_the_box_does_not_depend_on_where_the_text_begins():
    """A line on its head has its polygon from the other corner on, and the same box."""
    corners = ((10, 4), (50, 14), (46, 30), (6, 20))
    assert line("x", corners[2:] + corners[:2]).box == line("x", corners).box


def test_nobody_asked_for_words():
    """No words, which is not the same as words of which there are none; and by default nothing is turned."""
    assert line("x").words is None
    assert Line("x", 1.0, ((0, 0), (1, 0), (1, 1), (0, 1)), ()).words == ()
    options = page_options()
    assert (options.words, options.turn_page, options.turn_lines) == (False, False, False)


def test_nothing_is_drawn_unless_somebody_asks():
    """No drawings of an image by default; who asks for some gets JPEG files of PaddleX's size."""
    assert page_options().drawing is None
    assert ImageResult((page("a"),)).drawings == ()
    options = DrawingOptions(frozenset())
    assert (options.format, options.max_side) == (DrawingFormat.JPEG, 2000)


def test_a_pages_text_is_that_of_its_blocks():
    """Rows below each other, an empty line between blocks, nothing of blocks without text, in the blocks' order."""
    box = (0, 0, 9, 5)
    blocks = (
        Block((Row((2,), "c", box),)),
        Block((Row((3,), "", box),)),
        Block((Row((0,), "a", box), Row((1,), "b", box))),
    )
    read = replace(page("a", "b", "c", ""), blocks=blocks)
    assert read.text == "c\n\na\nb"
    assert [line.text for line in read.in_reading_order] == ["c", "", "a", "b"]


def test_a_page_that_was_not_laid_out_is_its_lines_below_each_other():
    """A line break between lines, none at the end, in the order they are in; no lines, no text."""
    assert page("one", "two words", "3").text == "one\ntwo words\n3"
    assert page().text == ""
    assert page("one", "two").in_reading_order == page("one", "two").lines


def test_an_images_text_is_that_of_its_pages():
    """Pages follow each other with an empty line between them; an image that could not be read has no text."""
    assert ImageResult((page("a", "b"), page(), page("c"))).text == "a\nb\n\nc"
    assert ImageResult(error=BrokenImageError("x")).text == ""


def test_stages_are_listed_in_the_order_in_which_they_run():
    """The stages are those of the contract, with their seconds."""
    timings = StageTimings(decode=0.5, assemble=0.25)
    assert timings.items() == [
        ("queue", 0.0),
        ("decode", 0.5),
        ("detect", 0.0),
        ("crop", 0.0),
        ("orient", 0.0),
        ("recognise", 0.0),
        ("assemble", 0.25),
    ]
