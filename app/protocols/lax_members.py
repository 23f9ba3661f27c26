"""Reads a JSON object into a type as servers built on FastAPI do, and words what is wrong with it as they do.

Their clients rely on both: that ``"960"`` is a number and ``1`` is true, and that an error names each member that is
at fault. The rules are those of pydantic's lax mode; the ranges are those that the type's fields are annotated with.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from app.errors import InvalidMembersError

StructT = TypeVar("StructT", bound=msgspec.Struct)

_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})
_INTEGER = re.compile(r"[+-]?\d+(_\d+)*(\.0+)?", re.ASCII)
_MOST_DIGITS = 4300
"""Of an integer: Python takes longer than linear time for them, and refuses more."""


class _Wrong(Exception):  # noqa: N818 - it never leaves this file
    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def read_members(shape: type[StructT], members: Mapping[str, Any]) -> StructT:
    """*members* as a *shape*; members that it has not are passed over.

    Raises:
        InvalidMembersError: Some are missing or wrong. Its text is a JSON list of objects with ``type``, ``loc`` and
            ``msg``, in the order of the fields.
    """
    values, errors = {}, []
    for field in _fields(shape):
        try:
            if field.required or field.encode_name in members:
                values[field.name] = _member(field, members)
        except _Wrong as wrong:
            errors.append({"type": wrong.kind, "loc": f"body.{field.encode_name}", "msg": str(wrong)})
    if errors:
        raise InvalidMembersError(json.dumps(errors))
    return shape(**values)


@cache
def _fields(shape: type[msgspec.Struct]) -> tuple[inspect.Field, ...]:
    described = inspect.type_info(shape)
    assert isinstance(described, inspect.StructType)  # noqa: S101
    return described.fields


def _member(field: inspect.Field, members: Mapping[str, Any]) -> Any:
    if field.encode_name not in members:
        raise _Wrong("missing", "Field required")
    return _read(field.type, members[field.encode_name])


def _read(kind: inspect.Type, value: object) -> Any:
    if isinstance(kind, inspect.Metadata):
        return _read(kind.type, value)
    if isinstance(kind, inspect.UnionType):
        if value is None:
            return None
        (kind,) = (one for one in kind.types if not isinstance(one, inspect.NoneType))
        return _read(kind, value)
    return _READERS[type(kind)](kind, value)


def _text(_: inspect.Type, value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("string_type", "Input should be a valid string")
    _check_unicode(value)
    return value


def _check_unicode(value: str) -> None:
    """Half of a surrogate pair, which JSON can spell, is no text that could be written again."""
    try:
        if not value.isascii():
            value.encode()
    except UnicodeEncodeError:
        message = "Input should be a valid string, unable to parse raw data as a unicode string"
        raise _Wrong("string_unicode", message) from None


def _switch(_: inspect.Type, value: object) -> bool:
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    if isinstance(value, int | float) and value in {0, 1}:
        return bool(value)
    if isinstance(value, str) or (isinstance(value, int | float) and _is_machine_integer(value)):
        raise _Wrong("bool_parsing", "Input should be a valid boolean, unable to interpret input")
    raise _Wrong("bool_type", "Input should be a valid boolean")


def _is_machine_integer(value: float) -> bool:
    return abs(value) < 1 << 63 and value == int(value)


def _integer(kind: inspect.Type, value: object) -> int:
    if isinstance(value, str):
        _check_unicode(value)
        text = value.strip()
        if not _INTEGER.fullmatch(text) or len(text) > _MOST_DIGITS:
            raise _Wrong("int_parsing", "Input should be a valid integer, unable to parse string as an integer")
        return _within(kind, int(text.partition(".")[0]))
    if not isinstance(value, int | float):
        raise _Wrong("int_type", "Input should be a valid integer")
    if isinstance(value, float) and not math.isfinite(value):
        raise _Wrong("finite_number", "Input should be a finite number")
    if value != int(value):
        raise _Wrong("int_from_float", "Input should be a valid integer, got a number with a fractional part")
    return _within(kind, int(value))


def _number(kind: inspect.Type, value: object) -> float:
    if isinstance(value, str):
        _check_unicode(value)
    elif not isinstance(value, int | float):
        raise _Wrong("float_type", "Input should be a valid number")
    try:
        number = float(value.encode("ascii") if isinstance(value, str) else value)
    except ValueError:
        raise _Wrong("float_parsing", "Input should be a valid number, unable to parse string as a number") from None
    except OverflowError:
        raise _Wrong("float_type", "Input should be a valid number") from None
    if not math.isfinite(number):
        raise _Wrong("finite_number", "Input should be a finite number")
    return _within(kind, number)


NumberT = TypeVar("NumberT", int, float)


def _within(kind: inspect.Type, number: NumberT) -> NumberT:
    least, most = getattr(kind, "ge", None), getattr(kind, "le", None)
    if least is not None and number < least:
        raise _Wrong("greater_than_equal", f"Input should be greater than or equal to {least}")
    if most is not None and number > most:
        raise _Wrong("less_than_equal", f"Input should be less than or equal to {most}")
    return number


def _literal(kind: inspect.Type, value: object) -> object:
    choices: tuple[int | str, ...] = getattr(kind, "values", ())
    if isinstance(choices[0], str):
        _text(kind, value)
    for choice in choices:
        if value == choice:
            return choice
    *others, last = map(repr, choices)
    raise _Wrong("literal_error", f"Input should be {', '.join(others)} or {last}")


_READERS: dict[type[inspect.Type], Callable[[Any, object], Any]] = {
    inspect.StrType: _text,
    inspect.BoolType: _switch,
    inspect.IntType: _integer,
    inspect.FloatType: _number,
    inspect.LiteralType: _literal,
}
