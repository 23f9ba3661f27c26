"""A report of every kind of part, and one whose every text is hostile."""

from bench.report.content import Chart, Figure, Mark, Section, Series, Table
from bench.report.document import Document

HOSTILE = (
    "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><b>x</b>|$a$%{y}"
)

TABLE = Table(
    "Latency, ms",
    ("service", "p50", "p99", "remark"),
    (("this service", "85.0", "212.0", "steady"), ("the other", "161.5", "-", "stalls"), ("both", "123.2", "-", "")),
    note="Of a hundred requests one took longer than p99.",
    total_rows=1,
    text_columns=(3,),
)

CHARTS = (
    Chart("Throughput", "clients", "requests/s", (Series("this service", (1, 2, 4), (5, 9, 11)),), log_x=True),
    Chart(
        "Latency distribution",
        "latency, ms",
        "answered, %",
        (Series("this service", (10, 20, 30), (10, 50, 100)), Series("the other", (20, 30, 60), (20, 60, 100))),
        Mark.STEPS,
    ),
    Chart("Cloud", "s", "F1", (Series("the other", (0.1, 0.2), (90, 95), (89, 94), (91, 96)),), Mark.POINTS),
    Chart("Cost", "platform", "CNY", (Series("this service", ("FC", "SCF"), (1.5, 2.5)),), Mark.BARS, note="Lists."),
)

SECTIONS = (
    Section("Load", (TABLE, CHARTS[0], CHARTS[1]), "Open loop.", (Figure("p99", "212 ms"), Figure("success", "99 %"))),
    Section("Quality", (CHARTS[2],)),
    Section("Bill", (CHARTS[3],)),
)

HOSTILE_SECTION = Section(
    HOSTILE,
    (
        Table(HOSTILE, (HOSTILE, HOSTILE), ((HOSTILE, HOSTILE),), HOSTILE),
        Chart(HOSTILE, HOSTILE, HOSTILE, (Series(HOSTILE, (HOSTILE, "b"), (1.0, 2.0)),), Mark.BARS, note=HOSTILE),
    ),
    HOSTILE,
    (Figure(HOSTILE, HOSTILE),),
)


def document(command="load", label="this service", result=None, **parts):
    """Return a document; *parts* replace its machine, versions, settings or service."""
    described = {
        "machine": {"CPU": "Abacus 9", "CPUs usable": "2 of 4", "memory": "8.0 GiB"},
        "versions": {"plotly": "7"},
        "settings": {"rate": 12.5, "warm_up": None},
        "service": {"engine": {"name": "null"}, "tiers": ["a", "b"]},
    }
    return Document(
        command=command, label=label, started_at="2026-01-02T03:04:05Z", result=result or {}, **(described | parts)
    )


def hostile_document():
    """Return a document whose every text is hostile."""
    texts = {HOSTILE: HOSTILE}
    return document(HOSTILE, HOSTILE, machine=texts | {"CPU": HOSTILE}, versions=texts, settings=texts, service=texts)
