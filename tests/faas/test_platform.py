"""Which platform it is: by the variables that each sets, or by the setting."""

import pytest

from app.faas.contract import contract_of
from app.faas.platform import AUTO, CHOICES, Platform, resolve
from app.settings import Settings

MARKS = {
    Platform.ALIBABA_FC: {"FC_FUNCTION_NAME": "ocr"},
    Platform.TENCENT_SCF: {"TENCENTCLOUD_RUNENV": "SCF"},
    Platform.AWS_LAMBDA: {"AWS_LAMBDA_FUNCTION_NAME": "ocr"},
    Platform.AZURE_FUNCTIONS: {"FUNCTIONS_CUSTOMHANDLER_PORT": "7071"},
    Platform.HUAWEI_FUNCTIONGRAPH: {"RUNTIME_PROJECT_ID": "p", "RUNTIME_FUNC_NAME": "ocr"},
    Platform.KNATIVE: {"K_SERVICE": "ocr", "K_REVISION": "ocr-1", "PORT": "8080"},
}


@pytest.mark.parametrize("platform", MARKS)
def test_each_platform_is_known_by_what_it_sets(platform: Platform) -> None:
    """All of its marks together say which it is, and no setting is needed (the pages: see app/faas/platform.py)."""
    assert resolve(AUTO, MARKS[platform]) is platform


@pytest.mark.parametrize("missing", [(p, name) for p, marks in MARKS.items() for name in marks if name != "PORT"])
def test_a_part_of_the_marks_is_nobody(missing: tuple[Platform, str]) -> None:
    """A variable that somebody sets for their own reasons makes no platform of a laptop."""
    platform, name = missing
    assert resolve(AUTO, {key: value for key, value in MARKS[platform].items() if key != name}) is Platform.NONE
    assert resolve(AUTO, MARKS[platform] | {name: ""}) is Platform.NONE


def test_another_environment_of_the_same_vendor_is_not_scf() -> None:
    """The value counts where the vendor documents one."""
    assert resolve(AUTO, {"TENCENTCLOUD_RUNENV": "TCB"}) is Platform.NONE


@pytest.mark.parametrize("platform", Platform)
def test_the_setting_has_the_last_word(platform: Platform) -> None:
    """A platform that is named is it, whatever the environment looks like; ``none`` switches everything off."""
    for environ in ({}, *MARKS.values()):
        assert resolve(platform.value, environ) is platform
    assert platform.value in CHOICES


@pytest.mark.parametrize(
    ("environ", "port"),
    [
        (MARKS[Platform.ALIBABA_FC], 9000),
        (MARKS[Platform.TENCENT_SCF], 9000),
        (MARKS[Platform.HUAWEI_FUNCTIONGRAPH], 8000),
        ({"OCR_PLATFORM": "openfaas"}, 8080),
        ({"OCR_PLATFORM": "knative"}, 8080),
        ({"OCR_PLATFORM": "none", "K_SERVICE": "s", "K_REVISION": "r"}, 9000),
        ({"OCR_PLATFORM": "openfaas", "OCR_PORT": "8001"}, 8001),
        (MARKS[Platform.HUAWEI_FUNCTIONGRAPH] | {"PORT": "8002"}, 8002),
    ],
)
def test_the_port_is_the_platforms_where_none_is_set(environ: dict[str, str], port: int) -> None:
    """Whoever says a port is heard first."""
    assert Settings.from_env(environ).port == port


def test_most_platforms_call_with_nothing_but_http() -> None:
    """Nothing is in the way of the requests there."""
    assert {p for p in Platform if contract_of(p).is_plain} == {
        Platform.NONE,
        Platform.AZURE_FUNCTIONS,
        Platform.KNATIVE,
    }
