"""The manifest that ships: complete, pinned, with its sources."""

import re
from pathlib import Path

import pytest

from app.recognition_settings import ENGINES
from app.weights.manifest import read_manifest
from app.weights.official_models import OfficialPair

MANIFEST = read_manifest()
SHA256 = re.compile(r"[0-9a-f]{64}")


COLLECTIONS = [*MANIFEST.tiers.values(), MANIFEST.orientation]
GRAPHS = {"paddle": ["inference.pdiparams", "inference.pdmodel"], "openvino": ["inference.onnx"]}


@pytest.mark.parametrize("tier", MANIFEST.tiers.values(), ids=lambda tier: tier.name)
def test_every_tier_has_its_files(tier):
    """A graph in the format of its engines and its description, of detector and recogniser; no more, none twice."""
    graph = GRAPHS[tier.engines[0]]
    assert sorted(file.path for file in tier.files) == [
        f"{part}/{name}" for part in ("det", "rec") for name in (*graph, "inference.yml")
    ]


def test_orientation_has_a_graph_for_pages_and_one_for_lines():
    """Both are looked for by these names."""
    paths = {file.path for file in MANIFEST.orientation.files}
    assert {"page/inference.onnx", "line/inference.onnx"} <= paths


@pytest.mark.parametrize("tier", COLLECTIONS, ids=lambda tier: tier.name)
def test_every_file_is_pinned(tier):
    """Each file and each wheel has a sha256 of 64 hex digits; a wheel its exact version and its size."""
    assert all(SHA256.fullmatch(file.sha256) for file in tier.files)
    assert SHA256.fullmatch(tier.wheel.sha256)
    assert re.fullmatch(r"\d+(\.\d+)+", tier.wheel.version)
    assert tier.wheel.size_bytes > 1_000_000


@pytest.mark.parametrize("tier", COLLECTIONS, ids=lambda tier: tier.name)
def test_every_tier_says_what_it_is(tier):
    """Licence, source and a description are there for whoever ships the weights."""
    assert tier.licence == "Apache-2.0"
    assert "Paddle" in tier.source
    assert tier.text


@pytest.mark.parametrize("tier", MANIFEST.tiers.values(), ids=lambda tier: tier.name)
def test_members_are_paths_inside_the_wheel(tier):
    """Graphs come from graphs of the same part; nothing is unpacked from outside the wheel's own tree."""
    for file in tier.files:
        assert not file.member.startswith("/")
        assert ".." not in file.member.split("/")
        if not file.path.endswith(".yml"):
            assert Path(file.member).suffix == Path(file.path).suffix
            assert f"_{file.path[:3]}_" in file.member.replace("/", "_")


def test_different_files_have_different_checksums():
    """No two graphs are the same file under two names."""
    graphs = [f.sha256 for one in COLLECTIONS for f in one.files if not f.path.endswith(".yml")]
    assert len(set(graphs)) == len(graphs)


def test_the_tiers_of_the_contract_are_there():
    """The four tiers exist, and every engine with a model has one of its own as its default."""
    assert {"pp-ocrv6-small", "pp-ocrv6-tiny", "pp-ocrv5-mobile", "pp-ocrv4-mobile"} <= MANIFEST.tiers.keys()
    assert MANIFEST.defaults.keys() == set(ENGINES) - {"auto", "null"}
    assert all(engine in MANIFEST.tiers[tier].engines for engine, tier in MANIFEST.defaults.items())


def test_tiers_know_their_names():
    """A tier is called what it is filed under."""
    assert all(tier.name == name for name, tier in MANIFEST.tiers.items())


def test_examples_of_official_models_are_names_that_are_understood():
    """What the list shows can be fetched as it stands there."""
    assert all(OfficialPair.parse(name) for name in MANIFEST.official)
    assert not any(OfficialPair.parse(name) for name in MANIFEST.tiers)
