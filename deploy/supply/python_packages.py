"""The Python packages of an environment, as components of a bill of materials."""

import json
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageMetadata, distributions
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, License
from packageurl import PackageURL

_LONGEST_NAME = 80
"""Characters; what is longer in a field that should name a licence is the licence's text."""


def python_packages(venv: Path, archives: Mapping[tuple[str, str], str]) -> list[Component]:
    """Every distribution that is installed in *venv*, a component each.

    *archives* has the sha256 of the files they were installed from, where it is known, by name and version.

    Raises:
        FileNotFoundError: *venv* is no virtual environment.
    """
    folders = [str(folder) for folder in sorted(venv.glob("lib/python3*/site-packages"))]
    if not folders:
        raise FileNotFoundError(f"{venv} is no virtual environment")
    return [_component(found, archives) for found in distributions(path=folders)]


def read_reports(reports: Iterable[Path]) -> dict[tuple[str, str], str]:
    """The sha256 of every file that pip installed, by name and version, as ``pip install --report`` wrote them.

    The addresses in these reports are the build's own business and are not kept.
    """
    archives: dict[tuple[str, str], str] = {}
    for report in reports:
        for installed in json.loads(report.read_text(encoding="utf-8"))["install"]:
            metadata = installed["metadata"]
            archive: dict[str, Any] = installed["download_info"].get("archive_info", {})
            sha256 = archive.get("hashes", {}).get("sha256") or archive.get("hash", "").removeprefix("sha256=")
            if sha256:
                archives[_normal(metadata["name"]), metadata["version"]] = sha256
    return archives


def index_page(name: str, version: str, sha256: str | None) -> ExternalReference:
    """Where a release is published, and what its file must be."""
    return ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"https://pypi.org/project/{name}/{version}/"),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)] if sha256 else None,
    )


def _component(found: Distribution, archives: Mapping[tuple[str, str], str]) -> Component:
    name, version = _normal(found.metadata["Name"]), found.version
    purl = PackageURL("pypi", name=name, version=version)
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=version,
        bom_ref=purl.to_string(),
        purl=purl,
        description=_field(found.metadata, "Summary") or None,
        licenses=_licences(found.metadata),
        external_references=[index_page(name, version, archives.get((name, version)))],
    )


def _normal(name: str) -> str:
    """A distribution's name as indexes and lock files write it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _licences(metadata: PackageMetadata) -> list[License]:
    """What a package says of its licence: an SPDX expression or identifier, else names as they stand.

    Names are those of the classifiers, else the old free field, where it holds no whole text of a licence.
    """
    factory = LicenseFactory()
    expression = _field(metadata, "License-Expression")
    if expression:
        return [factory.make_from_string(expression)]
    free = _field(metadata, "License")
    licence = factory.make_from_string(free) if free and len(free) <= _LONGEST_NAME and "\n" not in free else None
    if licence and not (isinstance(licence, DisjunctiveLicense) and licence.name):
        return [licence]
    stated = [line for line in metadata.get_all("Classifier") or () if line.startswith("License :: ")]
    classifiers = [line.rpartition(" :: ")[2] for line in stated]
    names: list[License] = [factory.make_with_name(name) for name in classifiers if name != "OSI Approved"]
    return names or ([licence] if licence else [])


def _field(metadata: PackageMetadata, name: str) -> str:
    """A field of a package's metadata, empty where it is not there."""
    return metadata[name].strip() if name in metadata else ""
