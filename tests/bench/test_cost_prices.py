"""Price files: those that come with the bench, and what happens to broken ones."""

from pathlib import Path

import pytest

from bench.cost.prices import FOLDER, MachinePrices, kept_names, kept_prices, read_prices
from bench.errors import BenchError

LAMBDA = (FOLDER / "aws_lambda.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", kept_names())
def test_kept_lists(name: str):
    """Every list says of which day it is, where it is from, and that it is a list price."""
    prices = kept_prices(name)
    assert prices.as_of.year >= 2021
    assert prices.source.startswith("https://")
    assert "list price" in prices.statement.lower()
    assert prices.confirmed
    assert prices.formula


def test_platforms():
    """All platforms are there, with a machine for either currency."""
    lists = [kept_prices(name) for name in kept_names()]
    platforms = {prices.platform for prices in lists}
    assert {"Alibaba FC", "Tencent SCF", "AWS Lambda", "Cloud Run", "Plain VM"} <= platforms
    assert {prices.currency for prices in lists if isinstance(prices, MachinePrices)} == {"USD", "CNY"}


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("gb_s = 0.0000166667", "gb_second = 0.0000166667", "gb_second"),
        ("gb_s = 0.0000166667", "", "gb_s"),
        ("gb_s = 0.0000166667", "gb_s = -1.0", "gb_s"),
        ("gb_s = 0.0000166667", "gb_s = nan", "gb_s"),
        ("gb_s = 0.0000166667", 'gb_s = "cheap"', "gb_s"),
        ("unit = 1000000", "unit = 0", "unit"),
        ("as_of = 2025-08-01", "", "as_of"),
        ("as_of = 2025-08-01", 'as_of = "summer"', "as_of"),
        ('currency = "USD"', 'currency = " "', "currency"),
        ("granularity_s = 0.001", "granularity_s = 0.0", "granularity_s"),
        ('kind = "function"', 'kind = "magic"', "kind"),
        ("[requests]", "[requests", "line 12"),
    ],
)
def test_broken_file(tmp_path: Path, before: str, after: str, named: str):
    """A broken list is refused in one line that names the file and the member."""
    assert before in LAMBDA
    path = tmp_path / "mine.toml"
    path.write_text(LAMBDA.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(BenchError) as caught:
        read_prices(path)
    assert "mine.toml" in str(caught.value)
    assert named in str(caught.value)


def test_missing_file(tmp_path: Path):
    """A list that is not there is said to be missing."""
    with pytest.raises(BenchError, match=r"none\.toml: No such file"):
        read_prices(tmp_path / "none.toml")


def test_unknown_name():
    """A name that no list has is answered with those there are."""
    with pytest.raises(BenchError, match="there are alibaba_fc, aws_lambda"):
        kept_prices("mainframe")
