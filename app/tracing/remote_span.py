"""What a caller says of the trace that its request belongs to: https://www.w3.org/TR/trace-context/."""

import re
from dataclasses import dataclass

_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1
_MOST_STATE = 512


@dataclass(frozen=True, slots=True)
class RemoteSpan:
    """The caller's span. trace_id, span_id: 32 and 16 hexadecimal digits.

    is_sampled: whether it is recorded. state: ``tracestate`` as it came, for whoever is asked next.
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
    state = tracestate if len(tracestate) <= _MOST_STATE else ""
    return RemoteSpan(trace_id, span_id, bool(int(flags, 16) & _SAMPLED), state)
