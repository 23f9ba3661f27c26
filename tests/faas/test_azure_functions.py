"""The service as Azure Functions runs it: as a custom handler with enableProxyingHttpRequest, over the real process."""

import time
from typing import Any


def test_the_port_is_the_hosts(bound_port: Any) -> None:
    """The host says it in FUNCTIONS_CUSTOMHANDLER_PORT, and sends its requests there:
    https://learn.microsoft.com/en-us/azure/azure-functions/functions-custom-handlers.
    """
    assert bound_port({"FUNCTIONS_CUSTOMHANDLER_PORT": "9553", "PORT": "80"}) == 9553


def test_requests_come_as_they_are(start_service: Any, image: Any, frozen: Any, assert_alone: Any) -> None:
    """With enableProxyingHttpRequest the host passes its clients' requests on:
    https://learn.microsoft.com/en-us/azure/azure-functions/functions-custom-handlers.
    There is nothing else to answer, what other triggers would POST to the function's name included.
    """
    service = start_service(environ={}, port_variable="FUNCTIONS_CUSTOMHANDLER_PORT", engine="null")
    headers = {"X-Forwarded-For": "192.0.2.7:4711", "X-Original-URL": "/ocr?min_score=1"}
    answer = service.client.post("/ocr", params={"min_score": 1}, content=image("latin.png"), headers=headers)
    assert answer.status_code == 200
    assert service.client.post("/ocr-function", json={"Data": {}, "Metadata": {}}).status_code == 404
    assert_alone(service, "azure-functions")
    with frozen(service):
        time.sleep(0.3)
    assert service.ocr(image("latin.png")).status_code == 200
    assert service.stop() == 0
