"""Price lists: one TOML file a platform in ``prices/``, read strictly."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from bench.errors import BenchError

FOLDER = Path(__file__).parent / "prices"
PUBLISHED = "published_2021"
"""The list by which the published bill was made; it is applied where it is asked for by name."""

_NONE = Decimal(0)


class _Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a price file: nothing unknown in it, no number below zero, no text left empty."""

    def __post_init__(self) -> None:
        """Refuse what cannot be a price; msgspec puts the place before the message."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if isinstance(value, Decimal) and not (value.is_finite() and value >= 0):
                raise ValueError(f"`{name}` is {value}, which is no price, time or size")
            if isinstance(value, str) and not value.strip():
                raise ValueError(f"`{name}` is empty")


class Rates(_Member, frozen=True, kw_only=True):
    """Prices of an instance's second, for each GB (2^30 bytes) of its memory and for each of its vCPUs."""

    gb_s: Decimal
    vcpu_s: Decimal = _NONE


class RequestPrice(_Member, frozen=True, kw_only=True):
    """``price`` for each ``unit`` requests, such as 0.0133 for 10,000."""

    price: Decimal
    unit: int

    def __post_init__(self) -> None:
        """Refuse a unit that is no number of requests."""
        super().__post_init__()
        if self.unit < 1:
            raise ValueError(f"`unit` is {self.unit}, less than one request")


class ReservedRates(_Member, frozen=True, kw_only=True):
    """What a reserved instance costs while it waits and while it works: all of it, not what comes on top."""

    idle: Rates
    busy: Rates


class Metering(_Member, frozen=True, kw_only=True):
    """How a platform counts.

    Each execution is rounded up to ``granularity_s``, memory to ``smallest_gb`` and then to a multiple of
    ``step_gb``; more than ``largest_gb`` is not to be had. Where vCPUs come with memory, ``smallest_gb_per_vcpu`` says
    how much one takes; where memory comes with vCPUs, ``largest_gb_per_vcpu`` says how much one may have. 0 stands
    for no such rule.
    """

    granularity_s: Decimal
    initialisation_billed: bool
    smallest_gb: Decimal
    step_gb: Decimal
    largest_gb: Decimal
    smallest_gb_per_vcpu: Decimal = _NONE
    largest_gb_per_vcpu: Decimal = _NONE

    def __post_init__(self) -> None:
        """Refuse steps of nothing, which nothing can be rounded to."""
        super().__post_init__()
        for name in ("granularity_s", "step_gb"):
            if not getattr(self, name):
                raise ValueError(f"`{name}` is 0: nothing can be rounded up to it")


class _PriceList(_Member, frozen=True, kw_only=True, tag_field="kind"):
    """What every list says of itself: ``confirmed`` is how far its figures were, ``statement`` what they leave out."""

    platform: str
    region: str
    currency: str
    as_of: date
    source: str
    confirmed: str
    statement: str
    formula: str


class FunctionPrices(_PriceList, frozen=True, kw_only=True, tag="function"):
    """A platform that bills by use. ``reserved`` is None where nothing can be reserved, or its price is not known."""

    requests: RequestPrice
    on_demand: Rates
    metering: Metering
    reserved: ReservedRates | None = None


class MachinePrices(_PriceList, frozen=True, kw_only=True, tag="machine"):
    """A machine that costs ``hour`` an hour whatever it does."""

    model: str
    vcpus: Decimal
    memory_gb: Decimal
    hour: Decimal


PriceList = FunctionPrices | MachinePrices


def read_prices(path: Path) -> PriceList:
    """Read one price file; raises BenchError, naming file and member, where it is missing or not as it should be."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return msgspec.convert(content, PriceList)  # type: ignore[no-any-return] # of a union
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise BenchError(f"{path}: {error}") from error


def kept_names() -> tuple[str, ...]:
    """Return the names of the lists that come with the bench: their files' names without suffix."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def kept_prices(name: str) -> PriceList:
    """Return the list of this name; raises BenchError, naming those there are, where there is none."""
    if name not in kept_names():
        raise BenchError(f"no price list is called {name!r}; there are {', '.join(kept_names())}")
    return read_prices(FOLDER / f"{name}.toml")
