"""Where the time goes and how far the limit is, as tables and charts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.limit.charts import charts
from bench.limit.result import LEAST_OF_LIMIT, MOST_BESIDE, LimitResult, Number, SetTurn
from bench.load.whole_passes import ServiceRun
from bench.report.content import Chart, Figure, Section, Table
from bench.report.document import Document
from bench.report.figures import milliseconds, percent, rate
from bench.spread import ranged

LIMIT_NOTE = (
    "images/s with several clients, the beginning and the end of a run left out. The limit: every tensor that the "
    "pictures make, through the same models, by a thread a processor that does nothing else; the layout counts that is "
    "faster over all rounds. CPU ms of the service, and how much of it the models take on the service's own layout: "
    "nearly the same figure, and a steadier one where other programs run. "
    f"At least {100 * LEAST_OF_LIMIT:.0f} % is the aim. Ratios are formed within a round. The load generator "
    "takes its processor time from the same processors, and is no part of the service. others: processors that other "
    "programs kept busy during the service's runs; from a tenth on, rates and times say little."
)
BESIDE_NOTE = (
    "client: what one client waits, the next request leaving with the answer. models: the same pictures' tensors, one "
    "picture at a time, the lines spread over the service's own slots. beside: all the rest, HTTP, JSON and waiting "
    f"for one another included; at most {100 * MOST_BESIDE:.0f} % is the aim."
)
STAGES_NOTE = (
    "Mean ms of a picture (share of the client's time). Stages are wall time as the answers have it (timings_ms): "
    "detect and recognise contain resizing and decoding beside their model, and waiting for a slot. HTTP and JSON: "
    "what the client waited beyond the service's clock; between: what the service names no stage for."
)
STEPS_NOTE = (
    "Mean ms of a picture (share of their sum): the service's own pipeline in one thread of another process, with "
    "models of one thread; a step of the service takes as long, but lines are then read side by side. No HTTP, no "
    "waiting. resize: from the picture or the crop to the tensor; boxes, text: from the model's answer on."
)


def sections(documents: Sequence[Document]) -> list[Section]:
    """Return what is to be shown of one or several documents of ``bench limit``."""
    return [_section(document.label, document.result_as(LimitResult)) for document in documents]


def _section(label: str, result: LimitResult) -> Section:
    if not result.set_names:
        return Section("Limit", (), "Nothing was measured.")
    parts: list[Table | Chart] = [
        _limit_table(result),
        _beside_table(result),
        _stages_table(result, "one client", lambda turn: turn.one),
        _stages_table(result, f"{result.clients} clients", lambda turn: turn.many),
        _steps_table(result),
        *charts(result),
    ]
    return Section(f"Limit: {label}", tuple(parts), figures=_figures(result))


def _figures(result: LimitResult) -> tuple[Figure, ...]:
    shares = [result.share_of_limit(name).median for name in result.set_names]
    beside = [result.spread(name, lambda turn: turn.beside).median for name in result.set_names]
    return (
        Figure("of the models' throughput", _span(shares)),
        Figure("of one client's time beside the models", _span(beside)),
    )


def _span(shares: Sequence[float]) -> str:
    low, high = percent(min(shares), 0), percent(max(shares), 0)
    return f"{low} %" if low == high else f"{low} to {high} %"


def _limit_table(result: LimitResult) -> Table:
    columns = (
        "set",
        "lines",
        f"{result.clients} clients, images/s",
        *(f"models {layout}, images/s" for layout in result.layouts),
        "of the limit, %",
        "CPU ms",
        "of it the models', %",
        "generator's CPU ms",
        "others, cores",
    )
    rows = []
    for name in result.set_names:
        cells = (
            _cell(result, name, lambda turn: turn.many.images_per_s, rate),
            *(_cell(result, name, _models_rate(layout), rate) for layout in result.layouts),
            ranged(result.share_of_limit(name), percent),
            _middle(result, name, lambda turn: turn.many.cpu_s),
            _cell(result, name, lambda turn: turn.models_share_of_cpu, percent),
            _middle(result, name, lambda turn: turn.many.generator_cpu_s),
            _cell(result, name, lambda turn: turn.many.others_cores, "{:.2f}".format),
        )
        lines = f"{result.spread(name, lambda turn: turn.lines).median:.0f}"
        rows.append((name, lines, *cells))
    return Table("How far the models alone would go", columns, tuple(rows), LIMIT_NOTE)


def _beside_table(result: LimitResult) -> Table:
    columns = ("set", "client, ms", "models, ms", "beside, ms", "beside, %", "CPU ms", "models' CPU ms")
    rows = tuple(
        (
            name,
            _cell(result, name, lambda turn: turn.one.latency_s, milliseconds),
            _cell(result, name, lambda turn: turn.models_latency_s, milliseconds),
            _cell(result, name, lambda turn: turn.one.latency_s - turn.models_latency_s, milliseconds),
            _cell(result, name, lambda turn: turn.beside, percent),
            _middle(result, name, lambda turn: turn.one.cpu_s),
            _middle(result, name, lambda turn: turn.models[0].cpu_s),
        )
        for name in result.set_names
    )
    return Table("One client: work beside the models", columns, rows, BESIDE_NOTE)


def _stages_table(result: LimitResult, title: str, run: Callable[[SetTurn], ServiceRun]) -> Table:
    """A row a part of a request, a column a set; the parts add up to what the client waits."""
    stages = next(result.turns(result.set_names[0])).one.stages
    parts: dict[str, Number] = {
        "HTTP and JSON": lambda turn: run(turn).outside_s,
        **{stage: _stage(run, stage) for stage in stages},
        "between stages": lambda turn: run(turn).between_s,
        "client": lambda turn: run(turn).latency_s,
    }
    rows = tuple(_row(result, part, number, lambda turn: run(turn).latency_s) for part, number in parts.items())
    return Table(f"Where a request's time goes: {title}", ("", *result.set_names), rows, STAGES_NOTE, 1)


def _stage(run: Callable[[SetTurn], ServiceRun], stage: str) -> Number:
    return lambda turn: run(turn).stages.get(stage, 0.0)


def _steps_table(result: LimitResult) -> Table:
    steps = next(result.turns(result.set_names[0])).steps
    rows = [_row(result, step, _step(step), _all_steps) for step in steps]
    rows.append(_row(result, "all but the models", _steps_beside, _all_steps))
    return Table("One thread, step by step", ("", *result.set_names), tuple(rows), STEPS_NOTE, 1)


def _step(step: str) -> Number:
    return lambda turn: turn.steps[step]


def _all_steps(turn: SetTurn) -> float:
    return sum(turn.steps.values())


def _steps_beside(turn: SetTurn) -> float:
    return sum(seconds for step, seconds in turn.steps.items() if not step.endswith(": model"))


def _row(result: LimitResult, part: str, spent: Number, whole: Number) -> tuple[str, ...]:
    """Mean ms and the share of the whole, set by set."""
    cells = []
    for name in result.set_names:
        share = result.spread(name, lambda turn: spent(turn) / whole(turn)).median
        cells.append(f"{milliseconds(result.spread(name, spent).median)} ({percent(share)} %)")
    return (part, *cells)


def _models_rate(layout: str) -> Number:
    return lambda turn: turn.models_run(layout).images_per_s


def _cell(result: LimitResult, name: str, number: Number, show: Callable[[float], str]) -> str:
    return ranged(result.spread(name, number), show)


def _middle(result: LimitResult, name: str, seconds: Number) -> str:
    return milliseconds(result.spread(name, seconds).median)
