"""What a caller says of the trace that its request belongs to: https://www.w3.org/TR/trace-context/."""

import re
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1
_MOST_STATE, _MOST_MEMBERS = 512, 32
_MEMBER = re.compile(
    r"(?:[a-z][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})"  # a key, or a tenant's
    r"=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)


@dataclass(frozen=True, slots=True)
class RemoteSpan:
    """The caller's span. trace_id, span_id: 32 and 16 hexadecimal digits.

    is_sampled: whether it is recorded. state: ``tracestate`` as it came; empty where it is none.
    """

    trace_id: str
    span_id: str
    is_sampled: bool
    state: str = ""


def remote_span(traceparent: str, tracestate: str = "") -> RemoteSpan | None:
    """The span that the two headers tell of; None: none, or none that can be read, which is no error."""
    found = _TRACEPARENT.fullmatch(traceparent.strip()) if traceparent else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "00" and more:  # later versions may have more
        return None
    return RemoteSpan(trace_id, span_id, bool(int(flags, 16) & _SAMPLED), tracestate if _is_state(tracestate) else "")


def _is_state(text: str) -> bool:
    """Whether it is as the standard has it: whoever reads it next would complain, in the words of a client's choice."""
    members = [member.strip(" \t") for member in text.split(",")]
    keys = {member.partition("=")[0] for member in members}
    is_short = len(text) <= _MOST_STATE and len(members) <= _MOST_MEMBERS
    return is_short and len(keys) == len(members) and all(map(_MEMBER.fullmatch, members))
