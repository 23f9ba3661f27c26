"""The metrics that dashboards, rules and autoscalers ask for: each is one that the service exports, labels and all."""

import re
from pathlib import Path
from typing import get_args

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from app.http.problems import STATUS
from app.inference.replacement import Reason
from app.metrics.grant import Grant, GrantCollector
from app.metrics.instruments import Instruments
from app.metrics.process_family import ProcessFamilyCollector
from app.metrics.request_record import REFUSALS
from app.protocols.catalogue import dialects_named
from bench.watching.dashboard import Dashboard

_ROOT = Path(__file__).parents[2]
_DEPLOY = _ROOT / "deploy"
_PROMETHEUS_OWN = {"up"}
# What Prometheus adds to every series as it scrapes: the job's name and the target's, on Kubernetes the namespace too.
_SCRAPED_LABELS = {"job", "instance", "namespace"}
_LEVELS = {"job": {"job"}, "instance": {"job", "instance"}}


def families():
    """What a scrape brings, each with the names of its own labels."""
    registry = CollectorRegistry()
    instruments = Instruments.declare(registry)
    registry.register(ProcessFamilyCollector(under_arbiter=False))
    registry.register(GrantCollector(Grant(1.0, 1, {"engine": 1})))
    labels = {metric._name: set(metric._labelnames) for metric in vars_of(instruments)}
    for family in registry.collect():
        own = labels.get(family.name) or {label for sample in family.samples for label in sample.labels} - {"le"}
        yield family, own


def vars_of(instruments):
    """The metrics in their dataclass, which has slots; the sums beside them are Triton's."""
    values = [getattr(instruments, name) for name in instruments.__slots__]
    return [value for value in values if isinstance(value, MetricWrapperBase)]


def exported():
    """The series that a scrape brings, each with the names of its labels."""
    series = {}
    for family, own in families():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
        for suffix in suffixes:
            series[family.name + suffix] = own | ({"le"} if suffix == "_bucket" else set()) | _SCRAPED_LABELS
    return series


def rules(name):
    """The rules of a file."""
    groups = yaml.safe_load((_DEPLOY / "compose/prometheus" / name).read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def recorded():
    """The series that the rules record, with the labels of the level that they are named after."""
    return {rule["record"]: _LEVELS[rule["record"].partition(":")[0]] for rule in rules("rules.yml")}


def of_autoscaler():
    """The query of KEDA's trigger."""
    scaled = yaml.safe_load((_DEPLOY / "kubernetes/keda/scaled-object.yaml").read_text(encoding="utf-8"))
    return [trigger["metadata"]["query"] for trigger in scaled["spec"]["triggers"] if trigger["type"] == "prometheus"]


_DASHBOARD = Dashboard.read("ppocr")
_RECORDING = [rule["expr"] for rule in rules("rules.yml")]
_ALERTS = [rule["expr"] for rule in rules("alerts.yml")]
_QUERIES = [*_DASHBOARD.queries(), *_RECORDING, *_ALERTS, *of_autoscaler()]
_SELECTOR = re.compile(r"(?<![\w.$\":])((?:\w+:)?(?:ocr|process|up)(?:_\w+)?(?::\w+)?)\b(?:\{([^}]*)\})?")


def selectors(query):
    """The series that a query names, each with the labels that it selects by."""
    return [(name, set(re.findall(r"(\w+)\s*[=!]", matchers or ""))) for name, matchers in _SELECTOR.findall(query)]


@pytest.mark.parametrize("query", _QUERIES)
def test_a_query_names_series_that_are_exported(query):
    """No panel, rule or autoscaler waits for a metric, or selects by a label, that there is not."""
    known = exported() | recorded() | dict.fromkeys(_PROMETHEUS_OWN, _SCRAPED_LABELS)
    named = selectors(query)
    assert named
    assert not [name for name, _ in named if name not in known]
    assert not [(name, labels - known[name]) for name, labels in named if labels - known[name]]


@pytest.mark.parametrize("query", _QUERIES)
def test_a_query_groups_by_labels_that_are_exported(query):
    """What a panel is split by, and its legend shows, is a label of the series that it sums."""
    known = exported() | recorded()
    grouped = {label for labels in re.findall(r"\bby \(([^)]*)\)", query) for label in re.split(r"\s*,\s*", labels)}
    there = set().union(*(known.get(name, set()) for name, _ in selectors(query)))
    assert not grouped - there


def test_what_is_recorded_is_used():
    """A rule that no panel, alert or other rule asks for would be reckoned for nobody."""
    asked = {name for query in (*_DASHBOARD.queries(), *_RECORDING, *_ALERTS) for name, _ in selectors(query)}
    assert not recorded().keys() - asked


def test_the_dashboard_shows_what_matters():
    """Every metric that the service exports is on a panel, but for what runs, which the variables ask for."""
    asked = [*_DASHBOARD.queries(), *_RECORDING]
    shown = {re.sub("_(bucket|sum|count|total)$", "", name) for query in asked for name, _ in selectors(query)}
    assert {family.name for family, _ in families()} - shown == {"ocr_build_info", "process_start_time_seconds"}


def test_the_routes_that_are_watched_are_those_that_read_pictures():
    """Of every dialect, and gRPC's; no probe, page or document lowers the share of errors or the latency."""
    watched = {route for query in _RECORDING for route in re.findall(r'route=~"([^"]*)"', query)}
    assert watched == {_DASHBOARD.variables["route"]}
    [routes] = watched
    names = {"paddlex", "rapidocr", "paddlehub", "paddle-serving", "umi-ocr", "kserve"}
    dialects = dialects_named(names)
    reading = {path for dialect in dialects for path in dialect.paths} | {"/ocr by page"}
    reading |= {f"/inference.GRPCInferenceService/{method}" for method in ("ModelInfer", "ModelStreamInfer")}
    others = {document.path for dialect in dialects for document in dialect.documents}
    others |= {"/healthz", "/readyz", "/metrics", "/info", "/", "/docs", "/openapi.json", "unmatched"}
    assert {route for route in reading | others if re.fullmatch(routes, route)} == reading


def test_the_values_that_are_selected_are_known_to_the_service():
    """A misspelt code or reason would never be counted, and its alert never be raised."""
    text = "\n".join(_QUERIES)
    codes = {code for value in re.findall(r'ocr_errors_total\{[^}]*code=~"([^"]*)"', text) for code in value.split("|")}
    refusals = set(re.findall(r'ocr_rejected_total\{[^}]*reason="([^"]*)"', text))
    reasons = set(re.findall(r'ocr_engine_replacements_total\{reason!="([^"]*)"', text))
    assert codes
    assert codes <= set(STATUS)
    assert refusals == {"queue_full"} & REFUSALS
    assert reasons == {"requests"} & set(get_args(Reason))


def test_every_alert_says_what_it_means_and_what_to_do():
    """Who is woken at three finds both in the message."""
    for rule in rules("alerts.yml"):
        assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}, rule["alert"]


def test_the_pods_are_found_under_the_name_that_is_watched():
    """The operator's monitor selects the Deployment's pods and their port, and their label gives the job its name."""
    deployment, monitor = (
        yaml.safe_load((_DEPLOY / "kubernetes" / name).read_text(encoding="utf-8"))
        for name in ("base/deployment.yaml", "monitoring/pod-monitor.yaml")
    )
    pod, spec = deployment["spec"]["template"], monitor["spec"]
    assert spec["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    ports = {port["name"] for container in pod["spec"]["containers"] for port in container["ports"]}
    assert {endpoint["port"] for endpoint in spec["podMetricsEndpoints"]} <= ports
    assert pod["metadata"]["labels"][spec["jobLabel"]] == _DASHBOARD.variables["job"]


def page():
    """The page about all this."""
    return (_ROOT / "docs" / "watching.md").read_text(encoding="utf-8")


def test_the_page_has_every_metric_with_its_labels():
    """A row of the table for each, in its name as it is scraped; and no row of one that there is not."""
    rows = re.findall(r"^\| `((?:ocr|process)_\w+)` \|([^|]*)\|([^|]*)\|", page(), re.MULTILINE)
    told = {name: (kind.strip(), set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    suffixes = {"counter": "_total"}
    assert told == {family.name + suffixes.get(family.type, ""): (family.type, own) for family, own in families()}


def test_the_page_has_every_panel_rule_and_alert():
    """Each is named, as it is called."""
    names = {panel.title for panel in _DASHBOARD.panels} | recorded().keys() | {r["alert"] for r in rules("alerts.yml")}
    text = page()
    assert not [name for name in names if name not in text]


@pytest.mark.parametrize(
    ("query", "is_known"),
    [
        ("sum(ocr_queue_depth)", True),
        ("sum(ocr_queue_dept)", False),
        ("rate(ocr_lines_total[1m])", True),
        ("ocr_lines", False),
        ("job:ocr_permits_in_use:ratio", True),
        ("job:ocr_permits:ratio", False),
    ],
)
def test_the_comparison_notices_a_name_that_is_wrong(query, is_known):
    """A misspelt metric or record, or a counter without its suffix, is not taken for one that is there."""
    assert all(name in exported() | recorded() for name, _ in selectors(query)) is is_known
