"""The instruments of the contract."""

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from app.metrics.exposition import CLASSIC, Exposition
from app.metrics.grant import Grant, GrantCollector
from app.metrics.instruments import Instruments
from app.metrics.process_family import ProcessFamilyCollector

# Name as scraped: type and labels, as the contract has them.
CONTRACT = {
    "ocr_requests_total": ("counter", {"route", "code"}),
    "ocr_request_duration_seconds": ("histogram", {"route"}),
    "ocr_stage_duration_seconds": ("histogram", {"stage"}),
    "ocr_queue_duration_seconds": ("histogram", set()),
    "ocr_requests_in_flight": ("gauge", set()),
    "ocr_queue_depth": ("gauge", set()),
    "ocr_queue_limit": ("gauge", set()),
    "ocr_permits_in_use": ("gauge", set()),
    "ocr_permits": ("gauge", set()),
    "ocr_rejected_total": ("counter", {"reason"}),
    "ocr_errors_total": ("counter", {"code"}),
    "ocr_image_pixels": ("histogram", set()),
    "ocr_lines_total": ("counter", set()),
    "ocr_line_confidence": ("histogram", set()),
    "ocr_engine_replacements_total": ("counter", {"reason"}),
    "ocr_decoder_deaths_total": ("counter", set()),
    "ocr_warmup_seconds": ("gauge", set()),
    "ocr_cold_start_seconds": ("gauge", set()),
    "ocr_start_part_seconds": ("gauge", {"part"}),
    "ocr_worker_start_time_seconds": ("gauge", set()),
    "ocr_ready": ("gauge", set()),
    "ocr_build_info": ("gauge", {"version", "model", "engine", "precision"}),
    "ocr_cpus": ("gauge", set()),
    "ocr_memory_limit_bytes": ("gauge", set()),
    "ocr_memory_bound_bytes": ("gauge", {"part"}),
    "ocr_resident_memory_bytes": ("gauge", {"role"}),
    "process_resident_memory_bytes": ("gauge", set()),
    "process_cpu_seconds_total": ("counter", set()),
    "process_open_fds": ("gauge", set()),
    "process_start_time_seconds": ("gauge", set()),
}


@pytest.fixture
def registry():
    """A registry of its own."""
    return CollectorRegistry()


@pytest.fixture
def instruments(registry):
    """All instruments, each used once."""
    made = Instruments.declare(registry)
    made.requests.labels("/ocr", 200).inc()
    made.request_duration.labels("/ocr").observe(0.2)
    made.stage_duration.labels("detect").observe(0.1)
    made.queue_duration.observe(0.01)
    made.rejected.labels("queue_full").inc()
    made.errors.labels("broken_image").inc()
    made.image_pixels.observe(300_000)
    made.lines.inc(5)
    made.line_confidence.observe(0.97)
    made.engine_replacements.labels("hung").inc()
    made.decoder_deaths.inc()
    made.start_part.labels("load").set(0.5)
    made.build_info.labels("1", "m", "e", "p").set(1)
    return made


@pytest.fixture
def families(registry, instruments):
    """What a scraper understands of the text, by name without ``_total``."""
    collectors = ProcessFamilyCollector(under_arbiter=False), GrantCollector(Grant(2.0, 1 << 30, {"engine": 1 << 29}))
    text = Exposition(registry, collectors, None).render().decode()
    return {family.name: family for family in text_string_to_metric_families(text)}


def samples(family):
    """Return the samples of the values, without creation times."""
    return [sample for sample in family.samples if not sample.name.endswith("_created")]


def test_the_names_of_the_contract_are_scraped(families):
    """Every metric is there under its name, with its type, its labels and a help text; the service has no others."""
    for name, (kind, labels) in CONTRACT.items():
        family = families[name.removesuffix("_total")]
        assert family.type == kind, name
        assert family.documentation, name
        seen = {label for sample in samples(family) for label in sample.labels} - {"le"}
        assert seen == labels, name
        if kind == "counter":
            assert {sample.name for sample in samples(family)} == {name}
    ours = {name for name in families if name.startswith("ocr_") and not name.endswith("_created")}
    assert ours == {name.removesuffix("_total") for name in CONTRACT if name.startswith("ocr_")}


@pytest.mark.parametrize("name", [name for name in CONTRACT if name.endswith("_duration_seconds")])
def test_durations_are_in_buckets_from_5_ms_to_60_s(families, name):
    """A cached health check and a slow page both fall between the ends."""
    bounds = sorted({float(sample.labels["le"]) for sample in families[name].samples if "le" in sample.labels})
    assert bounds[0] == 0.005
    assert bounds[-2:] == [60, float("inf")]


def test_pixels_and_scores_are_in_buckets_of_their_own(families):
    """Pixels reach to tens of millions, scores to 1."""
    bounds = {
        name: sorted({float(s.labels["le"]) for s in families[name].samples if "le" in s.labels})
        for name in ("ocr_image_pixels", "ocr_line_confidence")
    }
    assert bounds["ocr_image_pixels"][-2] >= 50_000_000
    assert bounds["ocr_line_confidence"][-2] == 1


def test_values_come_out_as_they_went_in(families):
    """What was counted and observed is what is scraped."""
    values = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in families.values()
        for sample in family.samples
    }
    assert values[("ocr_requests_total", ("code", "200"), ("route", "/ocr"))] == 1
    assert values[("ocr_lines_total",)] == 5
    assert values[("ocr_image_pixels_sum",)] == 300_000
    assert values[("ocr_stage_duration_seconds_bucket", ("le", "0.1"), ("stage", "detect"))] == 1
    assert values[("ocr_stage_duration_seconds_bucket", ("le", "0.05"), ("stage", "detect"))] == 0


def test_two_registries_do_not_meet():
    """Instruments are declared in the registry that is handed in, not in a global one: twice in a process is fine."""
    first, second = (Instruments.declare(CollectorRegistry()) for _ in range(2))
    first.lines.inc(3)
    assert next(s.value for s in second.lines.collect()[0].samples if s.name == "ocr_lines_total") == 0


def test_the_content_type_is_prometheus_text():
    """A scraper is told which text format it gets."""
    assert CLASSIC.content_type.startswith("text/plain; version=")
