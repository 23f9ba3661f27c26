"""Bills: what is counted, what each unit costs, and no digit lost between them."""

from decimal import Decimal

import pytest

from bench.cost.billing import Bill, bill_of_run
from bench.cost.metering import billed_seconds, billed_size, rounded_up
from bench.cost.prices import PUBLISHED, FunctionPrices, kept_prices
from bench.cost.published import PRINTED, published_bill, readings
from bench.cost.usage import Usage


def usage(**changes: object) -> Usage:
    """Ten requests of 0.25 s each on demand, in 1 GB with half a vCPU."""
    given = {"memory_gb": Decimal(1), "cpus": Decimal("0.5"), "requests": 10, "executions": (Decimal("0.25"),) * 10}
    return Usage(**(given | changes))


def function_prices(name: str) -> FunctionPrices:
    """A list of a platform that bills by use."""
    prices = kept_prices(name)
    assert isinstance(prices, FunctionPrices)
    return prices


def bill_by(name: str, used: Usage) -> Bill:
    """The bill of a run that the platform could have run."""
    made = bill_of_run(used, kept_prices(name))
    assert made is not None
    return made


def test_published_bill():
    """The published bill comes out to the last digit, each term by itself."""
    published = published_bill(function_prices(PUBLISHED))
    assert [term.amount for term in published.terms] == [Decimal("0.524953023676416"), Decimal("0.01995")]
    assert published.total == Decimal("0.544903023676416")
    assert published.currency == "CNY"


def test_published_last_digit():
    """0.5449 by the formula; the printed 0.5448 takes a term cut to four decimals."""
    whole, execution, requests, both = readings(published_bill(function_prices(PUBLISHED)))
    assert (whole.rounded, whole.cut) == (Decimal("0.5449"), Decimal("0.5449"))
    assert (execution.total, execution.cut) == (Decimal("0.54485"), PRINTED)
    assert (requests.total, requests.cut) == (Decimal("0.544853023676416"), PRINTED)
    assert (both.total, both.rounded, both.cut) == (PRINTED, PRINTED, PRINTED)


def test_lambda_on_demand():
    """AWS Lambda: execution and initialisation by GB-s, and requests by the million; worked out by hand."""
    made = bill_by("aws_lambda", usage(init_s=Decimal(4)))
    assert made.amount_of("on demand") == Decimal("2.5") * Decimal("0.0000166667")
    assert made.amount_of("initialisation") == Decimal(4) * Decimal("0.0000166667")
    assert made.amount_of("requests") == Decimal("0.000002")
    assert made.total == Decimal("0.00011033355")


def test_lambda_provisioned():
    """Provisioned instances pay 0.0000041667 all the time, and 0.0000097222 on top while they work."""
    used = usage(executions=(), reserved_s=Decimal(100), reserved_executions=(Decimal(30),))
    expected = 100 * Decimal("0.0000041667") + 30 * Decimal("0.0000097222") + Decimal("0.000002")
    assert bill_by("aws_lambda", used).total == expected


def test_cloud_run():
    """Cloud Run: vCPU-s and GiB-s of executions rounded up to 100 ms; worked out by hand."""
    made = bill_by("cloud_run", usage())
    assert made.amount_of("on demand") == 3 * Decimal("0.0000025") + Decimal("1.5") * Decimal("0.000024")
    assert made.total == Decimal("0.0000475")


def test_tencent_idle():
    """Tencent SCF: a provisioned instance pays less while it waits, and the full price while it works."""
    used = usage(executions=(), reserved_s=Decimal(100), reserved_executions=(Decimal(30),), requests=10_000)
    expected = 70 * Decimal("0.00005471") + 30 * Decimal("0.00011108") + Decimal("0.0133")
    assert bill_by("tencent_scf", used).total == expected


def test_alibaba_units():
    """Alibaba FC's prices are its CU factors times the price of a CU."""
    prices, unit = function_prices("alibaba_fc"), Decimal("0.00011")
    assert prices.on_demand.vcpu_s == unit
    assert prices.on_demand.gb_s == unit * Decimal("0.15")
    assert prices.requests.price == unit * 75


def test_machine():
    """Machines are as many as hold all instances of the run, for its length: five of 1 vCPU need three of 2."""
    used = usage(cpus=Decimal(1), instances=5, wall_s=Decimal(1800))
    assert bill_by("vm", used).total == 3 * Decimal("0.5") * Decimal("0.085")


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("published_2021", {"reserved_s": Decimal(1)}),
        ("tencent_scf", {"memory_gb": Decimal("3.5")}),
        ("vm", {"instances": 2}),
        ("vm", {"instances": 1, "wall_s": Decimal(9), "memory_gb": Decimal(5)}),
    ],
)
def test_no_bill(name: str, changes: dict[str, object]):
    """No bill is made up: no price for reserved instances, no size so large, no length, no machine that holds one."""
    assert bill_of_run(usage(**changes), kept_prices(name)) is None


@pytest.mark.parametrize(
    ("value", "step", "expected"),
    [
        ("0.2501", "0.001", "0.251"),
        ("0.25", "0.001", "0.25"),
        ("0.3", "0.1", "0.3"),
        ("0", "0.1", "0"),
        ("0.30000000000000004", "0.1", "0.4"),
        ("1.1", "0.125", "1.125"),
    ],
)
def test_rounded_up(value: str, step: str, expected: str):
    """A time is rounded up to the next step, and stays where it is a multiple of it."""
    assert rounded_up(Decimal(value), Decimal(step)) == Decimal(expected)


def test_each_execution_is_rounded():
    """Each execution is rounded up by itself, not their sum."""
    assert billed_seconds((Decimal("0.01"), Decimal("0.11")), Decimal("0.1")) == Decimal("0.3")


def test_size_follows_measured_vcpus():
    """Where vCPUs come with memory, memory is raised to what brings as many as measured; Lambda: 1,769 MB for one."""
    size = billed_size(Decimal(1), Decimal(1), function_prices("aws_lambda").metering)
    assert size is not None
    assert size.gb == Decimal(1769) / 1024


def test_size_follows_memory():
    """Where memory comes with vCPUs, they are raised to what may have as much: 8 GB want two of Cloud Run's."""
    size = billed_size(Decimal(8), Decimal(1), function_prices("cloud_run").metering)
    assert size is not None
    assert (size.gb, size.vcpus) == (Decimal(8), Decimal(2))
