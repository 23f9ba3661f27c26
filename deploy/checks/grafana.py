"""What Grafana is provisioned with, and its dashboard: structure by its documentation, each query by promtool."""

import itertools
import json
import re
from typing import Any

from deploy.checks.manifest import documents, mismatches
from deploy.checks.promtool import promtool

_STRING = {"type": "string"}
_BOOLEAN = {"type": "boolean"}
_INTEGER = {"type": "integer"}
_COLUMNS = 24


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


def judge_datasources(text: str) -> list[str]:
    """Where Grafana finds Prometheus."""
    [document] = documents(text)
    return mismatches(document, _DATASOURCES)


def judge_providers(text: str) -> list[str]:
    """Where it finds the dashboard."""
    [document] = documents(text)
    return mismatches(document, _PROVIDERS)


def _of_any(*keys: str, **typed: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = {key: {} for key in keys} | typed
    return {"type": "object", "properties": properties, "additionalProperties": False}


_DATASOURCE = _of_any(type={"const": "prometheus"}, uid={"const": "${datasource}"})
_TARGET = _of_any(
    expr=_STRING,
    legendFormat=_STRING,
    refId={"type": "string", "pattern": "^[A-Z]$"},
    instant=_BOOLEAN,
    range=_BOOLEAN,
    format={"const": "heatmap"},
)
_PLACED: dict[str, Any] = {
    "id": _INTEGER,
    "title": _STRING,
    "gridPos": {**_of_any(**dict.fromkeys("xywh", _INTEGER)), "required": ["x", "y", "w", "h"]},
}
_ROW = _of_any(**_PLACED, type={"const": "row"}, collapsed=_BOOLEAN, panels={"const": []})
_PANEL = _of_any(
    **_PLACED,
    description=_STRING,
    type={"enum": ["stat", "gauge", "bargauge", "timeseries", "heatmap"]},
    datasource=_DATASOURCE,
    fieldConfig=_of_any("defaults", "overrides"),
    options={"type": "object"},
    targets={"type": "array", "minItems": 1, "items": {**_TARGET, "required": ["expr", "refId"]}},
)
_PANEL["required"] = [*_PLACED, "description", "type", "datasource", "options", "targets"]
_VARIABLE = _of_any(
    "query",
    "current",
    name=_STRING,
    label=_STRING,
    type={"enum": ["datasource", "query"]},
    datasource=_DATASOURCE,
    refresh=_INTEGER,
    sort=_INTEGER,
    multi=_BOOLEAN,
    includeAll=_BOOLEAN,
    allValue=_STRING,
)
_ANNOTATION = _of_any(
    name=_STRING,
    enable=_BOOLEAN,
    iconColor=_STRING,
    datasource=_DATASOURCE,
    expr=_STRING,
    useValueForTime=_BOOLEAN,
    titleFormat=_STRING,
    textFormat=_STRING,
)
# https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
_DASHBOARD = _of_any(
    "time",
    uid=_STRING,
    title=_STRING,
    tags={"type": "array", "items": _STRING},
    schemaVersion=_INTEGER,
    version=_INTEGER,
    editable=_BOOLEAN,
    refresh=_STRING,
    timezone=_STRING,
    graphTooltip=_INTEGER,
    annotations=_of_any(list={"type": "array", "items": _ANNOTATION}),
    templating=_of_any(list={"type": "array", "items": _VARIABLE}),
    panels={
        "type": "array",
        "items": {"if": {"properties": {"type": {"const": "row"}}}, "then": _ROW, "else": _PANEL},
    },
)


def judge_dashboard(text: str) -> list[str]:
    """Its structure, and by promtool each query, as a rule that would record it."""
    document = json.loads(text)
    complaints = mismatches(document, _DASHBOARD)
    if complaints:
        return complaints
    queries = [target["expr"] for panel in document["panels"] for target in panel.get("targets", [])]
    queries += [annotation["expr"] for annotation in document["annotations"]["list"]]
    rules = [{"record": f"panel:{n}", "expr": _filled(query)} for n, query in enumerate(queries)]
    checked = json.dumps({"groups": [{"name": "panels", "rules": rules}]})
    return [
        *_placed_wrongly(document["panels"]),
        *_unknown_variables(document, queries),
        *promtool(["check", "rules", "queries.yml"], "queries.yml", checked),
    ]


def _filled(query: str) -> str:
    """*query* as Grafana may send it."""
    return re.sub(r"\$\w+", "x", query.replace("$__rate_interval", "1m"))


def _placed_wrongly(panels: list[dict[str, Any]]) -> list[str]:
    """Panels that share a number, a title or a place, reach beyond the grid, or name two queries alike."""
    complaints = [f"{panel['title']}: wider than the grid" for panel in panels if _right(panel) > _COLUMNS]
    for one, other in itertools.combinations(panels, 2):
        if one["id"] == other["id"]:
            complaints.append(f"{other['title']}: has the number of {one['title']}")
        if one["title"] == other["title"]:
            complaints.append(f"{other['title']}: stands there twice")
        if _overlap(one["gridPos"], other["gridPos"]):
            complaints.append(f"{other['title']}: lies on {one['title']}")
    for panel in panels:
        names = [target["refId"] for target in panel.get("targets", [])]
        complaints += [f"{panel['title']}: two queries of one name"] if len(names) > len(set(names)) else []
    return complaints


def _right(panel: dict[str, Any]) -> int:
    place: dict[str, int] = panel["gridPos"]
    return place["x"] + place["w"]


def _overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )


def _unknown_variables(document: dict[str, Any], queries: list[str]) -> list[str]:
    known = {variable["name"] for variable in document["templating"]["list"]} | {"__rate_interval"}
    used = {name for query in queries for name in re.findall(r"\$(\w+)", query)}
    return [f"${name} is no variable of the dashboard" for name in sorted(used - known)]
