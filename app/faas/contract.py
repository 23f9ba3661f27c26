"""What each platform calls the service with beside its clients' requests, and who can call like that.

- Function Compute: https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/lifecycle-hooks-for-function-instances-in-a-custom-runtime
  names the hooks. Every request has ``x-fc-control-path``, ``/http-invoke`` where a client's request is passed on:
  https://www.alibabacloud.com/help/en/functioncompute/fc/context-and-log-format-1. Clients cannot send headers that
  begin with ``x-fc-``: https://www.alibabacloud.com/help/en/functioncompute/web-functions. So the header tells.
- SCF: event functions get ``POST /event-invoke``, web functions their clients' paths as they are, both with the same
  headers: https://www.tencentcloud.com/document/product/583/41076. Nothing tells an event from a client's forgery.
- FunctionGraph: event functions get ``POST /init`` and ``POST /invoke``:
  https://support.huaweicloud.com/intl/en-us/qs-functiongraph/functiongraph_04_0104.html; the headers of HTTP functions:
  https://support.huaweicloud.com/intl/en-us/usermanual-functiongraph/functiongraph_01_1442.html. The same holds.
- Lambda, behind its Web Adapter: ``POST /events`` has every event that is no HTTP request, and nothing tells it from a
  client's forgery: https://awslabs.github.io/aws-lambda-web-adapter/features/non-http-events.html. The hooks are in
  app/http/lambda_routes.py; without the adapter there is no HTTP at all: app/faas/aws_lambda.py.
- OpenFaaS: https://docs.openfaas.com/reference/workloads names the two probes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.faas import alibaba_fc_events, aws_events, huawei_events, tencent_scf_events
from app.faas.calls import HttpReply
from app.faas.events import Event
from app.faas.platform import Platform

INSIDE = "ocr.inside"
"""Set in the environment of what comes from the platform itself: no key is asked for. No client can set it."""


@dataclass(frozen=True, slots=True)
class EventContract:
    """How events come, always by POST, and how they are answered."""

    path: str
    decode: Callable[[bytes], Event]
    encode: Callable[[Event | None, HttpReply], HttpReply]


@dataclass(frozen=True, slots=True)
class Contract:
    """What a platform calls with.

    request_id: the header, in lower case, with the platform's name for a request. hooks: the method and path of each
    hook. control: the header, in lower case, that tells the platform's own calls from those that it passes on, for
    which it says client_control. aliases: paths of probes, and what they are called here.
    """

    platform: Platform = Platform.NONE
    events: EventContract | None = None
    request_id: str = ""
    hooks: frozenset[tuple[str, str]] = frozenset()
    control: str = ""
    client_control: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing but HTTP."""
        return not (self.events or self.hooks or self.aliases)

    def is_event(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Whether a request is an event call. headers: by their names in lower case."""
        if self.events is None or (method, path) != ("POST", self.events.path):
            return False
        return not self.control or headers.get(self.control) == path

    def is_hook(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Whether a request is the platform calling a hook."""
        if (method, path) not in self.hooks:
            return False
        # What the header says of a hook is not documented of all of them.
        return not self.control or self.client_control not in headers.get(self.control, self.client_control)


_CONTRACTS = (
    Contract(
        Platform.ALIBABA_FC,
        EventContract("/invoke", alibaba_fc_events.decode_event, alibaba_fc_events.encode_reply),
        request_id="x-fc-request-id",
        hooks=frozenset({("POST", "/initialize"), ("GET", "/pre-freeze"), ("GET", "/pre-stop")}),
        control="x-fc-control-path",
        client_control="/http-invoke",
    ),
    Contract(
        Platform.TENCENT_SCF,
        EventContract("/event-invoke", tencent_scf_events.decode_event, tencent_scf_events.encode_reply),
        request_id="x-scf-request-id",
    ),
    Contract(
        Platform.HUAWEI_FUNCTIONGRAPH,
        EventContract("/invoke", huawei_events.decode_event, huawei_events.encode_reply),
        request_id="x-cff-request-id",
        hooks=frozenset({("POST", "/init")}),
    ),
    Contract(
        Platform.AWS_LAMBDA,
        EventContract("/events", aws_events.decode_event, aws_events.encode_reply),
        hooks=frozenset({("POST", "/snapstart/before"), ("POST", "/snapstart/after")}),
    ),
    Contract(Platform.OPENFAAS, aliases={"/_/health": "/healthz", "/_/ready": "/readyz"}),
)


def contract_of(platform: Platform) -> Contract:
    """What *platform* calls with; of most, nothing."""
    return next((contract for contract in _CONTRACTS if contract.platform is platform), Contract(platform))
