"""Compose by its specification's JSON schema, Prometheus by promtool, Grafana by what its documentation says."""

import json
import re
import shutil
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from deploy.checks.manifest import ROOT, Judge, Manifest, documents, mismatches

_PROMETHEUS = ROOT / "compose" / "prometheus"
_STRING = {"type": "string"}
_BOOLEAN = {"type": "boolean"}


def _judge_compose(text: str) -> list[str]:
    schema = files("check_jsonschema.builtin_schemas") / "vendor" / "compose-spec.json"
    [document] = documents(text)
    complaints = mismatches(document, json.loads(schema.read_text(encoding="utf-8")))
    mounts = re.findall(r"- (\./[^:]+):", text)
    return complaints + [f"there is no {mount}" for mount in mounts if not (ROOT / "compose" / mount).exists()]


def _promtool(command: list[str], name: str, text: str) -> list[str]:
    """What promtool finds wrong with *text* as the file *name*, among copies of the others."""
    if not shutil.which("promtool"):
        return ["promtool is missing (Debian: prometheus)"]
    with tempfile.TemporaryDirectory() as folder:
        for path in _PROMETHEUS.iterdir():
            shutil.copy(path, folder)
        (Path(folder) / name).write_text(text, encoding="utf-8")
        result = subprocess.run(
            ["promtool", *command],
            cwd=folder,
            text=True,
            capture_output=True,
            check=False,
        )
    output = (result.stdout + result.stderr).splitlines()
    return [line.strip() for line in output if line.strip()] if result.returncode else []


def _judge_prometheus(text: str) -> list[str]:
    return _promtool(["check", "config", "prometheus.yml"], "prometheus.yml", text)


def _judge_alerts(text: str) -> list[str]:
    """Their syntax, and that they are raised when they should be, by alerts_test.yml."""
    return _promtool(["check", "rules", "alerts.yml"], "alerts.yml", text) + _promtool(
        ["test", "rules", "alerts_test.yml"], "alerts.yml", text
    )


def _judge_alerts_test(text: str) -> list[str]:
    return _promtool(["test", "rules", "alerts_test.yml"], "alerts_test.yml", text)


def _list_of(key: str, properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """The schema of a provisioning file of Grafana: https://grafana.com/docs/grafana/latest/administration/provisioning/"""
    entry = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {
        "type": "object",
        "properties": {"apiVersion": {"const": 1}, key: {"type": "array", "items": entry}},
        "required": ["apiVersion", key],
        "additionalProperties": False,
    }


_DATASOURCES = _list_of(
    "datasources",
    {
        "name": _STRING,
        "uid": _STRING,
        "type": {"const": "prometheus"},
        "access": {"enum": ["proxy", "direct"]},
        "url": _STRING,
        "isDefault": _BOOLEAN,
        "editable": _BOOLEAN,
        "jsonData": {
            "type": "object",
            "properties": {"timeInterval": _STRING, "httpMethod": _STRING},
            "additionalProperties": False,
        },
    },
    ["name", "type", "access", "url"],
)
_PROVIDERS = _list_of(
    "providers",
    {
        "name": _STRING,
        "type": {"const": "file"},
        "allowUiUpdates": _BOOLEAN,
        "options": {
            "type": "object",
            "properties": {"path": _STRING},
            "required": ["path"],
            "additionalProperties": False,
        },
    },
    ["name", "type", "options"],
)


def _judge_by(schema: dict[str, Any]) -> Judge:
    def judge(text: str) -> list[str]:
        [document] = documents(text)
        return mismatches(document, schema)

    return judge


def _of_any(*keys: str, **typed: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {key: {} for key in keys} | typed
    return {"type": "object", "properties": properties, "additionalProperties": False}


_TARGET = _of_any(
    "datasource",
    expr=_STRING,
    legendFormat=_STRING,
    refId={"type": "string", "pattern": "^[A-Z]$"},
    instant=_BOOLEAN,
    range=_BOOLEAN,
)
_PANEL = _of_any(
    "options",
    id={"type": "integer"},
    title=_STRING,
    description=_STRING,
    type={"enum": ["stat", "timeseries"]},
    datasource=_of_any(type={"const": "prometheus"}, uid={"const": "prometheus"}),
    gridPos=_of_any(**{side: {"type": "integer"} for side in "xywh"}),
    fieldConfig=_of_any("defaults", "overrides"),
    targets={"type": "array", "items": {**_TARGET, "required": ["expr", "refId"]}},
)
# https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
_DASHBOARD = _of_any(
    "annotations",
    "templating",
    "time",
    uid=_STRING,
    title=_STRING,
    tags={"type": "array", "items": _STRING},
    schemaVersion={"type": "integer"},
    version={"type": "integer"},
    editable=_BOOLEAN,
    refresh=_STRING,
    timezone=_STRING,
    panels={"type": "array", "items": {**_PANEL, "required": ["id", "title", "type", "gridPos", "targets"]}},
)


def _judge_dashboard(text: str) -> list[str]:
    """Its structure, and by promtool each query, as a rule that would record it."""
    document = json.loads(text)
    complaints = mismatches(document, _DASHBOARD)
    queries = [
        target["expr"]
        for panel in document.get("panels", [])
        for target in panel.get("targets", [])
        if "expr" in target
    ]
    rules = [
        {"record": f"panel:{n}", "expr": query.replace("$__rate_interval", "1m")} for n, query in enumerate(queries)
    ]
    return complaints + _promtool(
        ["check", "rules", "queries.yml"], "queries.yml", json.dumps({"groups": [{"name": "panels", "rules": rules}]})
    )


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
        ),
    ),
    Manifest(
        "compose/prometheus/alerts.yml",
        _judge_alerts,
        (
            ("alert: PpocrDown", "alarm: PpocrDown"),
            ("sum(rate(", "sum(rat("),
            ("ocr_ready == 0", "ocr_ready == 2"),
            ("> 0.02", "> 0.2"),
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
        _judge_by(_DATASOURCES),
        (("isDefault: true", "isDefault: 'true'"), ("jsonData:", "jsondata:"), ("access: proxy", "access: server")),
    ),
    Manifest(
        "compose/grafana/provisioning/dashboards/ppocr.yaml",
        _judge_by(_PROVIDERS),
        (("options:", "option:"), ("type: file", "type: folder")),
    ),
    Manifest(
        "compose/grafana/dashboards/ppocr.json",
        _judge_dashboard,
        (
            ('"expr"', '"query"'),
            ("sum(ocr_ready)", "sum(ocr_ready"),
            ('"gridPos"', '"grid"'),
            ('"id": 1,', '"id": "1",'),
        ),
    ),
)
