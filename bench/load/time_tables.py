"""Where the time of a request goes: by what each answer says, and by what the service has counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.load.result import LoadRun
from bench.load.scrape import StageTime
from bench.report.content import Table
from bench.report.figures import MISSING, milliseconds

WORTH_MENTION_S = 0.0005
"""Below, that a request left after it was due is the generator's own step from one to the next."""

CLIENT_NOTE = (
    "By what the answers themselves say: a row adds up to the client's mean. network and HTTP: what the client waited "
    "beyond the function time; between stages: what the service took but names no stage for."
)
SERVER_NOTE = (
    "By the service's own histograms, scraped from /metrics before and after the run: mean / p99, the latter "
    "interpolated inside a bucket. Whatever the service has seen counts, other clients' requests included; refusals "
    "count in request alone, which they make quicker."
)


def time_tables(runs: Sequence[tuple[str, LoadRun]]) -> list[Table]:
    """Return the breakdown of each named run, a row each; a table of which nothing is known is left out."""
    client = {name: parts for name, run in runs if (parts := _client_parts(run))}
    server = {name: parts for name, run in runs if (parts := _server_parts(run))}
    tables = [
        _table("Where the time goes, mean ms", client, CLIENT_NOTE),
        _table("As the server counts it, mean / p99 ms", server, SERVER_NOTE),
    ]
    return [table for table in tables if table.rows]


def _client_parts(run: LoadRun) -> dict[str, str]:
    summary = run.summary
    if summary.client is None or summary.server is None or summary.overhead is None:
        return {}
    between_s = summary.server.mean_s - sum(summary.stages.values())
    held = {} if summary.held is None or summary.held.mean_s < WORTH_MENTION_S else {"held back": summary.held.mean_s}
    outside = {"client": summary.client.mean_s, **held, "network and HTTP": summary.overhead.mean_s}
    parts = {**outside, **summary.stages}
    return {name: milliseconds(seconds) for name, seconds in {**parts, "between stages": between_s}.items()}


def _server_parts(run: LoadRun) -> dict[str, str]:
    view = run.server_view
    if view is None:
        return {}
    times = (view.request, *view.stages)
    cells = {time.name: f"{milliseconds(time.mean_s)} / {_p99(time)}" for time in times}
    return {"requests": str(view.request.count), **cells}


def _p99(time: StageTime) -> str:
    """The percentile, or that it lies in the first bucket."""
    return milliseconds(time.p99_s) if time.p99_s > time.finest_s else f"<{milliseconds(time.finest_s)}"


def _table(title: str, runs: Mapping[str, Mapping[str, str]], note: str) -> Table:
    """A row a run, a column for each part that any of them has."""
    columns = tuple(dict.fromkeys(part for parts in runs.values() for part in parts))
    rows = tuple((name, *(parts.get(column, MISSING) for column in columns)) for name, parts in runs.items())
    return Table(title, ("load", *columns), rows, note)
