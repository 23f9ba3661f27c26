"""JSON read as servers built on FastAPI read it: held against pydantic itself."""

import json
from typing import Annotated, Any, Literal

import msgspec
import pydantic
import pytest
from msgspec import Meta

from app.errors import InvalidMembersError
from app.protocols.lax_members import read_members


class Members(msgspec.Struct, rename="camel"):
    """A member of each kind, none of which must be there."""

    text: str | None = None
    is_so: bool | None = None
    whole: int | None = None
    number: float | None = None
    small: Annotated[Annotated[int, Meta(ge=0, le=9)] | None, Meta(description="A range.")] = None
    share: Annotated[float, Meta(ge=0, le=1)] | None = None
    kind: Literal[0, 1] | None = None


class PydanticMembers(pydantic.BaseModel):
    """The same for pydantic."""

    text: str | None = None
    isSo: bool | None = None  # noqa: N815 - as it stands in the JSON
    whole: int | None = None
    number: float | None = None
    small: Annotated[int, pydantic.Field(ge=0, le=9)] | None = None
    share: Annotated[float, pydantic.Field(ge=0, le=1)] | None = None
    kind: Literal[0, 1] | None = None


class Needed(msgspec.Struct):
    """A member that must be there."""

    text: str


NAMES = PydanticMembers.model_fields.keys()
HUGE = (10**30, 10**400)
"""Of which pydantic says, where a choice is expected, that they do not fit its own integers."""

VALUES: list[Any] = [
    *(None, True, False, 0, 1, 2, -1, 9, 10, *HUGE),
    *(0.0, -0.0, 0.5, 1.0, 1.5, -3.0, 1e15),
    *("", " ", "0", "1", "2", " 1 ", "1\n", "+1", "-1", "- 1", "01", "1_0", "_1", "1_", "1__0", "1_0.5"),
    *("1.0", "1.00", "1.", ".0", "1.5", "-1.0", "1e3", "0x1", "1,0", "\u0661", "abc", "Gr\u00f6\u00dfe"),
    *("true", "TRUE", "True", "t", "T", "yes", "Yes", "y", "on", "ON", " true", "truth"),
    *("false", "False", "f", "no", "n", "off", "null", "None"),
    *([], [1], ["a"], {}, {"a": 1}),
]


def errors_of(members: dict[str, Any]) -> list[dict[str, str]]:
    """Return the errors that are told, none where the members can be read."""
    try:
        read_members(Members, members)
    except InvalidMembersError as error:
        found: list[dict[str, str]] = json.loads(str(error))
        return found
    return []


def pydantic_errors(members: dict[str, Any]) -> list[dict[str, str]]:
    """Return pydantic's errors, written as PaddleX serving writes them."""
    try:
        PydanticMembers.model_validate(members)
    except pydantic.ValidationError as error:
        return [{"type": e["type"], "loc": f"body.{e['loc'][0]}", "msg": e["msg"]} for e in error.errors()]
    return []


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in NAMES for value in VALUES if name != "kind" or value not in HUGE],
    ids=lambda value: repr(value)[:24],
)
def test_a_value_is_what_pydantic_takes_it_for(name, value):
    """The same values are taken, for the same, and the others are refused in the same words."""
    expected = pydantic_errors({name: value})
    assert errors_of({name: value}) == expected
    if not expected:
        field = "is_so" if name == "isSo" else name
        one, other = (
            getattr(read_members(Members, {name: value}), field),
            getattr(PydanticMembers(**{name: value}), name),
        )
        assert (one, type(one)) == (other, type(other))


def test_every_member_at_fault_is_named_in_the_order_of_the_fields():
    """A client hears of all of them at once, whatever their order in its object."""
    wrong = {"kind": 3, "whole": "x", "text": 5, "share": 2, "isSo": "maybe"}
    assert errors_of(wrong) == pydantic_errors(wrong)
    assert [error["loc"] for error in errors_of(wrong)] == [
        *("body.text", "body.isSo", "body.whole", "body.share", "body.kind")
    ]


def test_what_is_missing_is_named_and_what_is_unknown_passed_over():
    """As models do that neither require nor forbid."""
    assert read_members(Members, {"other": 1}) == Members()
    with pytest.raises(InvalidMembersError) as caught:
        read_members(Needed, {"other": 1})
    assert json.loads(str(caught.value)) == [{"type": "missing", "loc": "body.text", "msg": "Field required"}]
    assert read_members(Needed, {"text": "a"}) == Needed("a")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "nan", "-inf", "1e400"])
@pytest.mark.parametrize("name", ["number", "share"])
def test_numbers_are_finite(name, value):
    """Pydantic lets through what no answer in JSON could repeat; here it is refused in pydantic's words for it."""
    assert [error["type"] for error in errors_of({name: value})] == ["finite_number"]


@pytest.mark.parametrize("name", ["text", "whole", "number"])
def test_half_a_surrogate_pair_is_no_text(name):
    """What cannot be written again is not taken."""
    assert [error["type"] for error in errors_of({name: "\ud800"})] == ["string_unicode"]


def test_digits_without_end_are_no_number():
    """They are refused before they are read, which would take longer than their number says."""
    assert [error["type"] for error in errors_of({"whole": "9" * 5000})] == ["int_parsing"]
