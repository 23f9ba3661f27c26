"""What a scrape of several workers says: real processes that share a folder."""

import concurrent.futures
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app.metrics.exposition import OPENMETRICS, Exposition

ROOT = Path(__file__).parents[2]

WORKER = """
import os, sys
from prometheus_client import CollectorRegistry
from app.metrics.exposition import Exposition
from app.metrics.grant import Grant, GrantCollector
from app.metrics.instruments import Instruments
from app.metrics.process_family import ProcessFamilyCollector

number = int(sys.argv[1])
registry = CollectorRegistry()
made = Instruments.declare(registry)
made.requests.labels("/ocr", 200).inc(number)
made.request_duration.labels("/ocr").observe(number)
made.queue_depth.set(number)
made.permits.set(2)
made.permits_in_use.set(number % 3)
made.worker_start.set(1000 + number)
made.cold_start.set(number)
made.ready.set(number != 3)
made.build_info.labels("1", "m", "e", "p").set(1)
print("written", flush=True)
input()
if number == 4:
    grant = GrantCollector(Grant(1.5, 1000, {"engine": 600, "pictures": 200}))
    collectors = ProcessFamilyCollector(under_arbiter=False), grant
    sys.stdout.buffer.write(Exposition(registry, collectors, os.environ["PROMETHEUS_MULTIPROC_DIR"]).render())
"""


@pytest.fixture(scope="module")
def scraped(tmp_path_factory):
    """Two living workers, numbers 3 and 4; the second is scraped. Samples by name and labels."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path_factory.mktemp("metrics"))}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(number)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in (3, 4)
    ]
    try:
        assert [worker.stdout.readline() for worker in workers] == ["written\n"] * 2
        text, _ = workers[1].communicate("\n", timeout=60)
    finally:
        for worker in workers:
            worker.stdin.close()
            worker.kill()
            worker.wait()
            worker.stdout.close()
    families = list(text_string_to_metric_families(text))
    names = [family.name for family in families]
    assert len(names) == len(set(names)), "a family is exposed twice"
    return {(s.name, *sorted(s.labels.items())): s.value for family in families for s in family.samples}


def test_counters_of_all_workers_add_up(scraped):
    """Three requests here and four there are seven, in the histogram's count and sum too."""
    assert scraped[("ocr_requests_total", ("code", "200"), ("route", "/ocr"))] == 7
    assert scraped[("ocr_request_duration_seconds_count", ("route", "/ocr"))] == 2
    assert scraped[("ocr_request_duration_seconds_sum", ("route", "/ocr"))] == 7
    assert scraped[("ocr_request_duration_seconds_bucket", ("le", "2.5"), ("route", "/ocr"))] == 0


def test_what_waits_adds_up_and_no_gauge_carries_a_pid(scraped):
    """The queues of all workers are one number; a process id would be a label without end."""
    assert scraped[("ocr_queue_depth",)] == 7
    assert [key for key in scraped if any(label == "pid" for label, _ in key[1:])] == []


def test_ready_means_every_worker(scraped):
    """One worker that is not ready is a service that is not; the slowest start is the start."""
    assert scraped[("ocr_ready",)] == 0
    assert scraped[("ocr_cold_start_seconds",)] == 4


def test_permits_add_up_and_the_youngest_worker_is_told(scraped):
    """What works together is one number; the last start is the one that an operator looks for."""
    assert (scraped[("ocr_permits",)], scraped[("ocr_permits_in_use",)]) == (4, 1)
    assert scraped[("ocr_worker_start_time_seconds",)] == 1004


def test_a_grant_is_told_once(scraped):
    """It is of all workers together, whichever of them is asked."""
    assert (scraped[("ocr_cpus",)], scraped[("ocr_memory_limit_bytes",)]) == (1.5, 1000)
    assert scraped[("ocr_memory_bound_bytes", ("part", "engine"))] == 600


def test_build_info_stays_one(scraped):
    """What runs is stated once and is 1, however many workers say it."""
    labels = (("engine", "e"), ("model", "m"), ("precision", "p"), ("version", "1"))
    assert scraped[("ocr_build_info", *labels)] == 1


def test_the_process_figures_are_kept(scraped):
    """The figures that prometheus_client drops with several processes are there."""
    assert scraped[("process_resident_memory_bytes",)] > 5_000_000
    assert scraped[("process_cpu_seconds_total",)] > 0
    assert scraped[("process_open_fds",)] >= 3


def test_both_formats_have_all_and_the_classic_one_is_as_it_was():
    """The metrics, then those of the collectors; in OpenMetrics with exemplars, and one end behind both."""
    registry, family = CollectorRegistry(), CollectorRegistry()
    counter = Counter("files", "Open.", registry=family)
    seconds = Histogram("took_seconds", "Time.", registry=registry, buckets=(1.0,))
    seconds.observe(0.5, {"trace_id": "abc"})
    counter.inc()
    exposition = Exposition(registry, (family,), None)
    assert exposition.render() == generate_latest(registry) + generate_latest(family)
    text = exposition.render(OPENMETRICS).decode()
    assert 'took_seconds_bucket{le="1.0"} 1.0 # {trace_id="abc"} 0.5' in text
    assert text.endswith("files_total 1.0\n# EOF\n")
    assert text.count("# EOF") == 1


def test_those_who_ask_while_it_is_made_share_the_next(monkeypatch):
    """Many scrapes at once cost two, and each is of after it was asked for."""
    exposition = Exposition(CollectorRegistry(), (), None)
    begun, go_on, made = threading.Semaphore(0), threading.Semaphore(0), []

    def render(_):
        begun.release()
        assert go_on.acquire(timeout=30)
        made.append(len(made))
        return b"%d" % made[-1]

    monkeypatch.setattr(exposition, "_render", render)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        first = pool.submit(exposition.render)
        assert begun.acquire(timeout=30)
        others = [pool.submit(exposition.render) for _ in range(4)]
        while sum(future.running() for future in others) < 4:
            time.sleep(0.001)
        time.sleep(0.1)  # they have asked
        go_on.release(2)
        assert first.result(30) == b"0"
        assert {future.result(30) for future in others} == {b"1"}
