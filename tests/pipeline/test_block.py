"""Blocks and their rows."""

from app.pipeline.block import Block, Row


def test_a_block_is_what_its_rows_are():
    """Its lines in the order of the rows, its text row below row, its box around all; empty rows have no line."""
    block = Block(
        (Row((2, 0), "a\tb", (10, 5, 90, 20)), Row((1,), "", (5, 25, 40, 40)), Row((3,), "c", (8, 45, 95, 60)))
    )
    assert block.lines == (2, 0, 1, 3)
    assert block.text == "a\tb\nc"
    assert block.box == (5, 5, 95, 60)
