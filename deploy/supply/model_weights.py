"""The fetched model weights, as components of a bill of materials."""

from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.component import Component, ComponentType

from app.errors import ChecksumMismatchError
from app.weights.manifest import Collection, read_manifest
from app.weights.store import verify
from deploy.supply.python_packages import index_page


def model_weights(weights_dir: Path) -> list[Component]:
    """Every collection of the manifest that lies in *weights_dir*, with its files' checksums, licence and source.

    Raises:
        ChecksumMismatchError: A file of one is missing, or is not what the manifest pins.
    """
    manifest = read_manifest()
    there = [c for c in (*manifest.tiers.values(), manifest.orientation) if (weights_dir / c.name).is_dir()]
    wrong = [line for collection in there for line in verify(weights_dir, collection)]
    if wrong:
        raise ChecksumMismatchError("; ".join(wrong))
    return [_component(collection) for collection in there]


def _component(collection: Collection) -> Component:
    wheel = collection.wheel
    return Component(
        type=ComponentType.MACHINE_LEARNING_MODEL,
        name=collection.name,
        # The models have no version but that of what they were published in.
        version=f"{wheel.distribution}-{wheel.version}",
        bom_ref=f"weights/{collection.name}",
        description=collection.text,
        licenses=[LicenseFactory().make_from_string(collection.licence)],
        external_references=[index_page(wheel.distribution, wheel.version, wheel.sha256)],
        properties=[Property(name="ppocr-service:source", value=collection.source)],
        components=[
            Component(
                type=ComponentType.FILE,
                name=f"{collection.name}/{file.path}",
                bom_ref=f"weights/{collection.name}/{file.path}",
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=file.sha256)],
            )
            for file in collection.files
        ],
    )
