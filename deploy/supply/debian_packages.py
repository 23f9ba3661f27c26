"""The Debian packages of a system, as components of a bill of materials."""

import platform
import subprocess
from collections.abc import Mapping

from cyclonedx.model.component import Component, ComponentType
from packageurl import PackageURL

_FIELDS = ("binary:Package", "Version", "Architecture", "source:Package", "source:Version", "db:Status-Status")
QUERY = ("/usr/bin/dpkg-query", "--show", "--showformat=" + "\\t".join(f"${{{field}}}" for field in _FIELDS) + "\\n")
"""The command whose output :func:`debian_packages` reads."""


def this_system() -> list[Component]:
    """The distribution that this process runs on, and every package that is installed in it.

    Raises:
        OSError, subprocess.CalledProcessError: This is no Debian.
    """
    listing = subprocess.run(QUERY, check=True, capture_output=True, text=True).stdout
    return debian_packages(listing, platform.freedesktop_os_release())


def debian_packages(listing: str, release: Mapping[str, str]) -> list[Component]:
    """The distribution of an ``os-release`` and the installed packages of dpkg's *listing*, a component each."""
    vendor, number = release["ID"], release.get("VERSION_ID", "")
    system = Component(
        type=ComponentType.OPERATING_SYSTEM,
        name=vendor,
        version=number,
        bom_ref=f"{vendor}-{number}",
        description=release.get("PRETTY_NAME"),
    )
    components = [system]
    for line in listing.splitlines():
        package, version, architecture, source, source_version, status = line.split("\t")
        if status != "installed":
            continue
        purl = PackageURL(
            "deb",
            namespace=vendor,
            # With its architecture where several may be installed beside each other: libc6:amd64.
            name=package.partition(":")[0],
            version=version,
            # Advisories name source packages; a scanner finds them by this qualifier.
            qualifiers={
                "arch": architecture,
                "distro": f"{vendor}-{number}",
                "upstream": source if source_version == version else f"{source}@{source_version}",
            },
        )
        components.append(
            Component(type=ComponentType.LIBRARY, name=purl.name, version=version, bom_ref=purl.to_string(), purl=purl)
        )
    return components
