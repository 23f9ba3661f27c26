"""Compose by its specification's JSON schema, Prometheus by promtool, Grafana by what its documentation says."""

import json
import re
from importlib.resources import files

from deploy.checks.grafana import judge_dashboard, judge_datasources, judge_providers
from deploy.checks.manifest import ROOT, Judge, Manifest, documents, mismatches
from deploy.checks.promtool import promtool


def _judge_compose(text: str) -> list[str]:
    schema = files("check_jsonschema.builtin_schemas") / "vendor" / "compose-spec.json"
    [document] = documents(text)
    complaints = mismatches(document, json.loads(schema.read_text(encoding="utf-8")))
    mounts = re.findall(r"- (\./[^:]+):", text)
    return complaints + [f"there is no {mount}" for mount in mounts if not (ROOT / "compose" / mount).exists()]


def _judge_prometheus(text: str) -> list[str]:
    return promtool(["check", "config", "prometheus.yml"], "prometheus.yml", text)


def _judge_rules(name: str) -> Judge:
    """Of a file of rules its syntax, and that they record and are raised as they should be, by alerts_test.yml."""

    def judge(text: str) -> list[str]:
        syntax = promtool(["check", "rules", name], name, text)
        return syntax or promtool(["test", "rules", "alerts_test.yml"], name, text)

    return judge


def _judge_alerts_test(text: str) -> list[str]:
    return promtool(["test", "rules", "alerts_test.yml"], "alerts_test.yml", text)


MANIFESTS = (
    Manifest(
        "compose/compose.yaml",
        _judge_compose,
        (
            ("read_only: true", "readonly: true"),
            ("read_only: true", "read_only: [1]"),
            ("healthcheck:", "health_check:"),
            ("cap_drop: [ALL]", "cap_drop: ALL"),
            ("start_interval: 1s", "start_intervall: 1s"),
            ("./prometheus:", "./prometeus:"),
            ("depends_on:", "depend_on:"),
        ),
    ),
    Manifest(
        "compose/prometheus/prometheus.yml",
        _judge_prometheus,
        (
            ("scrape_interval: 5s", "scrape_intervall: 5s"),
            ("port: 9000", "port: http"),
            ("- alerts.yml", "- alarms.yml"),
            ("- rules.yml", "- rule.yml"),
        ),
    ),
    Manifest(
        "compose/prometheus/rules.yml",
        _judge_rules("rules.yml"),
        (
            ("record: job:", "recorded: job:"),
            ("sum by (job) (rate(", "sum by (job) (rat("),
            ("deadline_exceeded", "deadline"),
            ("/ sum by", "* sum by"),
            ('route=~"/ocr.*', 'route=~".*'),
            ("(ocr_queue_limit) > 0", "(ocr_queue_limit)"),
            ('le="0.8"', 'le="0.9"'),
            (">= 0", ""),
        ),
    ),
    Manifest(
        "compose/prometheus/alerts.yml",
        _judge_rules("alerts.yml"),
        (
            ("alert: PpocrDown", "alarm: PpocrDown"),
            ("sum by (job) (rate(", "sum by (job) (rat("),
            ("ocr_ready == 0", "ocr_ready == 2"),
            ("[30m]) > 2", "[30m]) > 1"),
            ("[2m]", "[10m]"),
            ("< 1800", "< 7200"),
            ("[1h])) > 10", "[1h]))"),
            ("and job:ocr_errors:ratio_rate5m", "or job:ocr_errors:ratio_rate5m"),
            ("and avg_over_time(job:ocr_queue_depth", "or avg_over_time(job:ocr_queue_depth"),
            ("ratio > 0.95", "ratio > 0.99"),
            ('reason!="requests"', 'reason!="request"'),
            ("increase1h > 500", "increase1h > 5"),
            ("for: 5m", "for: 5 minutes"),
        ),
    ),
    Manifest(
        "compose/prometheus/alerts_test.yml",
        _judge_alerts_test,
        (("job: ppocr", "job: other"), ("input_series", "series")),
    ),
    Manifest(
        "compose/grafana/provisioning/datasources/prometheus.yaml",
        judge_datasources,
        (("isDefault: true", "isDefault: 'true'"), ("jsonData:", "jsondata:"), ("access: proxy", "access: server")),
    ),
    Manifest(
        "compose/grafana/provisioning/dashboards/ppocr.yaml",
        judge_providers,
        (("options:", "option:"), ("type: file", "type: folder")),
    ),
    Manifest(
        "compose/grafana/dashboards/ppocr.json",
        judge_dashboard,
        (
            ('"expr"', '"query"'),
            ("sum(ocr_ready", "sum((ocr_ready"),
            ('"gridPos"', '"grid"'),
            ('"id": 1,', '"id": "1",'),
            ('"id": 2,', '"id": 1,'),
            ('"title": "Latency"', '"title": "Traffic"'),
            ('"type": "heatmap"', '"type": "heat"'),
            ('"type": "row"', '"type": "rows"'),
            ('"w": 3', '"w": 25'),
            ('"x": 3', '"x": 2'),
            ('"refId": "B"', '"refId": "A"'),
            ('"name": "instance"', '"name": "instances"'),
            ('"allValue"', '"every"'),
            ('"useValueForTime": true', '"useValueForTime": "true"'),
        ),
    ),
)
