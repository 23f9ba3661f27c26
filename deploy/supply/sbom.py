"""``python -m deploy.supply.sbom``: the bill of materials, CycloneDX 1.6 as JSON.

Of a checkout: the Python packages of an environment and the weights. Of an image, in whose build it runs: the system's
Debian packages, too, and the checksums of the very files that pip installed. The same contents give the same bytes: no
time, and a serial number that is drawn from the rest.
"""

import argparse
import json
import subprocess
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion

from app.errors import OcrError
from app.version import VERSION
from deploy.supply.debian_packages import this_system
from deploy.supply.model_weights import model_weights
from deploy.supply.python_packages import python_packages, read_reports

SCHEMA = SchemaVersion.V1_6
_SERIAL_NUMBERS = uuid.UUID("6b1f5a0e-7d0c-4a53-9c0e-3f0b6f2a9d11")
"""The namespace of our serial numbers, drawn once."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 where the file was written, 1 where what it is to describe is not there or not sound."""
    parser = argparse.ArgumentParser(prog="python -m deploy.supply.sbom", description="write the bill of materials")
    parser.add_argument("--venv", type=Path, required=True, help="the environment with the Python packages")
    parser.add_argument("--weights", type=Path, required=True, help="the folder of model files")
    parser.add_argument("--report", type=Path, nargs="*", default=[], help="what `pip install --report` wrote")
    parser.add_argument("--image", action="store_true", help="of an image: with this system's Debian packages")
    parser.add_argument("--out", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    try:
        components = [*python_packages(chosen.venv, read_reports(chosen.report)), *model_weights(chosen.weights)]
        if chosen.image:
            components += this_system()
    except (OcrError, OSError, subprocess.CalledProcessError) as error:
        print(error, file=sys.stderr)
        return 1
    kind = ComponentType.CONTAINER if chosen.image else ComponentType.APPLICATION
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(document(components, kind), encoding="utf-8")
    print(f"{chosen.out}: {len(components)} components")
    return 0


def document(components: Sequence[Component], kind: ComponentType) -> str:
    """The bill of materials of the service, which is of that *kind* and consists of *components*."""
    service = Component(
        type=kind,
        name="ppocr-service",
        version=VERSION,
        bom_ref="ppocr-service",
        licenses=[LicenseFactory().make_from_string("Apache-2.0")],
    )
    bom = Bom(components=components, metadata=BomMetaData(component=service))
    bom.register_dependency(service, components)
    written: dict[str, Any] = json.loads(make_outputter(bom, OutputFormat.JSON, SCHEMA).output_as_string())
    del written["metadata"]["timestamp"], written["serialNumber"]
    contents = json.dumps(written, sort_keys=True)
    written["serialNumber"] = uuid.uuid5(_SERIAL_NUMBERS, contents).urn
    return json.dumps(written, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
