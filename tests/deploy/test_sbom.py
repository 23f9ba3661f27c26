"""The bill of materials: valid, complete, and the same for the same contents."""

import importlib.metadata
import json
import re

import pytest
from cyclonedx.model.component import ComponentType
from cyclonedx.validation.json import JsonStrictValidator

from app.weights.manifest import read_manifest
from deploy.supply import sbom
from deploy.supply.debian_packages import debian_packages
from deploy.supply.python_packages import python_packages, read_reports

_LISTING = (
    "libc6:amd64\t2.36-9+deb12u13\tamd64\tglibc\t2.36-9+deb12u13\tinstalled\n"
    "gcc-12-base:amd64\t12.2.0-14\tamd64\tgcc-12\t12.2.0-14+1\tinstalled\n"
    "removed\t1\tall\tremoved\t1\tconfig-files\n"
)
_RELEASE = {"ID": "debian", "VERSION_ID": "12", "PRETTY_NAME": "Debian GNU/Linux 12 (bookworm)"}


@pytest.fixture
def venv(tmp_path):
    """An environment with three packages that name their licences in the three ways there are."""
    folder = tmp_path / "venv/lib/python3.11/site-packages"
    for name, version, said in (
        ("Typed_Ahead", "1.0", "License-Expression: Apache-2.0 OR MIT"),
        (
            "classified",
            "2.0",
            "License: a text\n   of several lines\nClassifier: License :: OSI Approved :: BSD License",
        ),
        ("free", "3.0", "License: MIT\nClassifier: License :: OSI Approved :: MIT License"),
        ("silent", "4.0", "Summary: of no licence"),
    ):
        info = folder / f"{name}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{said}\n")
    return tmp_path / "venv"


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A folder with one collection, whose checksums count as right."""
    (tmp_path / "weights/pp-ocrv6-small").mkdir(parents=True)
    monkeypatch.setattr("deploy.supply.model_weights.verify", lambda *_: [])
    return tmp_path / "weights"


def written(tmp_path, *arguments):
    """What the command writes, read back."""
    out = tmp_path / "out/sbom.cdx.json"
    assert sbom.main([*arguments, "--out", str(out)]) == 0
    return out.read_text(encoding="utf-8")


def test_it_is_valid_and_the_same_for_the_same_contents(venv, weights, tmp_path):
    """CycloneDX's own schema accepts it, strictly; and a rebuilt image differs only if its contents do."""
    text = written(tmp_path, "--venv", str(venv), "--weights", str(weights))
    assert JsonStrictValidator(sbom.SCHEMA).validate_str(text) is None
    assert written(tmp_path, "--venv", str(venv), "--weights", str(weights)) == text
    (venv / "lib/python3.11/site-packages/free-3.0.dist-info").rename(tmp_path / "gone")
    assert json.loads(written(tmp_path, "--venv", str(venv), "--weights", str(weights)))["serialNumber"] not in text


def test_an_images_has_debians_packages_too(venv, weights, tmp_path, monkeypatch):
    """Of an image, the system's packages and the distribution are in it, and it is valid."""
    monkeypatch.setattr(sbom, "this_system", lambda: debian_packages(_LISTING, _RELEASE))
    text = written(tmp_path, "--image", "--venv", str(venv), "--weights", str(weights))
    assert JsonStrictValidator(sbom.SCHEMA).validate_str(text) is None
    document = json.loads(text)
    assert document["metadata"]["component"]["type"] == "container"
    assert {"debian", "libc6", "gcc-12-base", "free", "pp-ocrv6-small"} <= {c["name"] for c in document["components"]}
    [service] = [d for d in document["dependencies"] if d["ref"] == "ppocr-service"]
    assert set(service["dependsOn"]) == {c["bom-ref"] for c in document["components"]}


def test_debian_packages_are_named_as_advisories_name_them():
    """A package that is installed has its purl with distribution, architecture and source; a removed one is absent."""
    assert [component.purl.to_string() for component in debian_packages(_LISTING, _RELEASE)[1:]] == [
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u13?arch=amd64&distro=debian-12&upstream=glibc",
        "pkg:deb/debian/gcc-12-base@12.2.0-14?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14%2B1",
    ]


def test_a_package_has_its_licence_and_the_checksum_of_its_file(venv, tmp_path):
    """An SPDX expression is one, a name stays a name, and the checksum is that of the file that pip installed."""
    report = tmp_path / "report.json"
    archive = {"url": "https://mirror.example/free.whl", "archive_info": {"hashes": {"sha256": "a" * 64}}}
    report.write_text(
        json.dumps({"install": [{"metadata": {"name": "Free", "version": "3.0"}, "download_info": archive}]})
    )
    found = {component.name: component for component in python_packages(venv, read_reports([report]))}
    licences = {
        name: [str(getattr(x, "value", None) or x.id or x.name) for x in c.licenses] for name, c in found.items()
    }
    assert licences == {
        "typed-ahead": ["Apache-2.0 OR MIT"],
        "classified": ["BSD License"],
        "free": ["MIT"],
        "silent": [],
    }
    hashes = {name: [h.content for r in c.external_references for h in r.hashes] for name, c in found.items()}
    assert hashes == {"typed-ahead": [], "classified": [], "free": ["a" * 64], "silent": []}
    text = sbom.document(list(found.values()), ComponentType.APPLICATION)
    assert "mirror.example" not in text


def test_weights_have_their_checksums_licence_and_source(venv, weights, tmp_path):
    """What lies in the folder is listed, file by file, as the manifest has it; what does not lie there is not."""
    document = json.loads(written(tmp_path, "--venv", str(venv), "--weights", str(weights)))
    [model] = [c for c in document["components"] if c["type"] == "machine-learning-model"]
    tier = read_manifest().tiers[model["name"]]
    assert [(c["name"], c["hashes"][0]["content"]) for c in model["components"]] == [
        (f"{tier.name}/{file.path}", file.sha256) for file in tier.files
    ]
    assert model["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert model["properties"] == [{"name": "ppocr-service:source", "value": tier.source}]


def test_weights_that_are_not_the_manifests_end_it(venv, tmp_path, capsys):
    """A bill of materials never vouches for a file that is something else."""
    file = tmp_path / "weights/orientation/page/inference.onnx"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"another model")
    arguments = ["--venv", str(venv), "--weights", str(tmp_path / "weights"), "--out", str(tmp_path / "out.json")]
    assert sbom.main(arguments) == 1
    assert "page/inference.onnx: checksum differs" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()


def test_no_environment_is_a_line_and_no_file(tmp_path, capsys):
    """A wrong path is not an empty bill of materials."""
    out = tmp_path / "out.json"
    assert sbom.main(["--venv", str(tmp_path), "--weights", str(tmp_path), "--out", str(out)]) == 1
    assert "is no virtual environment" in capsys.readouterr().err
    assert not out.exists()


def test_both_locks_have_the_same_library():
    """The schema that the tests hold it against is that of the library that writes it in the image."""
    lock = (sbom.Path(sbom.__file__).parent / "sbom-requirements.txt").read_text(encoding="utf-8")
    pinned = re.search(r"^cyclonedx-python-lib==(\S+)", lock, re.MULTILINE)
    assert pinned[1] == importlib.metadata.version("cyclonedx-python-lib")
