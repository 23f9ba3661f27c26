"""JSON objects whose members a msgspec type tells, so that what is read and what is described are one."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from app.errors import InvalidOptionError, MalformedRequestError, RequestError
from app.protocols.request import check_no_query
from app.protocols.wire import Problem, Reply, WireRequest

ShapeT = TypeVar("ShapeT", bound=msgspec.Struct)

_MOST_LETTERS = 200
"""Of what msgspec says, which may quote what the client wrote."""


def typed_body(wire: WireRequest, shape: type[ShapeT]) -> ShapeT:
    """The body of *wire*, a JSON object whatever its declared type.

    Raises:
        MalformedRequestError: It is none, or its members are not of their types.
        InvalidOptionError: It has a member that *shape* has not, or there is a query.
    """
    check_no_query(wire.query)
    return typed(wire.members, shape, MalformedRequestError)


def typed(members: Mapping[str, Any], shape: type[ShapeT], wrong: type[RequestError]) -> ShapeT:
    """*members* as *shape* has them.

    Raises:
        InvalidOptionError: There is one that *shape* has not.
        RequestError: One that is needed is missing, or has another type: of class *wrong*.
    """
    known = [field.encode_name for field in msgspec.structs.fields(shape)]
    unknown = sorted(members.keys() - set(known))
    if unknown:
        raise InvalidOptionError(f"unknown member {unknown[0][:64]!r}; known are {', '.join(known)}")
    try:
        return msgspec.convert(members, shape)
    except msgspec.ValidationError as error:
        raise wrong(str(error)[:_MOST_LETTERS]) from error
    except UnicodeEncodeError as error:
        raise wrong("a text holds half of a surrogate pair") from error


def answer_reply(answer: Any) -> Reply:
    """*answer*, a msgspec type or what is made of them, as JSON: a line, so that no terminal's prompt sticks to it."""
    return Reply(msgspec.json.encode(answer) + b"\n")


def failure_reply(failure: msgspec.Struct, problem: Problem) -> Reply:
    """*failure*, which tells *problem* as a dialect does, with its status and headers."""
    body = json.dumps(msgspec.to_builtins(failure)).encode()  # as ASCII: a detail may quote half of a surrogate pair
    return Reply(body + b"\n", problem.status, headers=problem.headers)
