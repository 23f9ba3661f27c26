"""Which keys a call to a store is signed with."""

import pytest

from app.faas.credentials import Credentials, credentials_of
from app.faas.platform import Platform

FC = {"x-fc-access-key-id": "i", "x-fc-access-key-secret": "s", "x-fc-security-token": "t"}
HUAWEI = {"x-cff-security-access-key": "i", "x-cff-security-secret-key": "s", "x-cff-security-token": "t"}
SCF_HEADERS = {"x-scf-secret-id": "i", "x-scf-secret-key": "s", "x-scf-session-token": "t"}
SCF = {"TENCENTCLOUD_SECRETID": "i", "TENCENTCLOUD_SECRETKEY": "s", "TENCENTCLOUD_SESSIONTOKEN": "t"}


@pytest.mark.parametrize(
    ("platform", "headers", "environ"),
    [
        (Platform.ALIBABA_FC, FC, {}),
        (Platform.HUAWEI_FUNCTIONGRAPH, HUAWEI, {}),
        (Platform.TENCENT_SCF, {}, SCF),
        (Platform.TENCENT_SCF, SCF_HEADERS, {}),
    ],
)
def test_each_platform_hands_them_over_in_its_own_way(
    platform: Platform, headers: dict[str, str], environ: dict[str, str]
) -> None:
    """As its pages document: in headers of the call, or in variables."""
    assert credentials_of(platform, headers, environ) == Credentials("i", "s", "t")


def test_what_one_platform_gives_another_does_not_take() -> None:
    """A client's headers become no credentials where the platform gives none."""
    assert credentials_of(Platform.AWS_LAMBDA, FC | HUAWEI, SCF) is None
    assert credentials_of(Platform.TENCENT_SCF, FC, {}) is None
    assert credentials_of(Platform.ALIBABA_FC, {"x-fc-access-key-id": "i"}, SCF) is None


@pytest.mark.parametrize("value", ["a\nb", "é", "\x7f"])
def test_what_no_header_can_hold_is_no_credential(value: str) -> None:
    """The library for buckets would end in a way that nothing catches."""
    assert credentials_of(Platform.ALIBABA_FC, FC | {"x-fc-security-token": value}, {}) is None
