"""Which configurations there are, what they set and what they promise."""

from pathlib import Path

import pytest

from app.settings import Settings
from bench.errors import BenchError
from bench.parity.configurations import CONFIGURATIONS, PEER, Configuration, chosen_configurations


def test_the_service_takes_every_configuration(tmp_path: Path) -> None:
    """Each one's environment parses into the settings that it names, and no two have one name."""
    assert len({configuration.name for configuration in CONFIGURATIONS}) == len(CONFIGURATIONS)
    for configuration in CONFIGURATIONS:
        if configuration.engine != PEER:
            settings = Settings.from_env(configuration.settings(tmp_path, 1280))
            assert (settings.engine, settings.precision) == (configuration.engine, configuration.precision)
            assert (settings.model, settings.parity) == (configuration.tier, configuration.parity)
            assert (settings.det_max_side, settings.weights_dir) == (1280, tmp_path)


def test_exactness_is_promised_at_f32_and_accuracy_at_bf16() -> None:
    """Close padding at f32 promises neither, nor does PaddleOCR about itself."""

    def promises(*way: str) -> tuple[bool, bool]:
        configuration = Configuration("tier", *way)
        return configuration.promises_identity, configuration.promises_accuracy

    assert promises("openvino", "f32", "exact") == (True, False)
    assert promises("paddle", "f32", "exact") == (True, False)
    assert promises("openvino", "bf16", "close") == (False, True)
    assert promises("openvino", "f32", "close") == (False, False)
    assert promises(PEER, "f32", "single") == (False, False)


def test_configurations_are_chosen_by_how_their_names_begin() -> None:
    """A whole name means one, a beginning all of its kind, nothing all there are, and a wrong name is an error."""
    assert [one.name for one in chosen_configurations("v4-mobile-paddle-f32-exact")] == ["v4-mobile-paddle-f32-exact"]
    assert {one.tier for one in chosen_configurations("v6-tiny, v5")} == {"pp-ocrv6-tiny", "pp-ocrv5-mobile"}
    assert chosen_configurations("") == list(CONFIGURATIONS)
    with pytest.raises(BenchError, match="no such configuration: v7"):
        chosen_configurations("v6-small,v7")
