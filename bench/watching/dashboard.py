"""The dashboard that the service ships, read from Grafana's JSON: what it asks Prometheus, and where it shows that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "compose" / "grafana" / "dashboards" / "ppocr.json"


@dataclass(frozen=True, slots=True)
class Target:
    """A query. legend: of its series, labels in ``{{}}``; empty where there is one. is_instant: of now alone."""

    expression: str
    legend: str
    is_instant: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a panel lies: columns of 24, and rows, from the top left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. kind: as Grafana calls it; a ``row`` is a heading and asks nothing.

    defaults, options: how it shows what it has. overrides: for a series by its legend, properties by their names.
    """

    title: str
    kind: str
    place: Place
    targets: tuple[Target, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mark:
    """An event that is marked on every panel. tells_when: its values are the times, in milliseconds since 1970."""

    expression: str
    tells_when: bool


@dataclass(frozen=True, slots=True)
class Dashboard:
    """All of it. variables: what each stands for where nothing is chosen. marks: by their names."""

    title: str
    panels: tuple[Panel, ...]
    marks: Mapping[str, Mark]
    variables: Mapping[str, str]

    @classmethod
    def read(cls, job: str, path: Path = DASHBOARD) -> Dashboard:
        """Return the dashboard at *path* over every instance of a job."""
        document = json.loads(path.read_text(encoding="utf-8"))
        named = {variable["name"]: variable for variable in document["templating"]["list"]}
        every = {name: variable["allValue"] for name, variable in named.items() if variable.get("includeAll")}
        return cls(
            title=document["title"],
            panels=tuple(_panel(panel) for panel in document["panels"]),
            marks={
                each["name"]: Mark(each["expr"], each.get("useValueForTime", False))
                for each in document["annotations"]["list"]
            },
            variables={"job": job, **every},
        )

    def filled(self, expression: str, rate_interval: str) -> str:
        """Return a query as Grafana sends it; *rate_interval*: such as ``1m``."""
        for name, value in {"__rate_interval": rate_interval, **self.variables}.items():
            expression = expression.replace(f"${name}", value)
        return expression

    def queries(self) -> Iterator[str]:
        """Yield every query, those of the marks too, as they stand."""
        for panel in self.panels:
            yield from (target.expression for target in panel.targets)
        yield from (mark.expression for mark in self.marks.values())


def _panel(panel: Mapping[str, Any]) -> Panel:
    place, shown = panel["gridPos"], panel.get("fieldConfig", {})
    return Panel(
        title=panel["title"],
        kind=panel["type"],
        place=Place(place["x"], place["y"], place["w"], place["h"]),
        targets=tuple(
            Target(target["expr"], target["legendFormat"], target["instant"]) for target in panel.get("targets", ())
        ),
        defaults=shown.get("defaults", {}),
        overrides={
            override["matcher"]["options"]: {each["id"]: each["value"] for each in override["properties"]}
            for override in shown.get("overrides", ())
        },
        options=panel.get("options", {}),
    )
