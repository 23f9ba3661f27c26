"""The settings of where the service runs: function platforms, events, buckets, and where metrics and traces go."""

from dataclasses import dataclass

from app.faas import platform as platforms
from app.recognition_settings import RecognitionSettings
from app.setting_values import setting

METRIC_LINES = ("off", "emf")


@dataclass(frozen=True, slots=True)
class PlatformSettings(RecognitionSettings):
    """See :class:`app.settings.Settings`, which has these, too. Times are seconds."""

    platform: str = setting(
        platforms.AUTO,
        "Where the service runs: decides which lifecycle hooks and event calls it answers, and the port where none is "
        "set. `auto`: by the variables that the platform sets, none where there are none; OpenFaaS must be named.",
        choices=platforms.CHOICES,
    )
    trust_events: bool = setting(
        False,
        "Whether events are the platform's own where it does not mark its calls (SCF, FunctionGraph, Lambda behind its "
        "Web Adapter): then they need no key, and may name objects. Only for event functions, whose one entrance is "
        "the platform's.",
    )
    buckets: str = setting(
        "",
        "Buckets in which events of function platforms may name objects, with commas between them: `s3://name`, "
        "`oss://name/prefix/`, `cos://name`, `obs://name`; empty: none.",
    )
    bucket_endpoint: str = setting(
        "",
        "Address of the object store, with `{bucket}` and `{region}` where they belong in it; empty: the region's own "
        "at the bucket's provider.",
    )
    bucket_seconds: float = setting(10.0, "Time that reading or writing one object may take.", low=0.1, high=600)
    result_suffix: str = setting(
        "",
        "What is put behind an object's key for that of its result, which is written beside it, such as `.ocr.json`; "
        "empty: none is written.",
    )
    log_metrics: str = setting(
        "off",
        "`emf`: each request's log line is CloudWatch's embedded metric format as well, for where nobody scrapes "
        "`/metrics`.",
        choices=METRIC_LINES,
    )
    metrics_push_url: str = setting(
        "", "A Prometheus Pushgateway that gets the metrics when the instance ends; empty: none."
    )
    traces_url: str = setting(
        "",
        "A collector that gets traces, by OTLP over HTTP; where it has no path, `/v1/traces` is put behind it. Empty: "
        "none. See docs/tracing.md.",
    )
    traces_share: float = setting(
        1.0,
        "Share of the requests that are traced, of those whose caller does not say in `traceparent` whether it traces "
        "them.",
        low=0,
        high=1,
    )
