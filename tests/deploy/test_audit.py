"""The audit: when it passes, when it fails, and when it says that it could not look."""

import json
import re
import sys
from datetime import UTC, date, datetime

import pytest

from deploy.supply import audit
from deploy.supply.audit import Finding, Ignored, judge

_KNOWN = {
    "name": "jinja2",
    "version": "2.4.1",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["3"]}],
}
_NOTHING = {"name": "jinja2", "skip_reason": "Dependency not found on PyPI and could not be audited: jinja2 (2.4.1)"}


def answering(canary, locks, services=("pypi",)):
    """A stand-in for pip-audit that says *canary* of the known release and *locks* of the lock files."""

    def run(arguments):
        if arguments[arguments.index("--vulnerability-service") + 1] not in services:
            return None
        dependencies = locks if "--require-hashes" in arguments else canary
        return None if dependencies is None else {"dependencies": dependencies}

    return run


def test_an_index_without_data_is_no_clean_bill(capsys):
    """pip-audit calls all well where an index knows no vulnerabilities at all: that is a skipped audit, and said so."""
    assert audit.main(answering([_NOTHING], [])) == 0
    assert "SKIPPED" in capsys.readouterr().out


def test_without_a_network_it_is_skipped(capsys):
    """Neither service answers: no failure, and no claim."""
    assert audit.main(answering(None, None)) == 0
    assert "SKIPPED" in capsys.readouterr().out


def test_a_network_that_goes_away_meanwhile_is_skipped(capsys):
    """The known release was found, then nothing any more."""
    calls = []

    def run(arguments):
        calls.append(arguments)
        return {"dependencies": [_KNOWN]} if len(calls) == 1 else None

    assert audit.main(run) == 0
    assert "no longer answers" in capsys.readouterr().out


def test_an_audit_that_breaks_while_the_service_answers_fails(capsys):
    """A lock file that pip-audit cannot read is not passed over."""
    assert audit.main(answering([_KNOWN], None)) == 1
    assert "no result" in capsys.readouterr().err


@pytest.mark.parametrize("service", audit.SERVICES)
def test_a_known_vulnerability_fails(service, capsys):
    """Whichever service knows of it; the line says which release, which vulnerability and what would help."""
    found = _KNOWN | {"name": "flask", "version": "0.1"}
    assert audit.main(answering([_KNOWN], [found, {"name": "fine", "version": "1", "vulns": []}], (service,))) == 1
    assert "flask 0.1: PYSEC-1, CVE-1; fixed in 3" in capsys.readouterr().out


def test_nothing_known_passes_and_says_what_was_not_looked_up(capsys):
    """All is well, but for a release that the index does not know, which is named."""
    fine = {"name": "fine", "version": "1", "vulns": []}
    assert audit.main(answering([_KNOWN], [fine, {"name": "x", "skip_reason": "x is not there"}])) == 0
    out = capsys.readouterr().out
    assert "x is not there" in out
    assert "0 vulnerabilities" in out
    assert "SKIPPED" not in out


def test_what_is_ignored_passes_for_that_package_until_its_day():
    """By either of its names; on the day, or of another package, it fails again."""
    found = [Finding("flask", "0.1", "PYSEC-1", ("CVE-1",), ())]
    until = date(2027, 1, 31)
    for name in ("PYSEC-1", "CVE-1"):
        ignored = [Ignored(name, "flask", "never called", until)]
        assert not judge(found, ignored, date(2027, 1, 30))
        assert judge(found, ignored, until) == ["flask 0.1: PYSEC-1, CVE-1; no release has a fix"]
    assert judge(found, [Ignored("PYSEC-1", "werkzeug", "never called", until)], date(2027, 1, 30))


def test_what_is_ignored_has_a_reason_and_a_day():
    """No exception without a reason, none for longer than a year."""
    for entry in audit.read_ignored():
        assert len(entry.reason) > 20
        assert (entry.until - datetime.now(UTC).date()).days < 366


def test_an_entry_is_read_as_the_files_example_writes_it(tmp_path):
    """The example in the list of exceptions is what the audit reads."""
    example = re.findall(r"^#   (.+)$", audit.IGNORED.read_text(encoding="utf-8"), re.MULTILINE)
    file = tmp_path / "ignored.toml"
    file.write_text("\n".join(example))
    assert audit.read_ignored(file)[0].until == date(2027, 1, 31)


def test_every_lock_is_looked_up():
    """What is installed anywhere is audited: the service, the checks, the bench, its peers and the tools themselves."""
    names = {str(path.relative_to(audit.ROOT)) for path in audit.lock_files()}
    assert all((audit.ROOT / name).is_file() for name in names)
    assert {"requirements-slim.txt", "requirements-dev.txt", "bench/requirements.txt"} < names
    assert {"bench/peers/paddleocr-requirements.txt", "deploy/supply/audit-requirements.txt"} < names


@pytest.mark.parametrize("script", ["print('no json')", "raise SystemExit(1)"])
def test_no_report_is_none(script, monkeypatch):
    """An error of pip-audit's, such as that of a service which cannot be reached, is no report."""
    monkeypatch.setattr(audit, "_PIP_AUDIT", [sys.executable, "-c", script])
    assert audit.run_pip_audit([]) is None


def test_a_report_is_read_though_the_exit_status_tells_of_vulnerabilities(monkeypatch):
    """pip-audit ends with 1 where it found something; its report counts, not its status."""
    report = {"dependencies": [_KNOWN]}
    script = f"print({json.dumps(report)!r}); raise SystemExit(1)"
    monkeypatch.setattr(audit, "_PIP_AUDIT", [sys.executable, "-c", script])
    assert audit.run_pip_audit([]) == report
