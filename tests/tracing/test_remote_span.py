"""What is taken for a caller's span."""

import pytest
from opentelemetry.trace import TraceState, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.tracing.remote_span import RemoteSpan, remote_span

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "traceparent",
    [
        f"00-{TRACE}-{SPAN}-01",
        f" 00-{TRACE}-{SPAN}-01\t",
        f"00-{TRACE}-{SPAN}-00",
        f"00-{TRACE}-{SPAN}-02",
        f"00-{TRACE}-{SPAN}-ff",
        f"01-{TRACE}-{SPAN}-01",
        f"01-{TRACE}-{SPAN}-01-more-of-it",
        f"cc-{TRACE}-{SPAN}-03-",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01-",
        f"01-{TRACE}-{SPAN}-01.more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01,00-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        "",
        "-",
        "\u0664",
    ],
)
def test_it_is_what_the_sdk_takes_for_it(traceparent: str) -> None:
    """The library's own reading of the header, which is not there where traces are off, is the same."""
    context = TraceContextTextMapPropagator().extract({"traceparent": traceparent})
    theirs = get_current_span(context).get_span_context()
    ours = remote_span(traceparent)
    assert theirs.is_valid == (ours is not None)
    if ours:
        told = (int(ours.trace_id, 16), int(ours.span_id, 16), ours.is_sampled)
        assert told == (theirs.trace_id, theirs.span_id, theirs.trace_flags.sampled)


@pytest.mark.parametrize(
    ("state", "is_one"),
    [
        ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", True),
        ("fw529a3039@dt=FfffffffrZqhSx , a=b", True),
        ("*=no key", False),
        ("anything that a client likes", False),
        ("a=b,a=c", False),
        ("a=b=c", False),
        ("a=b\u00e9", False),
        (",".join(f"k{number}=v" for number in range(33)), False),
    ],
)
def test_a_state_that_is_none_is_dropped(state: str, *, is_one: bool, caplog: pytest.LogCaptureFixture) -> None:
    """What stays is taken by the library as it is, which has then nothing to say of it in the log."""
    caller = remote_span(f"00-{TRACE}-{SPAN}-01", state)
    assert caller is not None
    assert caller.state == (state if is_one else "")
    taken = TraceState.from_header([caller.state] if caller.state else [])
    assert len(taken) == (state.count("=") if is_one else 0)
    assert not caplog.records


def test_what_is_said_to_whoever_is_next_is_kept_within_a_bound() -> None:
    """A state longer than 512 characters is dropped, and the parent stays."""
    assert remote_span(f"00-{TRACE}-{SPAN}-01", "a=b") == RemoteSpan(TRACE, SPAN, is_sampled=True, state="a=b")
    assert remote_span(f"00-{TRACE}-{SPAN}-01", "a=" + "b" * 255 + ",c=" + "b" * 255) == RemoteSpan(
        TRACE, SPAN, is_sampled=True
    )
    assert remote_span("", "a=b") is None
