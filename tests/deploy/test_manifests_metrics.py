"""The metrics that dashboards, alerts and autoscalers ask for: each is one that the service exports, labels and all."""

import json
import re
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from app.metrics.instruments import Instruments
from app.metrics.process_family import ProcessFamilyCollector

_DEPLOY = Path(__file__).parents[2] / "deploy"
_PROMETHEUS_OWN = {"up"}
# What Prometheus adds to every series as it scrapes: the job's name and the target's, on Kubernetes the namespace too.
_SCRAPED_LABELS = {"job", "instance", "namespace"}


def exported():
    """The series that a scrape brings, each with the names of its labels."""
    registry = CollectorRegistry()
    instruments = Instruments.declare(registry)
    labels = {metric._name: set(metric._labelnames) for metric in vars_of(instruments)}
    series = {}
    for family in (*registry.collect(), *ProcessFamilyCollector(under_arbiter=False).collect()):
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
        for suffix in suffixes:
            own = labels.get(family.name, set()) | ({"le"} if suffix == "_bucket" else set())
            series[family.name + suffix] = own | _SCRAPED_LABELS
    return series


def vars_of(instruments):
    """The metrics in their dataclass, which has slots; the sums beside them are Triton's."""
    values = [getattr(instruments, name) for name in instruments.__slots__]
    return [value for value in values if isinstance(value, MetricWrapperBase)]


def of_dashboard():
    """The queries of the Grafana dashboard."""
    dashboard = json.loads((_DEPLOY / "compose/grafana/dashboards/ppocr.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]


def of_alerts():
    """The expressions of the alerts."""
    groups = yaml.safe_load((_DEPLOY / "compose/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def of_autoscaler():
    """The query of KEDA's trigger."""
    scaled = yaml.safe_load((_DEPLOY / "kubernetes/keda/scaled-object.yaml").read_text(encoding="utf-8"))
    return [trigger["metadata"]["query"] for trigger in scaled["spec"]["triggers"] if trigger["type"] == "prometheus"]


_QUERIES = [*of_dashboard(), *of_alerts(), *of_autoscaler()]
_SELECTOR = re.compile(r"(?<![\w.$\"])((?:ocr|process|up)(?:_\w+)?)\b(?:\{([^}]*)\})?")


def selectors(query):
    """The series that a query names, each with the labels that it selects by."""
    return [(name, set(re.findall(r"(\w+)\s*[=!]", matchers or ""))) for name, matchers in _SELECTOR.findall(query)]


@pytest.mark.parametrize("query", _QUERIES)
def test_a_query_names_series_that_are_exported(query):
    """No panel, alert or autoscaler waits for a metric, or selects by a label, that the service does not have."""
    known = exported() | dict.fromkeys(_PROMETHEUS_OWN, _SCRAPED_LABELS)
    named = selectors(query)
    assert named
    assert not [name for name, _ in named if name not in known]
    assert not [(name, labels - known[name]) for name, labels in named if labels - known[name]]


@pytest.mark.parametrize("query", _QUERIES)
def test_a_query_groups_by_labels_that_are_exported(query):
    """What a panel is split by, and its legend shows, is a label of the series that it sums."""
    known = exported()
    grouped = {label for labels in re.findall(r"\bby \(([^)]*)\)", query) for label in re.split(r"\s*,\s*", labels)}
    there = set().union(*(known.get(name, set()) for name, _ in selectors(query)))
    assert not grouped - there


def test_the_dashboard_shows_what_matters():
    """Requests, errors, latency, stages, the queue and memory are each on a panel."""
    shown = {name for query in of_dashboard() for name, _ in selectors(query)}
    assert shown >= {
        "ocr_requests_total",
        "ocr_errors_total",
        "ocr_request_duration_seconds_bucket",
        "ocr_stage_duration_seconds_sum",
        "ocr_queue_depth",
        "process_resident_memory_bytes",
    }


@pytest.mark.parametrize(
    ("query", "is_known"),
    [
        ("sum(ocr_queue_depth)", True),
        ("sum(ocr_queue_dept)", False),
        ("rate(ocr_lines_total[1m])", True),
        ("ocr_lines", False),
    ],
)
def test_the_comparison_notices_a_name_that_is_wrong(query, is_known):
    """A misspelt metric, or a counter without its suffix, is not taken for one that is exported."""
    assert all(name in exported() for name, _ in selectors(query)) is is_known
