"""The temporary keys of a function's role, which each platform hands over in a way of its own.

- Function Compute, in headers of each call: https://help.aliyun.com/en/functioncompute/context-and-log-format.
- FunctionGraph, in headers, where the function is set to include them:
  https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_0395.html.
- SCF, in headers, https://www.tencentcloud.com/document/product/583/41076, or in variables,
  https://www.tencentcloud.com/document/product/583/32748.
- Lambda, in variables that the library for buckets reads by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.faas.platform import Platform

_IN_HEADERS = {
    Platform.TENCENT_SCF: ("x-scf-secret-id", "x-scf-secret-key", "x-scf-session-token"),
    Platform.ALIBABA_FC: ("x-fc-access-key-id", "x-fc-access-key-secret", "x-fc-security-token"),
    Platform.HUAWEI_FUNCTIONGRAPH: (
        "x-cff-security-access-key",
        "x-cff-security-secret-key",
        "x-cff-security-token",
    ),
}
_IN_VARIABLES = {
    Platform.TENCENT_SCF: ("TENCENTCLOUD_SECRETID", "TENCENTCLOUD_SECRETKEY", "TENCENTCLOUD_SESSIONTOKEN"),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs a request to a store of objects."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def credentials_of(platform: Platform, headers: Mapping[str, str], environ: Mapping[str, str]) -> Credentials | None:
    """Those that a call came with; None where the platform gave none. headers: by their names in lower case."""
    places = ((_IN_HEADERS.get(platform), headers), (_IN_VARIABLES.get(platform), environ))
    for names, where in places:
        if names and names[0] in where and names[1] in where:
            key_id, secret, token = (where.get(name, "") for name in names)
            if (key_id + secret + token).isascii() and (key_id + secret + token).isprintable():
                return Credentials(key_id, secret, token)
    return None
