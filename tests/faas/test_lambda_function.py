"""A Lambda function over an application that tells what it was asked."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from app.errors import REFUSAL, AnswerTooLargeError, MalformedRequestError, ObjectEventError
from app.faas.calls import SECONDS
from app.faas.contract import INSIDE
from app.faas.lambda_function import LambdaFunction
from app.faas.object_event import ObjectEvents
from tests.faas import aws_samples as samples
from tests.faas.aws_samples import GATEWAYS
from tests.faas.bucket_server import serving


def _function(application: Any, *, buckets: str = "", endpoint: str = "") -> LambdaFunction:
    objects = ObjectEvents.for_buckets(
        application, buckets=buckets, endpoint=endpoint, seconds=5, max_bytes=2000, most=4, result_suffix=""
    )
    return LambdaFunction(application, objects)


@dataclass
class Context:
    """Lambda's, as far as it is needed."""

    milliseconds: int = 10_000
    aws_request_id: str = "lambdas-name"

    def get_remaining_time_in_millis(self) -> int:
        """What the test says."""
        return self.milliseconds


class Application:
    """Answers with *body*; keeps the environment of each request."""

    def __init__(self, body: bytes = b"{}") -> None:
        self.body = body
        self.seen: list[dict[str, Any]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Refuse where that is asked for."""
        self.seen.append(environ)
        if REFUSAL in environ:
            start_response("413 Content Too Large", [("Content-Type", "application/problem+json")])
            return [
                json.dumps({"status": 413, "code": environ[REFUSAL].code, "detail": str(environ[REFUSAL])}).encode()
            ]
        start_response("200 OK", [("Content-Type", "application/json")])
        return [self.body]


@pytest.mark.parametrize("kind", GATEWAYS)
def test_a_client_behind_a_gateway_shows_its_own_key(kind: str) -> None:
    """The request is nobody's of the platform; it has the name that Lambda gave the event."""
    application = Application()
    assert _function(application)(GATEWAYS[kind](), Context())["statusCode"] == 200
    (environ,) = application.seen
    assert (environ["PATH_INFO"], environ[INSIDE]) == ("/ocr", False)
    assert environ["HTTP_X_REQUEST_ID"] == "lambdas-name"


@pytest.mark.parametrize("event", [{"image": "aGk="}, {"warm": True}], ids=["caller", "ping"])
def test_lambda_has_asked_a_caller_already_who_it_is(event: dict[str, Any]) -> None:
    """Whoever may call the function needs no key besides, and gets the document itself."""
    application = Application(b'{"text":"hi"}')
    assert _function(application)(event, Context()) == {"text": "hi"}
    assert application.seen[0][INSIDE] is True


def test_a_name_that_the_client_gave_stays() -> None:
    """Lambda's is for those that came without."""
    application = Application()
    _function(application)(samples.alb(headers={"X-Request-ID": "mine"}), Context())
    assert application.seen[0]["HTTP_X_REQUEST_ID"] == "mine"


@pytest.mark.parametrize(("milliseconds", "seconds"), [(10_000, 9.5), (400, 0.0), (0, 0.0)])
def test_the_answer_comes_before_the_functions_end(milliseconds: int, seconds: float) -> None:
    """A request has what Lambda leaves it, less what the answer's way takes."""
    application = Application()
    _function(application)(samples.gateway_2(), Context(milliseconds))
    assert application.seen[0][SECONDS] == seconds


@pytest.mark.parametrize(
    ("event", "most"),
    [(samples.gateway_1(), 6 << 20), (samples.alb(), 1_000_000), ({"image": "aGk="}, 6 << 20)],
    ids=["gateway-1", "alb", "caller"],
)
def test_an_answer_that_lambda_does_not_carry_is_told_of(event: dict[str, Any], most: int) -> None:
    """Counted as it is sent, with escapes for all that is not ASCII: a clear error in the place of an opaque one."""
    letters = most // 6
    whole = _function(Application(json.dumps({"text": "x" * (letters // 2)}).encode()))(event, Context())
    assert whole.get("statusCode", 200) == 200
    application = Application(json.dumps({"text": "文" * letters}, ensure_ascii=False).encode())
    answer = _function(application)(event, Context())
    problem = json.loads(answer["body"]) if "body" in answer else answer
    assert (problem["status"], problem["code"]) == (413, "answer_too_large")
    assert str(most) in problem["detail"]
    assert isinstance(application.seen[1][REFUSAL], AnswerTooLargeError)


@pytest.mark.parametrize("kind", GATEWAYS)
def test_a_malformed_request_of_a_gateway_is_answered_by_the_application(kind: str) -> None:
    """So it is counted and logged like any other that cannot be read."""
    application = Application()
    answer = _function(application)(GATEWAYS[kind]() | {"body": "?"}, Context())
    assert json.loads(answer["body"])["code"] == "malformed_request"
    assert (application.seen[0]["PATH_INFO"], application.seen[0]["REQUEST_METHOD"]) == ("/ocr", "POST")


@pytest.mark.parametrize("event", [None, "text", 5, [], {}, {"Records": [{"eventSource": "aws:sqs"}]}], ids=json.dumps)
def test_an_event_that_nobody_knows_is_the_functions_failure(event: object) -> None:
    """An answer would be a success, and Lambda would drop the event."""
    with pytest.raises(MalformedRequestError, match="event"):
        _function(Application())(event, Context())


def test_objects_that_are_not_allowed_are_the_functions_failure() -> None:
    """An answer would be a success; what names no object needs nobody."""
    function = _function(Application())
    with pytest.raises(
        ObjectEventError, match=r"object_not_allowed: OCR_BUCKETS does not allow s3://scans/in box/a\+b"
    ):
        function(samples.s3(), Context())
    assert function(samples.TEST_OF_BUCKET, Context()) == {"objects": []}


def test_objects_are_read_and_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the bucket that is allowed, within the time that Lambda gives, under its name for the call."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    application = Application(b'{"text": "hi"}')
    with serving() as (url, buckets):
        buckets.objects["/scans/in box/a+b.png"] = b"image"
        function = _function(application, buckets="s3://scans", endpoint=url)
        answer = function(samples.s3(), Context())
    document = {"object": "s3://scans/in box/a+b.png", "status": 200, "result": {"text": "hi"}}
    assert answer == {"objects": [document]}
    (request,) = application.seen
    assert (request["HTTP_X_REQUEST_ID"], request[SECONDS], request[INSIDE]) == ("lambdas-name", 9.5, True)
