"""What the service may use, as gauges."""

from prometheus_client.metrics_core import Metric

from app.metrics.grant import Grant, GrantCollector


def families(grant: Grant) -> dict[str, Metric]:
    """Those of *grant*, by name."""
    return {family.name: family for family in GrantCollector(grant).collect()}


def test_a_limit_that_nobody_has_set_is_not_told() -> None:
    """Neither 0 nor infinity would be true, and both would make a share of it that says something."""
    assert set(families(Grant(2.0, None, {"engine": 1}))) == {"ocr_cpus", "ocr_memory_bound_bytes"}


def test_the_bound_is_told_by_its_parts() -> None:
    """Their sum is all of it: there is no sample of the total beside them."""
    found = families(Grant(0.5, 1000, {"engine": 600, "bodies": 50}))
    parts = {sample.labels["part"]: sample.value for sample in found["ocr_memory_bound_bytes"].samples}
    assert parts == {"engine": 600, "bodies": 50}
    assert found["ocr_cpus"].samples[0].value == 0.5
    assert found["ocr_memory_limit_bytes"].samples[0].value == 1000
