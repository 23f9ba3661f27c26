"""A request's log line as CloudWatch's embedded metric format, for where nobody can scrape ``/metrics``.

The format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import time
from collections.abc import Mapping
from typing import Any

_NAMESPACE = "ppocr-service"
_DIMENSIONS = [["route"], ["route", "code"]]
"""Each combination of values is a metric that is paid for; neither is chosen by a client."""

_UNITS = {"ms": "Milliseconds", "bytes_in": "Bytes", "images": "Count", "lines": "Count"}


def with_metrics(fields: Mapping[str, object]) -> dict[str, Any]:
    """*fields*, of a log line, with what makes metrics of its numbers; stages become members such as ``decode_ms``.

    ``embedded_metrics`` is what the format calls ``_aws``; see app/log_format.py.
    """
    line: dict[str, Any] = {name: value for name, value in fields.items() if name != "stages_ms"}
    stages = fields.get("stages_ms")
    units = {name: unit for name, unit in _UNITS.items() if name in line}
    if isinstance(stages, Mapping):
        # A stage that was not come to would lower the others' mean.
        named = {f"{stage}_ms": milliseconds for stage, milliseconds in stages.items() if milliseconds}
        line |= named
        units |= dict.fromkeys(named, "Milliseconds")
    metrics = [{"Name": name, "Unit": unit} for name, unit in units.items()]
    directive = {"Namespace": _NAMESPACE, "Dimensions": _DIMENSIONS, "Metrics": metrics}
    line["embedded_metrics"] = {"Timestamp": int(1000 * time.time()), "CloudWatchMetrics": [directive]}
    return line
