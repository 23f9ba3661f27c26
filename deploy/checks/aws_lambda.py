"""The SAM templates: cfn-lint on each, AWS's translator, and cfn-lint on the CloudFormation that this makes of it."""

import json
import logging
import re
from typing import Any
from unittest import mock

from cfnlint.api import ManualArgs, lint
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

from deploy.checks.manifest import Manifest

logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of telemetry that it does not send

_REGIONS = ["us-east-1", "eu-central-1"]


class _NoManagedPolicies:
    """Stands for the account's managed policies, which only a connection to AWS could list; no template names one."""

    def load(self) -> dict[str, str]:
        """None."""
        return {}


def _judge(text: str) -> list[str]:
    complaints = _lint(text)
    try:
        complaints += _lint(json.dumps(_translated(text)))
    except InvalidDocumentException as error:
        complaints += [str(cause.message) for cause in error.causes]
    return complaints


def _translated(text: str) -> dict[str, Any]:
    # The translator asks for the region of whoever runs it.
    with mock.patch.dict("os.environ", AWS_DEFAULT_REGION=_REGIONS[0]):
        return dict(transform(yaml_parse(text), {}, _NoManagedPolicies()))


def _lint(text: str) -> list[str]:
    config = ManualArgs(regions=_REGIONS, include_checks=["I", "W", "E"])
    return [f"{match.rule.id} line {match.linenumber}: {match.message}" for match in lint(text, config=config)]


def _judge_dockerfile(text: str) -> list[str]:
    """Nothing but the adapter is added: https://github.com/aws/aws-lambda-web-adapter#docker-images."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    wanted = [
        r"ARG IMAGE=\S+",
        r"FROM public\.ecr\.aws/awsguru/aws-lambda-adapter:\d+\.\d+\.\d+ AS adapter",
        r"FROM \$\{IMAGE\}",
        r"COPY --from=adapter /lambda-adapter /opt/extensions/lambda-adapter",
    ]
    return (
        []
        if len(lines) == len(wanted) and all(map(re.fullmatch, wanted, lines))
        else ["it does more than to add the adapter"]
    )


_TYPOS = (
    ("ImageConfig:", "ImageConfiguration:"),
    ("Timeout: 60", "Timeout: 60s"),
    ("!Ref ImageUri", "!Ref Image"),
    ("AuthType: AWS_IAM", "AuthType: IAM"),
    ("Architectures: [x86_64]", "Architectures: [amd64]"),
)
MANIFESTS = (
    Manifest(
        "aws-lambda/template.yaml",
        _judge,
        (
            *_TYPOS,
            ("ProvisionedConcurrentExecutions:", "ProvisionedConcurrency:"),
            ("MemorySize: 3538", "MemorySize: 35380"),
            ("Bucket: !Ref Bucket", "Bucket: !Ref IncomingBucket"),
            ("!GetAtt HttpUrl.FunctionUrl", "!GetAtt HttpUrl.Url"),
            ("ComparisonOperator: GreaterThanThreshold", "ComparisonOperator: Greater"),
        ),
    ),
    Manifest(
        "aws-lambda/template-snapstart.yaml",
        _judge,
        (*_TYPOS, ("ApplyOn: PublishedVersions", "ApplyOn: Published"), ("Size: 512", "Size: 51200")),
    ),
    Manifest(
        "aws-lambda/template-web-adapter.yaml",
        _judge,
        (*_TYPOS[1:], ("Variables:", "Variable:"), ("AutoPublishAlias: live", "AutoPublishAlias: [live]")),
    ),
    Manifest("aws-lambda/web-adapter.Dockerfile", _judge_dockerfile, (("/opt/extensions", "/opt/extension"),)),
)
