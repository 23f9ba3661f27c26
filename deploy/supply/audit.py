"""``python -m deploy.supply.audit``: looks the pins of every lock file up among the known vulnerabilities.

pip-audit asks the package index or OSV. Where neither answers, it says of the index that nothing is known of a package,
and of nothing known that all is well; so a release that is known to be vulnerable is looked up first, and where that
does not come out, the audit is skipped, and says so. The end of the command is 0 then: for want of a network nothing
fails.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
IGNORED = Path(__file__).with_name("audit_ignored.toml")
SERVICES = ("pypi", "osv")
CANARY = "jinja2==2.4.1"
"""A release of 2010 with a handful of published vulnerabilities."""

_PIP_AUDIT = [sys.executable, "-m", "pip_audit", "--format", "json", "--desc", "off", "--progress-spinner", "off"]
_TIMEOUT = 900.0
"""Seconds for one call; the sockets' own limit is pip-audit's."""

Run = Callable[[Sequence[str]], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Ignored:
    """A vulnerability that is let pass until a day."""

    id: str
    package: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Finding:
    """A pinned release and a vulnerability that is known of it. aliases: its other names."""

    package: str
    version: str
    id: str
    aliases: tuple[str, ...]
    fixed_in: tuple[str, ...]


def lock_files(root: Path = ROOT) -> list[Path]:
    """Every lock file of a checkout: those with an input beside them."""
    folders = (".", "bench", "bench/peers", "deploy/supply")
    return sorted(path.with_suffix(".txt") for folder in folders for path in (root / folder).glob("*requirements*.in"))


def read_ignored(file: Path = IGNORED) -> list[Ignored]:
    """What the list of exceptions says."""
    return [Ignored(**entry) for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("ignored", [])]


def run_pip_audit(arguments: Sequence[str]) -> dict[str, Any] | None:
    """What pip-audit reports; None where it came to no report."""
    try:
        command = [*_PIP_AUDIT, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_TIMEOUT)
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return report


def answers(service: str, run: Run = run_pip_audit) -> bool:
    """Whether *service* knows what everybody knows of :data:`CANARY`."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as requirements:
        requirements.write(CANARY + "\n")
        requirements.flush()
        report = run(["--disable-pip", "--no-deps", "--vulnerability-service", service, "-r", requirements.name])
    return bool(report and findings(report))


def findings(report: dict[str, Any]) -> list[Finding]:
    """The vulnerabilities in a report of pip-audit."""
    return [
        Finding(found["name"], found["version"], v["id"], tuple(v.get("aliases", ())), tuple(v["fix_versions"]))
        for found in report["dependencies"]
        for v in found.get("vulns", ())
    ]


def judge(found: Sequence[Finding], ignored: Sequence[Ignored], today: date) -> list[str]:
    """What stands against the pins, a line each: vulnerabilities, but for those that are ignored and still may be."""
    valid = {(entry.id, entry.package) for entry in ignored if today < entry.until}
    complaints = []
    for finding in found:
        if any((name, finding.package) in valid for name in (finding.id, *finding.aliases)):
            continue
        remedy = f"fixed in {', '.join(finding.fixed_in)}" if finding.fixed_in else "no release has a fix"
        names = ", ".join((finding.id, *finding.aliases))
        complaints.append(f"{finding.package} {finding.version}: {names}; {remedy}")
    return complaints


def main(run: Run = run_pip_audit) -> int:
    """Run the command; 0 where nothing is known against the pins or nobody can be asked, 1 where something is."""
    service = next((name for name in SERVICES if answers(name, run)), None)
    if service is None:
        print("audit: SKIPPED: neither the package index nor OSV has data on vulnerabilities that can be reached here")
        return 0
    locks = [argument for lock in lock_files() for argument in ("-r", str(lock))]
    report = run(["--disable-pip", "--require-hashes", "--vulnerability-service", service, *locks])
    if report is None:
        if not answers(service, run):
            print(f"audit: SKIPPED: {service} no longer answers")
            return 0
        print("audit: pip-audit came to no result", file=sys.stderr)
        return 1
    for left_out in (found for found in report["dependencies"] if "skip_reason" in found):
        print(f"audit: not looked up: {left_out['skip_reason']}")
    complaints = judge(findings(report), read_ignored(), datetime.now(UTC).date())
    print(*(f"audit: {line}" for line in complaints), sep="\n", end="\n" if complaints else "")
    print(f"audit: {len(report['dependencies'])} releases looked up at {service}, {len(complaints)} vulnerabilities")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
