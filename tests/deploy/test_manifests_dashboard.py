"""The dashboard and the alerts over a real service, which a real Prometheus scrapes with the rules that are shipped."""

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import httpx2
import pytest
import yaml

_DEPLOY = Path(__file__).parents[2] / "deploy" / "compose"
_PATIENCE_SECONDS = 60
_KEY = "a-key-for-the-dashboard"
# A series that is not there until an engine was replaced.
_NEEDS_A_FAULT = "ocr_engine_replacements_total"

needs_prometheus = pytest.mark.skipif(not shutil.which("prometheus"), reason="prometheus is missing")


@pytest.fixture
def service(start_service):
    """A service without a model that wants a key, so that there are refusals, too."""
    return start_service(engine="null", api_keys=_KEY)


@pytest.fixture
def prometheus(service, free_port, tmp_path):
    """Prometheus with the configuration that is shipped, but for where the service is and how often it is asked."""
    config = yaml.safe_load((_DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    config["global"] = {"scrape_interval": "250ms", "scrape_timeout": "250ms", "evaluation_interval": "1s"}
    [job] = config["scrape_configs"]
    del job["dns_sd_configs"]
    job["static_configs"] = [{"targets": [service.url.removeprefix("http://")]}]
    (tmp_path / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
    shutil.copy(_DEPLOY / "prometheus/alerts.yml", tmp_path)
    address = f"127.0.0.1:{free_port()}"
    command = ["prometheus", f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path / 'tsdb'}"]
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={address}"], stdout=log, stderr=log)
    try:
        yield f"http://{address}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def ask(prometheus, path, **query):
    """What Prometheus says; None while it starts, or where it refuses the query."""
    try:
        answer = httpx2.get(f"{prometheus}/api/v1/{path}", params=query)
    except httpx2.TransportError:
        return None
    return answer.json()["data"] if answer.status_code == 200 else None


def panel_queries():
    """The dashboard's queries, with a range as Grafana would fill it in."""
    dashboard = json.loads((_DEPLOY / "grafana/dashboards/ppocr.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [query.replace("$__rate_interval", "10s") for query in queries]


@needs_prometheus
def test_every_panel_has_something_to_show(service, prometheus, image):
    """After good requests, errors and refusals each query gives series, and numbers in them."""
    waiting = {query for query in panel_queries() if _NEEDS_A_FAULT not in query}
    end = time.monotonic() + _PATIENCE_SECONDS
    while waiting:
        assert time.monotonic() < end, waiting
        service.client.post("/ocr", content=image("latin.png"), headers={"X-API-Key": _KEY}).raise_for_status()
        service.client.post("/ocr", content=b"no image", headers={"X-API-Key": _KEY})
        service.client.post("/ocr", content=image("latin.png"))
        waiting -= {query for query in waiting if has_numbers(ask(prometheus, "query", query=query))}
        time.sleep(0.1)


def has_numbers(data):
    """Whether an answer has series, none of them without a value."""
    samples = data["result"] if data else []
    return bool(samples) and all(sample["value"][1] != "NaN" for sample in samples)


@needs_prometheus
def test_the_alerts_are_loaded_and_none_is_raised_over_a_service_that_is_well(service, prometheus, image):
    """Prometheus takes the rules as they are shipped, evaluates them, and has nothing to say."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while not (rules := evaluated(prometheus)):
        assert time.monotonic() < end
        service.client.post("/ocr", content=image("latin.png"), headers={"X-API-Key": _KEY})
        time.sleep(0.1)
    shipped = yaml.safe_load((_DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"][0]["rules"]
    assert [rule["name"] for rule in rules] == [rule["alert"] for rule in shipped]
    assert {rule["health"] for rule in rules} == {"ok"}
    assert {rule["state"] for rule in rules} <= {"inactive", "pending"}


def evaluated(prometheus):
    """The rules, once each was evaluated over a service that is up."""
    up = ask(prometheus, "query", query='up{job="ppocr"} == 1')
    groups = (ask(prometheus, "rules") or {"groups": []})["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    return rules if up and up["result"] and all(rule["health"] == "ok" for rule in rules) else None
