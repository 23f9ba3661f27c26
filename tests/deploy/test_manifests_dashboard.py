"""The dashboard and the alerts over real services, which a real Prometheus scrapes with the rules that are shipped."""

import concurrent.futures
import io
import math
import re
import shutil
import time
from functools import partial

import httpx2
import psutil
import pytest
import yaml
from PIL import Image

from bench.watching.dashboard import Dashboard
from bench.watching.prometheus import JOB, SHIPPED, started_prometheus

pytestmark = pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is missing")

_PATIENCE_SECONDS = 60
_KEY = {"X-API-Key": "a-key-for-the-dashboard"}
_INTERVALS = {"scrape_interval": "250ms", "scrape_timeout": "250ms", "evaluation_interval": "500ms"}
_SHORTER = {
    "5m": "5s",
    "15m": "5s",
    "30m": "5s",
    "1h": "10s",
    "6h": "10s",
    "1w": "10m",
    "2m": "3s",
    "1m": "1s",
    "3m": "1s",
    "10m": "5s",
}
_DASHBOARD = Dashboard.read(JOB)
_SPEC = {
    "engine": "null",
    "null_delay_seconds": 0.03,
    "cpus": 1,
    "queue_size": 4,
    "api_keys": _KEY["X-API-Key"],
    "memory_bytes": 2 << 30,
    "memory_watermark_bytes": 1 << 20,
}
"""Of a service that does little at a time, lets few wait, and replaces its engine as soon as it may."""


def quickened(text):
    """Rules that look back for seconds where the shipped ones do for minutes; else as they are."""
    text = re.sub(r"\[(\d+\w)\]", lambda found: f"[{_SHORTER[found[1]]}]", text)
    return re.sub(r"(for|interval): (\d+\w)", lambda found: f"{found[1]}: {_SHORTER[found[2]]}", text)


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory):
    """Prometheus with the configuration that is shipped, in a hurry; it is told whom to scrape."""
    rules = {name: quickened((SHIPPED / name).read_text(encoding="utf-8")) for name in ("rules.yml", "alerts.yml")}
    with started_prometheus(tmp_path_factory.mktemp("prometheus"), (), _INTERVALS, rules) as server:
        yield server


@pytest.fixture(scope="module")
def service(running, tmp_path_factory, prometheus):
    """The service that is watched."""
    with running(tmp_path_factory.mktemp("service"), wait=True, **_SPEC) as started:
        prometheus.scrape(started.url)
        yield started


@pytest.fixture
def shown(prometheus):
    """What a panel shows of a query now: values by the legends of its series, as Grafana would write them."""

    def show(title, legend):
        [panel] = [panel for panel in _DASHBOARD.panels if panel.title == title]
        [target] = [target for target in panel.targets if target.legend == legend]
        answer = prometheus.now(_DASHBOARD.filled(target.expression, "5s"))
        named = re.search(r"\{\{(\w+)\}\}", legend)
        return {one.labels.get(named[1], "") if named else legend: one.values[0] for one in answer}

    return show


@pytest.fixture
def eventually():
    """Wait until something is true; *meanwhile* is done over and over."""

    def wait(is_so, meanwhile=lambda: None):
        end = time.monotonic() + _PATIENCE_SECONDS
        while not (so := is_so()):
            assert time.monotonic() < end, "it never came true"
            meanwhile()
            time.sleep(0.1)
        return so

    return wait


def blank(width, height):
    """A picture of so many pixels, in a small file."""
    file = io.BytesIO()
    Image.new("L", (width, height), 255).save(file, "PNG")
    return file.getvalue()


def crowd(service, picture, clients, seconds):
    """So many clients post over and over, whatever they are answered; the statuses that they heard."""
    end = time.monotonic() + seconds

    def post(_):
        codes = []
        with httpx2.Client(base_url=service.url, headers=_KEY, timeout=_PATIENCE_SECONDS) as client:
            while time.monotonic() < end:
                codes.append(client.post("/ocr", content=picture).status_code)
        return codes

    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        return [code for codes in pool.map(post, range(clients)) for code in codes]


def test_every_panel_and_every_mark_has_something_to_show(service, prometheus, image):
    """After good requests, errors, refusals and an engine that was replaced each query gives numbers."""
    picture = image("latin.png")
    filled = {_DASHBOARD.filled(query, "10s").replace("[1m]", "[10s]") for query in _DASHBOARD.queries()}
    end = time.monotonic() + _PATIENCE_SECONDS
    while filled:
        assert time.monotonic() < end, filled
        crowd(service, picture, 3, 0.5)
        service.client.post("/ocr", content=b"no image", headers=_KEY)
        service.client.post("/ocr", content=picture)
        filled -= {query for query in filled if has_numbers(prometheus.now(query))}


def has_numbers(answer):
    """Whether an answer has series, none of them without a value."""
    return bool(answer) and not any(math.isnan(value) for series in answer for value in series.values)


def test_an_instance_that_starts_shows(service, prometheus, shown, eventually, start_service):
    """A second one is counted, and how long it took is told; where its worker is killed, its age falls to zero."""
    eventually(lambda: shown("Ready", "ready") == {"ready": 1})
    second = start_service(**_SPEC)
    name = second.url.removeprefix("http://")
    prometheus.scrape(service.url, second.url)
    eventually(lambda: shown("Ready", "ready") == {"ready": 2} and shown("Ready", "there") == {"there": 2})
    assert shown("Starts of the last five minutes", "instances") == {"instances": 2}
    took = shown("How long the start took", "{{instance}}")
    assert took[name] == pytest.approx(second.metric("ocr_cold_start_seconds"), rel=0.01)
    assert sum(shown("Its parts", "{{part}}").values()) <= 2 * max(took.values())
    eventually(lambda: shown("Age", "{{instance}}")[name] > 3)
    [worker] = [child for child in psutil.Process(second.process.pid).children() if "ocr" not in child.name()]
    worker.kill()
    age = eventually(lambda: (ages := shown("Age", "{{instance}}")).get(name, 9) < 3 and ages)
    assert age[name] < age[service.url.removeprefix("http://")]
    assert prometheus.now(f'changes(ocr_worker_start_time_seconds{{instance="{name}"}}[1m])')[0].values == [1]
    prometheus.scrape(service.url)


def test_an_overload_shows_and_is_told(service, prometheus, shown, eventually, image):
    """The queue and the permits go to what there is, refusals are counted by their reason, and the alert is raised."""
    eventually(lambda: shown("Queue", "waiting") == {"waiting": 0} and shown("Permits", "in use") == {"in use": 0})
    begun = time.time()
    codes = crowd(service, image("latin.png"), 16, 12)
    assert {200, 503} <= set(codes)

    def most(title, legend, **labels):
        [panel] = [panel for panel in _DASHBOARD.panels if panel.title == title]
        [target] = [target for target in panel.targets if target.legend == legend]
        answer = history(prometheus, _DASHBOARD.filled(target.expression, "5s"), begun)
        values = [value for one in answer if labels.items() <= one.labels.items() for value in one.values]
        return max(value for value in values if not math.isnan(value))

    assert most("Queue", "waiting") == most("Queue", "may wait") == 4
    assert most("Permits", "in use") == most("Permits", "there are") == 2
    assert most("Permits in use", "") == 1
    assert most("Time in the queue", "p99") > 0.03
    assert most("Refusals by reason", "{{reason}}", reason="queue_full") > 1
    told = history(prometheus, f'ALERTS{{alertname=~"PpocrFull|PpocrSaturated", job="{JOB}"}}', begun)
    assert {one.labels["alertname"] for one in told if one.labels["alertstate"] == "firing"} == {
        "PpocrFull",
        "PpocrSaturated",
    }
    assert most("Alerts", "") >= 2
    eventually(lambda: shown("Queue", "waiting") == {"waiting": 0} and shown("Permits", "in use") == {"in use": 0})


def test_memory_shows_against_limit_and_bound(service, prometheus, shown, eventually, image):
    """Large pictures raise it, in the decoder's part; what is allowed is told; an engine past its mark is replaced."""
    name = service.url.removeprefix("http://")
    eventually(lambda: shown("Ready", "ready") == {"ready": 1})
    begun = time.time()
    crowd(service, image("latin.png"), 1, 2)
    small = max(peaks(prometheus, "process_resident_memory_bytes", begun))
    large = time.time()
    assert set(crowd(service, blank(8000, 6000), 2, 4)) == {200}
    assert max(peaks(prometheus, "process_resident_memory_bytes", large)) - small > 30e6
    roles = {one.labels["role"]: max(one.values) for one in history(prometheus, "ocr_resident_memory_bytes", large)}
    assert set(roles) == {"server", "nursery", "decoder", "engine"}
    bound = service.client.get("/info", headers=_KEY).json()["memory_bytes"]
    assert shown("Memory against limit and bound", "limit") == {"limit": bound["limit"]} == {"limit": 2 << 30}
    assert shown("Memory against limit and bound", "what stays, at most").popitem()[1] == bound["engine"]
    assert sum(shown("The bound by its parts", "{{part}}").values()) == bound["total"]
    assert 0 < shown("Memory against limit and bound", "{{instance}}")[name] < bound["limit"]
    before = service.metric("ocr_engine_replacements_total", reason="memory")
    crowd(service, image("latin.png"), 3, 6)
    assert service.metric("ocr_engine_replacements_total", reason="memory") > before
    again = history(prometheus, f'resets(process_cpu_seconds_total{{instance="{name}"}}[1m])', large)
    assert max(again[0].values) == 0
    replaced = history(prometheus, 'increase(ocr_engine_replacements_total{reason="memory"}[5s])', large)
    assert max(replaced[0].values) > 0


def history(prometheus, query, since):
    """What a query came to since then."""
    return prometheus.over(query, since, time.time(), 0.25)


def peaks(prometheus, query, since):
    """The most of each series since then."""
    return [max(one.values) for one in history(prometheus, query, since)]


def test_pictures_that_are_read_worse_than_usual_show(shown, eventually, reader, image):
    """Once they lie on their side the mean score falls, the share of low scores rises, and fewer lines are found."""
    file = io.BytesIO()
    Image.open(io.BytesIO(image("photo.jpg"))).save(file, "PNG")  # as it is stored, without how it is to be turned

    def mean(legend):
        return shown("Mean score", legend).get(legend, 0)

    def low(legend):
        return shown("Lines with a low score", legend).get(legend, 0)

    usual = time.time()
    upright = partial(reader.ocr, image("latin.png"))
    eventually(lambda: time.time() > usual + 12 and mean("usual") > 0.9 and low("1 hour") < 0.1, upright)
    lines = shown("Lines an image", "lines")["lines"]
    lying = partial(reader.ocr, file.getvalue())
    eventually(lambda: mean("5 minutes") < mean("usual") - 0.05 and low("1 hour") > low("usual") + 0.1, lying)
    assert shown("Lines an image", "lines")["lines"] < lines


@pytest.fixture
def reader(running, prometheus, tmp_path):
    """A service with a model, which alone is watched."""
    with running(tmp_path, wait=True, model="pp-ocrv6-tiny") as started:
        prometheus.scrape(started.url)
        yield started


def test_the_rules_are_loaded_and_no_alert_is_raised_over_a_service_that_is_well(
    start_service, tmp_path, image, eventually
):
    """Prometheus takes the rules as they are shipped, only more often, evaluates them, and has nothing to say."""
    service = start_service(engine="null")
    rules = (SHIPPED / "rules.yml").read_text(encoding="utf-8").replace("interval: 1m", "interval: 1s")
    with started_prometheus(tmp_path, [service.url], _INTERVALS, {"rules.yml": rules}) as prometheus:

        def evaluated():
            rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]
            return prometheus.now(f'up{{job="{JOB}"}} == 1') and all(r["health"] == "ok" for r in rules) and rules

        rules = eventually(evaluated, lambda: service.ocr(image("latin.png")))
        files = [yaml.safe_load((SHIPPED / name).read_text(encoding="utf-8")) for name in ("rules.yml", "alerts.yml")]
        shipped = [rule for file in files for group in file["groups"] for rule in group["rules"]]
        assert {rule["name"] for rule in rules} == {rule.get("record") or rule["alert"] for rule in shipped}
        assert {rule.get("state", "inactive") for rule in rules} <= {"inactive", "pending"}
