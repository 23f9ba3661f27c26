"""The order in which a person reads a page: columns, tables, vertical text, paragraphs and rows."""

import random
import sys

import pytest

from app.pipeline.layout import blocks_of
from app.pipeline.result import Line
from tests.pipeline.page_samples import column, downwards, line, page_text, table, texts, tilted

LEFT, RIGHT = column("left", 100, 200, 20), column("right", 540, 200, 20)
HEADING = line("A heading across both columns", 250, 150, 540)
TWO_COLUMNS = [HEADING, *LEFT, *RIGHT]
THREE_COLUMNS = [each for index in range(3) for each in column(f"column {index}", 100 + 330 * index, 100, 15, 300)]
RECEIPT = table(
    [("Oat milk", "4.20"), ("Bread, whole grain", "3.80"), ("Coffee", "12.50"), ("Apples", "2.10"), ("Total", "22.60")],
    (100, 500),
)
INVOICE = table(
    [("Part", "Pieces", "Each", "Sum")] + [(f"Bolt number {n}", f"{n}", "0.25", f"{n / 4:.2f}") for n in range(1, 12)],
    (100, 420, 560, 700),
)
PROSE = "\n".join(f"left line {index}" for index in range(20))


def shuffled(lines, seed):
    """Return *lines* in another order."""
    return random.Random(seed).sample(lines, len(lines))


def test_no_lines_make_no_blocks():
    """A page without text has nothing to read."""
    assert blocks_of([]) == ()


def test_a_single_line_is_a_block():
    """One block of one row, with the line's text and box."""
    (block,) = blocks_of([line("Hello", 10, 20, 50)])
    (row,) = block.rows
    assert (row.lines, row.text, row.box) == ((0,), "Hello", (10, 20, 60, 40))
    assert (block.lines, block.text, block.box, block.vertical) == ((0,), "Hello", (10, 20, 60, 40), False)


def test_columns_are_read_one_after_the_other():
    """The heading, all of the left column, then the right one, though their lines stand level."""
    assert texts(TWO_COLUMNS) == [each.text for each in TWO_COLUMNS]
    assert texts(THREE_COLUMNS) == [each.text for each in THREE_COLUMNS]


def test_columns_whose_lines_do_not_stand_level():
    """A narrow column beside a wide one, each with lines of its own pitch."""
    lines = column("wide", 100, 100, 20, 700) + column("narrow", 840, 107, 16, 150, pitch=31)
    assert texts(lines) == [each.text for each in lines]


def test_a_heading_between_columns_parts_them():
    """What stands above it is read before it in both columns, what stands below after it."""
    above = column("one", 100, 100, 6) + column("two", 540, 100, 6)
    below = column("three", 100, 300, 6) + column("four", 540, 300, 6)
    lines = [*above, line("A heading across both columns", 250, 265, 540), *below]
    assert texts(lines) == [each.text for each in lines]


def test_a_column_may_begin_below_a_figure():
    """What stands beside the figure in the other column is read with that column."""
    lines = column("left", 100, 360, 12) + column("right", 540, 100, 22)
    assert texts(lines) == [each.text for each in lines]


def test_a_running_head_whose_gap_ends_within_a_column():
    """The gap in the row above the columns is none of theirs; they are found below it all the same."""
    head = [line("The Journal of Everything", 250, 80, 510), line("12", 980, 80, 80)]
    body = column("a", 100, 120, 12, 300) + column("b", 430, 120, 12, 300) + column("c", 760, 123, 12, 300)
    assert texts(head + body) == [each.text for each in head + body]


def test_a_foot_that_stands_in_part_below_one_column():
    """What stands beside a line that crosses the gutter is a row with that line, not the end of a column."""
    foot = [line("12", 120, 420, 40), line("The Journal of Everything", 300, 420, 500)]
    lines = column("left", 100, 100, 12) + column("right", 540, 100, 12) + foot
    assert texts(lines) == [each.text for each in lines]


def test_columns_flow_round_a_picture():
    """Their lines stand level and are not all as long, but most are as long as their neighbours."""
    left = column("left", 100, 100, 8) + column("beside", 100, 308, 12, 240) + column("below", 100, 620, 6)
    right = column("right", 540, 100, 8) + column("too", 700, 308, 12, 240) + column("end", 540, 620, 6)
    assert texts(left + right) == [each.text for each in left + right]


def test_a_heading_above_two_of_three_columns():
    """It belongs to those two; the column beside it is read first, from its top."""
    first = column("first", 100, 100, 12, 300)
    rest = column("second", 430, 140, 10, 300) + column("third", 760, 140, 10, 300)
    lines = [*first, line("Over the second and the third column", 450, 100, 590), *rest]
    assert texts(lines) == [each.text for each in lines]


def test_a_heading_below_three_of_four_columns():
    """The first column is told from the others by what stands next to it, though their rows are longer."""
    first = column("first", 100, 100, 12, 300)
    rest = [each for index in range(3) for each in column(f"column {index}", 430 + 330 * index, 100, 14, 300)]
    lines = [*first, *rest, line("Over the second, third and fourth column", 430, 480, 960, 36)]
    assert texts(lines) == [each.text for each in lines]


def test_running_heads_belong_to_no_column():
    """A row above the columns is read before them, a page number below them at the end."""
    head = [line("The Journal", 100, 100, 120), line("page 12", 860, 100, 80)]
    foot = [line("12", 100, 800, 20)]
    lines = head + column("left", 100, 200, 20) + column("right", 540, 200, 20) + foot
    assert texts(lines) == [each.text for each in lines]


@pytest.mark.parametrize("page", [RECEIPT, INVOICE], ids=["receipt", "invoice"])
def test_a_table_is_read_row_by_row(page):
    """Its columns are as clear as those of a newspaper, but prices belong to what they are of."""
    assert texts(page) == [each.text for each in page]


def test_words_in_columns_of_a_table_are_read_row_by_row():
    """Cells of letters alone are no running text: they do not fill their column."""
    names = ["Ada", "Grace Brewster", "Alan Mathison", "Edsger", "Barbara Liskov", "Donald", "Tony Hoare", "John"]
    page = table([(name, f"{name.lower()} at example") for name in names], (100, 400))
    assert texts(page) == [each.text for each in page]


def test_sentences_in_columns_of_a_table_are_read_row_by_row():
    """Wide cells that all stand level, but do not fill their column as the lines of a newspaper do."""
    lengths = [(40, 22), (24, 40), (30, 26), (20, 30), (38, 22), (22, 38), (26, 24), (28, 20)]
    page = table([("q" * left, "a" * right) for left, right in lengths], (100, 500))
    assert texts(page) == [each.text for each in page]


def test_a_few_cells_that_do_not_stand_level_are_read_row_by_row():
    """Four rows of words, in the middle of which others stand, are too few to be a column."""
    names = table([("Cashier",), ("Member",), ("Product name",), ("Payment voucher",)], (100,))
    values = table([("Norlida",), ("Sia Ban Yi",), ("Stationery",)], (500,), top=112)
    page = [each for pair in zip(names, values, strict=False) for each in pair] + names[3:]
    assert texts(page) == [each.text for each in page]


def test_long_numbers_in_columns_are_read_row_by_row():
    """They fill their column, and are no running text."""
    page = table([(f"6222 0200 4107 {n:04}", f"100 {n:02} 4455 9081 2") for n in range(12)], (100, 400))
    assert texts(page) == [each.text for each in page]


def test_cells_are_parted_by_a_tab():
    """A wide gap in a row is a tab, so that a table can be taken apart again."""
    assert page_text(RECEIPT).splitlines()[:2] == ["Oat milk\t4.20", "Bread, whole grain\t3.80"]


def test_a_table_between_paragraphs_stays_where_it_is():
    """Running text of one column above and below it."""
    lines = [*column("above", 100, 0, 5, 800), *table([("tea", "1"), ("milk", "2"), ("rice", "3")], (150, 700), 200)]
    lines += column("below", 100, 350, 5, 800)
    assert texts(lines) == [each.text for each in lines]


@pytest.mark.parametrize("degrees", [-5, -2, 1, 5, 12])
@pytest.mark.parametrize("page", [TWO_COLUMNS, THREE_COLUMNS, RECEIPT, INVOICE])
def test_tilted_pages_read_the_same(page, degrees):
    """At five degrees a row of a page climbs by several lines; columns and rows are found all the same."""
    assert page_text(tilted(page, degrees)) == page_text(page)


def test_rows_are_followed_over_paper_that_is_not_flat():
    """Each piece continues the one before it, down into a fold and up again, by more than a line's height."""
    page = [
        Line(f"{row}.{index}", 1.0, slope(150 * index, 34 * row + top, drop))
        for row in range(4)
        for index, (top, drop) in enumerate([(0, 17), (17, 17), (34, 0), (34, -17), (17, -17)])
    ]
    assert texts(page) == [each.text for each in page]


def slope(left, top, drop):
    """Return a quad whose right end stands *drop* pixels lower than its left one."""
    return (left, top), (left + 140, top + drop), (left + 140, top + drop + 20), (left, top + 20)


@pytest.mark.parametrize("page", [TWO_COLUMNS, THREE_COLUMNS, INVOICE])
def test_vertical_text_is_read_from_right_to_left(page):
    """The same pages with lines that run downwards: the next line stands to the left, columns one below the other."""
    assert texts(downwards(page)) == [each.text for each in page]
    assert all(block.vertical for block in blocks_of(downwards(page)))


def test_vertical_japanese_in_two_tiers():
    """The upper tier from right to left, then the lower one."""
    upper = [Line(f"上段の{n}行目です", 1.0, tall(900 - 50 * n, 100, 400)) for n in range(6)]
    lower = [Line(f"下段の{n}行目です", 1.0, tall(900 - 50 * n, 560, 400)) for n in range(6)]
    assert texts(upper + lower) == [each.text for each in upper + lower]


def tall(left, top, height):
    """Return the quad of a line of vertical text."""
    return (left, top), (left + 32, top), (left + 32, top + height), (left, top + height)


def test_a_horizontal_heading_over_vertical_text():
    """It is a block of its own, read first and from left to right; the vertical lines follow."""
    body = [Line(f"縦書きの{n}行目", 1.0, tall(900 - 50 * n, 200, 600)) for n in range(8)]
    page = [*body, line("横書きの見出し", 500, 60, 420, 40)]
    first, *others = blocks_of(page)
    assert (first.text, first.vertical) == ("横書きの見出し", False)
    assert [index for block in others for index in block.lines] == list(range(8))
    assert all(block.vertical for block in others)


def test_a_horizontal_heading_of_two_rows_over_vertical_text():
    """Its rows stay together, and are read from the top though the upper one is shorter."""
    body = [Line(f"縦書きの{n}行目", 1.0, tall(900 - 50 * n, 200, 600)) for n in range(8)]
    page = [line("横書きの見", 500, 50, 200, 40), line("出しが二行あります", 500, 100, 420, 40), *body]
    assert blocks_of(page)[0].lines == (0, 1)


@pytest.mark.parametrize(("left", "place"), [(900, 1), (40, 0)])
def test_a_number_that_stands_upright_in_the_margin_tears_no_paragraph(left, place):
    """A line that runs downwards beside horizontal text is a block after or before theirs."""
    blocks = blocks_of([*column("text", 100, 100, 12, 700), Line("86075409", 1.0, tall(left, 110, 160))])
    number = blocks[place]
    assert (number.text, number.vertical) == ("86075409", True)
    assert [len(block.rows) for block in blocks if block is not number] == [12]


def test_a_tall_initial_does_not_run_downwards():
    """A single letter over three rows is no vertical text."""
    page = [Line("I", 1.0, tall(60, 100, 100)), *column("text", 100, 100, 12, 700)]
    assert not any(block.vertical for block in blocks_of(page))


def test_a_character_that_is_higher_than_wide_does_not_run_downwards():
    """A lone digit, and a fraction, are parts of the row they stand in."""
    page = [line("Item", 100, 100, 50), Line("1", 1.0, tall(200, 95, 30)), line("costs less than", 260, 100, 200)]
    page.append(Line("3/4", 1.0, ((480, 92), (505, 92), (505, 130), (480, 130))))
    (block,) = blocks_of(page)
    assert block.rows[0].lines == (0, 1, 2, 3)


def test_a_wide_step_begins_a_paragraph():
    """Paragraphs are parted by an empty line."""
    page = column("first", 100, 100, 4) + column("second", 100, 240, 4)
    assert [block.lines for block in blocks_of(page)] == [(0, 1, 2, 3), (4, 5, 6, 7)]


def test_lines_wide_apart_are_one_paragraph_where_all_are():
    """Double spacing tears nothing."""
    assert [len(block.rows) for block in blocks_of(column("text", 100, 100, 8, pitch=52))] == [8]


def test_an_indent_begins_a_paragraph():
    """A row that stands in between two that do not is the first of the next paragraph."""
    page = column("first", 100, 100, 4)[:3] + column("second", 100, 178, 4)
    page[3] = line("  second", 130, 178, 370)
    assert [block.lines for block in blocks_of(page)] == [(0, 1, 2), (3, 4, 5, 6)]


def test_larger_letters_are_a_heading():
    """They are a block of their own, however close the text stands."""
    page = [line("A heading", 100, 60, 300, 36), *column("text", 100, 100, 4)]
    assert [block.lines for block in blocks_of(page)] == [(0,), (1, 2, 3, 4)]


def test_lines_that_stand_very_close_are_rows_of_their_own():
    """Though one begins above the other's middle."""
    page = [line(f"line {index}", 100, 100 + 12 * index, 300) for index in range(6)]
    assert [row.lines for block in blocks_of(page) for row in block.rows] == [(index,) for index in range(6)]


def test_a_line_on_its_head_stands_where_it_stands():
    """Its polygon begins at the other corner; the order is the same."""
    page = column("text", 100, 100, 5)
    turned = [Line(each.text, 1.0, each.polygon[2:] + each.polygon[:2]) for each in page]
    assert blocks_of(turned) == blocks_of(page)


def test_lines_without_text_are_laid_out_too():
    """Lines that were found and not read have rows and columns, and their rows no text."""
    page = [Line("", 1.0, each.polygon) for each in TWO_COLUMNS]
    blocks = blocks_of(page)
    assert [index for block in blocks for index in block.lines] == list(range(len(page)))
    assert {block.text for block in blocks} == {""}


@pytest.mark.parametrize("page", [TWO_COLUMNS, RECEIPT, INVOICE, tilted(THREE_COLUMNS, 3), downwards(TWO_COLUMNS)])
def test_the_order_of_the_lines_does_not_matter(page):
    """In whatever order lines are given, the text is the same."""
    assert len({page_text(shuffled(page, seed)) for seed in range(8)}) == 1


def test_the_order_of_lines_in_one_place_does_not_matter():
    """Two readings of one quad are told apart by their text."""
    one, other = line("one", 100, 100, 80), line("other", 100, 100, 80)
    assert page_text([one, other]) == page_text([other, one])


def hostile(seed, count):
    """Return *count* lines anywhere: tiny, huge, without area, crossed, on top of each other, beyond the page."""
    rng = random.Random(seed)
    kinds = [(1, 4000), (1, 40), (0, 1)]
    lines = []
    for _ in range(count):
        low, high = kinds[rng.randrange(len(kinds))]
        x, y = rng.randrange(-50, 3000), rng.randrange(-50, 3000)
        corners = tuple((x + rng.randint(low, high), y + rng.randint(low, high)) for _ in range(4))
        lines.append(Line(rng.choice(["", "a", "one two", "12.50", "漢字"]), 1.0, corners))
    return lines + lines[: count // 4]


@pytest.mark.parametrize("seed", range(20))
def test_every_line_is_read_once(seed):
    """Whatever the quads, each line is in one row of one block, and the text does not depend on their order."""
    page = hostile(seed, 1 + 7 * seed)
    assert sorted(index for block in blocks_of(page) for index in block.lines) == list(range(len(page)))
    assert page_text(shuffled(page, seed)) == page_text(page)


def rows_with_a_passing_gap(count):
    """Return rows of numbers with one gap in common, every other one with another, and what ends only the former."""
    page = []
    for row in range(count // 2):
        page += [line("12", 0, 30 * row, 50), line("345678", 60, 30 * row, 40 if row % 2 else 140)]
        page += [line("90", 110, 30 * row, 90)] if row % 2 else []
    return [*page, line("1234", 40, 15 * count, 40), line("5", 180, 15 * count, 20)]


def steps_of(page):
    """Return how many lines of Python the layout of *page* runs through."""
    steps = 0

    def count(frame, event, _):
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        blocks_of(page)
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize(
    "page",
    [
        lambda count: hostile(0, count),
        lambda count: [line("same", 5, 5, 50)] * count,
        lambda count: [line("x y", 10 * index, 5, 6, 4) for index in range(count)],
        lambda count: [line("x y", 3 * index, 3 * index, 2, 2) for index in range(count)],
        lambda count: [
            line("1.0", 60 * (index % 40), 30 * (index // 40) + index % 2 * 14, 50) for index in range(count)
        ],
        lambda count: [line("wide", 0, 0, 100_000)] + [line("x y", 5, 30 * index, 20) for index in range(count)],
        rows_with_a_passing_gap,
        lambda count: column("one", 100, 100, count // 2) + column("two", 540, 100, count // 2),
    ],
    ids=["anything", "one place", "one row", "stairs", "a grid", "one column", "passing gaps", "two columns"],
)
def test_work_grows_with_the_number_of_lines_alone(page):
    """Four times as many lines take no more than about four times the steps, in the worst places too."""
    assert steps_of(page(2000)) < 6 * steps_of(page(500))
