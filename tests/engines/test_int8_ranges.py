"""The files of ranges that come with the service."""

import pytest

from app.engines.int8_ranges import FOLDER, has_ranges, read_ranges
from app.engines.openvino_runtime import ov
from app.weights.manifest import read_manifest

PREPARED = sorted(path.stem for path in FOLDER.glob("*.toml"))


def test_the_default_tier_is_prepared():
    """Its ranges and the smallest tier's come with the service."""
    assert {"pp-ocrv6-small", "pp-ocrv6-tiny"} <= set(PREPARED)


@pytest.mark.parametrize("name", PREPARED)
def test_a_file_is_of_a_tier_that_there_is(tier, name):
    """It is named as the manifest names its tier, and every layer that it names is a convolution of that graph."""
    assert name in read_manifest().tiers
    graph = ov.Core().read_model(tier(name) / "rec" / "inference.onnx")
    layers = {node.get_friendly_name() for node in graph.get_ops() if node.get_type_name() == "Convolution"}
    ranges = read_ranges(name)
    assert ranges
    assert ranges.keys() <= layers
    for least, greatest in ranges.values():
        assert (type(least), type(greatest)) == (float, float)
        assert least < greatest


@pytest.mark.parametrize(("model", "has"), [("pp-ocrv6-small", True), ("pp-ocrv4-mobile", False), ("", False)])
def test_which_models_have_ranges(model, has):
    """Those with a file, by their name in the manifest; nobody's own and nothing at all have none."""
    assert has_ranges(model) is has


def test_no_name_leads_out_of_the_folder():
    """A model's name is not a path, however it is written."""
    assert not has_ranges("../openvino_int8")
    assert has_ranges("somewhere/else/pp-ocrv6-small")  # its last part counts, as of a directory
