"""A Lambda function over an application that tells what it was asked."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from app.errors import REFUSAL, AnswerTooLargeError, MalformedRequestError, UrlNotAllowedError
from app.faas.calls import SECONDS
from app.faas.contract import INSIDE
from app.faas.lambda_function import LambdaFunction
from tests.faas import aws_samples as samples
from tests.faas.aws_samples import GATEWAYS


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
    assert LambdaFunction(application)(GATEWAYS[kind](), Context())["statusCode"] == 200
    (environ,) = application.seen
    assert (environ["PATH_INFO"], environ[INSIDE]) == ("/ocr", False)
    assert environ["HTTP_X_REQUEST_ID"] == "lambdas-name"


@pytest.mark.parametrize("event", [{"image": "aGk="}, {"warm": True}], ids=["caller", "ping"])
def test_lambda_has_asked_a_caller_already_who_it_is(event: dict[str, Any]) -> None:
    """Whoever may call the function needs no key besides, and gets the document itself."""
    application = Application(b'{"text":"hi"}')
    assert LambdaFunction(application)(event, Context()) == {"text": "hi"}
    assert application.seen[0][INSIDE] is True


def test_a_name_that_the_client_gave_stays() -> None:
    """Lambda's is for those that came without."""
    application = Application()
    LambdaFunction(application)(samples.alb(headers={"X-Request-ID": "mine"}), Context())
    assert application.seen[0]["HTTP_X_REQUEST_ID"] == "mine"


@pytest.mark.parametrize(("milliseconds", "seconds"), [(10_000, 9.5), (400, 0.0), (0, 0.0)])
def test_the_answer_comes_before_the_functions_end(milliseconds: int, seconds: float) -> None:
    """A request has what Lambda leaves it, less what the answer's way takes."""
    application = Application()
    LambdaFunction(application)(samples.gateway_2(), Context(milliseconds))
    assert application.seen[0][SECONDS] == seconds


@pytest.mark.parametrize(
    ("event", "most"),
    [(samples.gateway_1(), 6 << 20), (samples.alb(), 1_000_000), ({"image": "aGk="}, 6 << 20)],
    ids=["gateway-1", "alb", "caller"],
)
def test_an_answer_that_lambda_does_not_carry_is_told_of(event: dict[str, Any], most: int) -> None:
    """Counted as it is sent, with escapes for all that is not ASCII: a clear error in the place of an opaque one."""
    letters = most // 6
    whole = LambdaFunction(Application(json.dumps({"text": "x" * (letters // 2)}).encode()))(event, Context())
    assert whole.get("statusCode", 200) == 200
    application = Application(json.dumps({"text": "文" * letters}, ensure_ascii=False).encode())
    answer = LambdaFunction(application)(event, Context())
    problem = json.loads(answer["body"]) if "body" in answer else answer
    assert (problem["status"], problem["code"]) == (413, "answer_too_large")
    assert str(most) in problem["detail"]
    assert isinstance(application.seen[1][REFUSAL], AnswerTooLargeError)


@pytest.mark.parametrize("kind", GATEWAYS)
def test_a_malformed_request_of_a_gateway_is_answered_by_the_application(kind: str) -> None:
    """So it is counted and logged like any other that cannot be read."""
    application = Application()
    answer = LambdaFunction(application)(GATEWAYS[kind]() | {"body": "?"}, Context())
    assert json.loads(answer["body"])["code"] == "malformed_request"
    assert (application.seen[0]["PATH_INFO"], application.seen[0]["REQUEST_METHOD"]) == ("/ocr", "POST")


@pytest.mark.parametrize("event", [None, "text", 5, [], {}, {"Records": [{"eventSource": "aws:sqs"}]}], ids=json.dumps)
def test_an_event_that_nobody_knows_is_the_functions_failure(event: object) -> None:
    """An answer would be a success, and Lambda would drop the event."""
    with pytest.raises(MalformedRequestError, match="event"):
        LambdaFunction(Application())(event, Context())


def test_objects_are_read_by_whoever_reads_them() -> None:
    """The answer has a result for each."""
    read = [{"text": "hi"}]
    function = LambdaFunction(Application(), lambda objects: read * len(objects))
    assert function(samples.s3(), Context()) == {"results": read}
    assert function(samples.TEST_OF_BUCKET, Context()) == {"results": []}


def test_objects_that_nobody_reads_are_the_functions_failure() -> None:
    """The error says what is missing; what names no object needs nobody."""
    function = LambdaFunction(Application())
    with pytest.raises(UrlNotAllowedError, match="objects are not configured"):
        function(samples.s3(), Context())
    assert function(samples.TEST_OF_BUCKET, Context()) == {"results": []}
