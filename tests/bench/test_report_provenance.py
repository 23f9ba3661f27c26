"""What a document says about the machine, the versions and the settings."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from bench.report import provenance
from bench.report.machine_description import describe_machine
from bench.report.provenance import checkout_commit, installed_versions, new_document, now
from bench.report.whereabouts import without_whereabouts


def made(**settings):
    """Return a document with these settings."""
    return new_document("load", "a", settings=settings, service={}, result={}, started_at=now())


def test_a_document_says_what_is_needed_to_judge_it():
    """Processor, memory and versions are there; neither the function that ran nor the files written are settings."""
    document = made(rate=1.5, sets=("a", "b"), run=print, out=[Path("a.json")])

    assert {"CPU", "CPUs usable", "memory", "kernel", "Python"} <= set(document.machine)
    assert document.versions["plotly"]
    assert document.settings == {"rate": 1.5, "sets": ["a", "b"]}
    assert document.started_at.endswith("Z")


def test_a_document_does_not_say_whose_machine_it_is(tmp_path, monkeypatch):
    """Neither the host's name nor a folder's whereabouts nor a password is in it."""
    monkeypatch.setenv("HOME", "/somewhere/jane")
    monkeypatch.chdir(tmp_path)

    settings = made(
        corpus=tmp_path / "corpus",
        weights=Path("/somewhere/jane/weights"),
        prices=Path("/mnt/disk/tables/prices.toml"),
        start=f"run --images {tmp_path}/corpus --models /somewhere/jane/models",
        url="http://jane:secret@inner.example:9000/ocr",
    ).settings

    assert settings == {
        "corpus": "corpus",
        "weights": "~/weights",
        "prices": ".../tables/prices.toml",
        "start": "run --images ./corpus --models ~/models",
        "url": "http://remote:9000/ocr",
    }
    machine = " ".join(made().machine.values()).split()
    assert socket.gethostname() not in machine


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "http://localhost/ocr", "http://[::1]:80/", "unix socket"])
def test_this_machines_own_addresses_stay(url):
    """An address of the loopback tells nothing about anybody, but that no network was between."""
    assert without_whereabouts({"url": url}) == {"url": url}


def test_the_service_loses_its_whereabouts_too():
    """What a service says of itself is kept in JSON's types, without folders."""
    said = {"weights": f"{Path.cwd()}/weights", "tiers": ({"name": "a"},), "cpus": 2.5}

    document = new_document("load", "a", settings={}, service=said, result={}, started_at=now())

    assert document.service == {"weights": "./weights", "tiers": [{"name": "a"}], "cpus": 2.5}


@pytest.mark.parametrize(
    ("cpuinfo", "expected"),
    [
        (
            "model name\t: Abacus 9\nflags\t\t: fpu avx2 avx512_vnni amx_bf16\n",
            ("Abacus 9", "avx2, avx512_vnni, amx_bf16"),
        ),
        ("processor\t: 0\nFeatures\t: fp asimd asimddp\n", (os.uname().machine, "asimddp")),
        (None, (os.uname().machine, None)),
    ],
)
def test_the_processor_is_described_as_far_as_it_tells(tmp_path, cpuinfo, expected):
    """Its name, else its architecture, and of its flags those that matter; a closed /proc is no error."""
    path = tmp_path / "cpuinfo"
    if cpuinfo is not None:
        path.write_text(cpuinfo)

    machine = describe_machine(path)

    assert (machine["CPU"], machine.get("CPU flags")) == expected


def test_a_checkout_is_named_by_its_commit_and_whether_it_was_changed(tmp_path):
    """The short commit, with a mark where files differ from it; no checkout and no git are no error."""
    assert checkout_commit(tmp_path) is None

    def git(*arguments):
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "first")
    commit = git("rev-parse", "--short", "HEAD").strip()

    assert checkout_commit(tmp_path) == commit
    (tmp_path / "new").touch()
    assert checkout_commit(tmp_path) == f"{commit}+changes"


def test_versions_do_without_git_and_without_a_package(tmp_path, monkeypatch):
    """What is not installed is left out, and so is the checkout where there is no git."""
    monkeypatch.setattr(provenance.shutil, "which", lambda _: None)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# comment\nrich==1\nno-such-package==2\n")

    assert list(installed_versions(requirements)) == ["rich"]
