"""Which tracer the settings choose."""

import pytest

from app.errors import ConfigurationError
from app.tracing.choice import collector_url, tracer_for
from app.tracing.request_trace import NoTracer


def test_without_a_collector_there_is_none() -> None:
    """An empty setting is off."""
    assert isinstance(tracer_for("", 1.0, {}), NoTracer)


@pytest.mark.parametrize(
    ("url", "full"),
    [
        ("http://collector:4318", "http://collector:4318/v1/traces"),
        ("https://collector/", "https://collector/v1/traces"),
        ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
        ("http://collector/v1/traces", "http://collector/v1/traces"),
        ("https://vendor.example/otlp/", "https://vendor.example/otlp/"),
    ],
)
def test_a_path_is_put_behind_a_url_that_has_none(url: str, full: str) -> None:
    """OTLP's own; another path is taken as it is."""
    assert collector_url(url) == full


@pytest.mark.parametrize("url", ["collector", "http://", "http://a b", "http://a/?q", "http://u@a", "file:///a"])
def test_what_is_no_url_is_refused(url: str) -> None:
    """With the setting's name."""
    with pytest.raises(ConfigurationError, match="OCR_TRACES_URL"):
        tracer_for(url, 1.0, {})
