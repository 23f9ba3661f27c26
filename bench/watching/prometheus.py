"""A real Prometheus with the configuration and the rules that are shipped, and what it answers."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import yaml

from bench.child_process import Launch, ended, free_port, running
from bench.errors import BenchError
from bench.watching.dashboard import ROOT

SHIPPED = ROOT / "deploy" / "compose" / "prometheus"
JOB = "ppocr"
START_S = 30.0
GRACE_S = 10.0
POLL_S = 0.1
_TARGETS = "targets.json"


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels, and its points, seconds since 1970 and values."""

    labels: Mapping[str, str]
    times: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running one. folder: of its configuration."""

    url: str
    folder: Path

    def scrape(self, *services: str) -> None:
        """Let it scrape the services at these URLs, and no others, from now on."""
        write_targets(self.folder, services)

    def now(self, query: str) -> list[Series]:
        """Return what *query* comes to now, each series with one point; raises BenchError where it is wrong."""
        return [_series(one, [one["value"]]) for one in self.ask("query", query=query)["result"]]

    def over(self, query: str, start: float, end: float, step: float) -> list[Series]:
        """Return what it came to from *start* to *end*, seconds since 1970, every *step* seconds."""
        answer = self.ask("query_range", query=query, start=start, end=end, step=step)
        return [_series(one, one["values"]) for one in answer["result"]]

    def ask(self, path: str, **parameters: str | float) -> Any:
        """Return the data of an answer of its HTTP API; raises BenchError where there is none."""
        try:
            answer = httpx2.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=START_S, trust_env=False)
        except httpx2.TransportError as error:
            raise BenchError(f"no Prometheus answers at {self.url}: {error}") from error
        if answer.status_code != httpx2.codes.OK:
            raise BenchError(f"Prometheus does not answer {parameters}: {answer.text[:200]}")
        return answer.json()["data"]


def write_targets(folder: Path, services: Sequence[str]) -> None:
    """Write whom the Prometheus of *folder* scrapes: whole at once, since it reads the file when it changes."""
    targets = [{"targets": [service.removeprefix("http://") for service in services]}]
    fresh = folder / f"{_TARGETS}.new"
    fresh.write_text(json.dumps(targets))
    fresh.rename(folder / _TARGETS)


@contextmanager
def started_prometheus(
    folder: Path, services: Sequence[str], intervals: Mapping[str, str], rules: Mapping[str, str] | None = None
) -> Iterator[Prometheus]:
    """Start one that scrapes *services*; what it keeps and writes goes to *folder*.

    *intervals*: its ``global`` configuration, such as ``scrape_interval``, in the place of what is shipped. *rules*:
    texts in the place of the files of rules that are shipped, by their names.

    Raises:
        BenchError: There is none on this machine, or it does not start.
    """
    if not shutil.which("prometheus"):
        raise BenchError("prometheus is missing (Debian: apt-get install prometheus)")
    config = yaml.safe_load((SHIPPED / "prometheus.yml").read_text(encoding="utf-8"))
    config["global"] |= intervals
    for name in config["rule_files"]:
        text = (rules or {}).get(name) or (SHIPPED / name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    [job] = config["scrape_configs"]
    del job["dns_sd_configs"]
    job["file_sd_configs"] = [{"files": [_TARGETS]}]
    file = folder / "prometheus.yml"
    file.write_text(json.dumps(config))  # JSON is YAML
    write_targets(folder, services)
    address = f"127.0.0.1:{free_port()}"
    options = (
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={address}",
    )
    log = folder / "prometheus.log"
    with running(Launch(("prometheus", *options), folder, log, grace_s=GRACE_S)) as process:
        end = time.monotonic() + START_S
        while not _is_ready(address):
            if process.poll() is not None or time.monotonic() > end:
                raise ended("prometheus", process, log)
            time.sleep(POLL_S)
        yield Prometheus(f"http://{address}", folder)


def _is_ready(address: str) -> bool:
    try:
        return httpx2.get(f"http://{address}/-/ready", timeout=START_S, trust_env=False).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def _series(one: Mapping[str, Any], points: Sequence[tuple[float, str]]) -> Series:
    return Series(one["metric"], [at for at, _ in points], [float(value) for _, value in points])
