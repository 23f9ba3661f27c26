"""The server's own view of a run is the difference of two expositions."""

from collections.abc import Mapping

import pytest

from bench.dialects import dialect_named
from bench.load.arguments import http_target
from bench.load.measurement import Load, measure, warm_up
from bench.load.schedule import ClosedLoop
from bench.load.scrape import Scrape, bucket_quantile
from bench.subject import Subject
from tests.bench.broken_server import broken
from tests.conftest import IMAGES, Service

INF = float("inf")
EMPTY = Scrape({})


def histogram(name: str, labels: str, buckets: Mapping[str, int], total_s: float) -> str:
    """A histogram in Prometheus' text format."""
    lines = [f'{name}_bucket{{{labels},le="{bound}"}} {count}' for bound, count in buckets.items()]
    count = list(buckets.values())[-1]
    return "\n".join([*lines, f"{name}_count{{{labels}}} {count}", f"{name}_sum{{{labels}}} {total_s}"])


def exposition(*parts: str) -> Scrape:
    """Expositions as they would be scraped."""
    return Scrape.parse("\n".join(parts) + "\n")


def requests(route: str, count: int, total_s: float) -> str:
    """So many requests to a route, each of 0.1 to 0.5 s."""
    buckets = {"0.1": 0, "0.5": count, "+Inf": count}
    return histogram("ocr_request_duration_seconds", f'route="{route}"', buckets, total_s)


def stage(name: str, count: int, total_s: float) -> str:
    """So many times of a stage, each of 0.1 s at most."""
    return histogram("ocr_stage_duration_seconds", f'stage="{name}"', {"0.1": count, "+Inf": count}, total_s)


@pytest.mark.parametrize(
    ("share", "quantile"),
    [(0.25, 0.1), (0.5, 0.3), (0.75, 0.5), (0.99, 0.5 + 0.5 * 9.6 / 10), (1.0, 1.0), (0.125, 0.05), (0.0, 0.0)],
)
def test_quantile_inside_buckets(share: float, quantile: float):
    """Linear inside a bucket, from 0 inside the first: ten up to 0.1 s, twenty up to 0.5 s, ten up to 1 s."""
    assert bucket_quantile([(0.1, 10), (0.5, 30), (1.0, 40), (INF, 40)], share) == pytest.approx(quantile)


def test_quantile_in_the_last_bucket():
    """Beyond the last bound nothing is known but that bound."""
    assert bucket_quantile([(0.1, 1), (0.5, 1), (INF, 4)], 0.5) == 0.5
    assert bucket_quantile([(0.1, 0), (INF, 4)], 0.01) == 0.1


def test_quantile_skips_empty_buckets():
    """An empty bucket before the rank's own moves its lower end."""
    assert bucket_quantile([(1.0, 0), (2.0, 0), (4.0, 8), (INF, 8)], 0.5) == 3.0


def test_difference():
    """What was there before the run does not count: counts, seconds and quantiles are of its own requests."""
    before = exposition(requests("/ocr", 100, 40.0), stage("queue", 100, 1.0), stage("detect", 100, 2.0))
    after = exposition(requests("/ocr", 110, 42.0), stage("queue", 100, 1.0), stage("detect", 110, 2.5))
    view = after.view_since(before)
    assert view is not None
    assert (view.request.name, view.request.count) == ("request", 10)
    assert view.request.total_s == pytest.approx(2.0)
    assert view.request.mean_s == pytest.approx(0.2)
    assert view.request.finest_s == pytest.approx(0.1)
    (detect,) = view.stages
    assert (detect.name, detect.count) == ("detect", 10)
    assert detect.p99_s == pytest.approx(0.099)


def test_first_requests():
    """A route that nobody had asked before the run is there with all that was counted."""
    view = exposition(requests("/ocr", 3, 0.6), stage("decode", 3, 0.1)).view_since(EMPTY)
    assert view is not None
    assert (view.request.count, [one.name for one in view.stages]) == (3, ["decode"])


@pytest.mark.parametrize("probe", ["/metrics", "/readyz", "/healthz", "/info"])
def test_probes(probe: str):
    """Probes and scrapes are not what is measured, even where there are more of them than requests."""
    view = exposition(requests(probe, 50, 5.0), requests("/ocr", 2, 0.4)).view_since(EMPTY)
    assert view is not None
    assert view.request.count == 2
    assert exposition(requests(probe, 50, 5.0)).view_since(EMPTY) is None


def test_restarted_service():
    """A service that was started again in mid-run has counted but a part of it, and says nothing."""
    before = exposition(requests("/ocr", 100, 40.0))
    assert exposition(requests("/ocr", 40, 16.0)).view_since(before) is None


def test_refusals():
    """What was refused or failed is counted by its reason, once."""
    parts = ('ocr_rejected_total{reason="queue_full"} 5', 'ocr_errors_total{code="queue_full"} 5')
    view = exposition(requests("/ocr", 3, 0.6), *parts, 'ocr_errors_total{code="bad_image"} 0').view_since(EMPTY)
    assert view is not None
    assert view.refusals == {"queue_full": 5}


@pytest.mark.parametrize("text", ["garbage", "<html></html>", '{"a": 1}', "HTTP/1.1 200 OK", "# TYPE"])
def test_garbage(text: str):
    """What is no exposition raises nothing but ValueError."""
    with pytest.raises(ValueError):
        Scrape.parse(text)


def test_services_without_metrics():
    """Whoever has none, counts other things, or is not there, has no view."""
    assert exposition("http_requests_total 7").view_since(EMPTY) is None
    with broken("is no JSON") as server:
        assert Scrape.of(server.url) is None
    assert Scrape.of("http://127.0.0.1:1") is None
    assert Scrape.of("no address") is None


def test_real_service(null_service: Service):
    """The service itself counts as many requests as were sent to it in the run, warm-up left out, stage by stage."""
    subject = Subject(null_service.url, dialect_named("native"), "null", null_service.process.pid)
    target = http_target(subject, [(IMAGES / "latin.png").read_bytes()], 1, 30.0)
    warm_up(target, 3)
    run = measure(subject, target, Load(ClosedLoop(2, 17)), lambda _: None)
    assert run.summary.succeeded == 17
    view = run.server_view
    assert view is not None
    assert view.request.count == 17
    assert {one.name: one.count for one in view.stages}["recognise"] == 17
    assert view.refusals == {}
    assert set(run.summary.stages) == {one.name for one in view.stages}
    assert run.summary.server is not None
    assert run.summary.client is not None
    assert run.summary.client.mean_s > run.summary.server.mean_s
    assert run.consumption is not None
    assert 5 <= run.consumption.processes <= 7  # arbiter, worker, nursery, engine, and one to three decoders
    assert run.consumption.memory[-1].requests == 17


def test_refusing_service(null_service: Service):
    """Refusals of the real service are counted by the cause that it names, by the client and by itself."""
    subject = Subject(null_service.url, dialect_named("native"), "null")
    target = http_target(subject, [b"no picture"], 1, 30.0)
    run = measure(subject, target, Load(ClosedLoop(1, 4)), lambda _: None)
    assert run.summary.causes == {"http 415 unsupported_media_type": 4}
    assert run.server_view is not None
    assert run.server_view.refusals == {"unsupported_media_type": 4}
    assert run.consumption is None
