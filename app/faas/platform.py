"""Which platform the process runs on, by the variables that each documents to set. Pure: no files, no network.

Where the facts stand:

- Function Compute 3.0: ``FC_FUNCTION_NAME`` and others; names that begin with ``FC_`` are reserved.
  https://www.alibabacloud.com/help/en/functioncompute/fc/environment-variables
- SCF: ``TENCENTCLOUD_RUNENV`` is ``SCF``; names that begin with ``TENCENTCLOUD_`` are reserved.
  https://www.tencentcloud.com/document/product/583/32748
- Lambda: ``AWS_LAMBDA_FUNCTION_NAME``, reserved.
  https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
- Azure Functions: ``FUNCTIONS_CUSTOMHANDLER_PORT``, where the handler is to listen.
  https://learn.microsoft.com/en-us/azure/azure-functions/functions-custom-handlers
- FunctionGraph: ``RUNTIME_PROJECT_ID`` and ``RUNTIME_FUNC_NAME``, preset. Neither says whose it is: both are asked.
  https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_0154.html
- Cloud Run and Knative: ``K_SERVICE`` and ``K_REVISION``.
  https://cloud.google.com/run/docs/container-contract
- OpenFaaS sets nothing that its page tells of: it is named by ``OCR_PLATFORM``.
  https://docs.openfaas.com/reference/workloads
"""

from collections.abc import Mapping
from enum import StrEnum


class Platform(StrEnum):
    """A platform that calls for more than plain HTTP; ``none`` is everything else."""

    NONE = "none"
    ALIBABA_FC = "alibaba-fc"
    TENCENT_SCF = "tencent-scf"
    AWS_LAMBDA = "aws-lambda"
    AZURE_FUNCTIONS = "azure-functions"
    HUAWEI_FUNCTIONGRAPH = "huawei-functiongraph"
    OPENFAAS = "openfaas"
    KNATIVE = "knative"


AUTO = "auto"
CHOICES = (AUTO, *map(str, Platform))

_MARKS: tuple[tuple[Platform, Mapping[str, str | None]], ...] = (
    (Platform.ALIBABA_FC, {"FC_FUNCTION_NAME": None}),
    (Platform.TENCENT_SCF, {"TENCENTCLOUD_RUNENV": "SCF"}),
    (Platform.AWS_LAMBDA, {"AWS_LAMBDA_FUNCTION_NAME": None}),
    (Platform.AZURE_FUNCTIONS, {"FUNCTIONS_CUSTOMHANDLER_PORT": None}),
    (Platform.HUAWEI_FUNCTIONGRAPH, {"RUNTIME_PROJECT_ID": None, "RUNTIME_FUNC_NAME": None}),
    (Platform.KNATIVE, {"K_SERVICE": None, "K_REVISION": None}),
)
"""Variables that all must be there, with the value that they must have, or any."""

_PORTS = {
    Platform.ALIBABA_FC: 9000,
    Platform.TENCENT_SCF: 9000,
    Platform.HUAWEI_FUNCTIONGRAPH: 8000,
    Platform.OPENFAAS: 8080,
    Platform.KNATIVE: 8080,
}
"""Where each platform sends its requests, if it was told nothing else."""


def resolve(setting: str, environ: Mapping[str, str]) -> Platform:
    """The platform that *setting* names; with ``auto``, the one whose marks *environ* bears."""
    if setting != AUTO:
        return Platform(setting)
    return next((platform for platform, marks in _MARKS if _bears(environ, marks)), Platform.NONE)


def default_port(platform: Platform, otherwise: int) -> int:
    """The port that *platform* expects, or *otherwise* where it expects none."""
    return _PORTS.get(platform, otherwise)


def _bears(environ: Mapping[str, str], marks: Mapping[str, str | None]) -> bool:
    return all(
        environ.get(name, "") == value if value else environ.get(name, "").strip() for name, value in marks.items()
    )
