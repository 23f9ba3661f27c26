"""The service as Knative and Cloud Run run it: a container that is told its port, over the real process."""

import concurrent.futures
import time
from typing import Any

import httpx2

ENVIRON = {"K_SERVICE": "ocr", "K_REVISION": "ocr-00001", "K_CONFIGURATION": "ocr"}


def test_the_port_is_what_is_said(bound_port: Any) -> None:
    """The container listens where PORT says, 8080 if nobody says otherwise:
    https://cloud.google.com/run/docs/container-contract.
    """
    assert bound_port(ENVIRON | {"PORT": "9552"}) == 9552
    assert bound_port(ENVIRON) == 8080


def test_sigterm_ends_it_within_ten_seconds(start_service: Any, image: Any, frozen: Any, assert_alone: Any) -> None:
    """Cloud Run sends SIGTERM and ten seconds later SIGKILL: https://cloud.google.com/run/docs/container-contract.
    What was accepted is answered, and the process ends as soon as it is; the grace period that the service allows,
    30 s, is never waited out. Between requests an instance may have no processor at all.
    """
    service = start_service(
        environ=ENVIRON, port_variable="PORT", engine="null", null_delay_seconds=0.3, slots=1, cpus=1
    )
    assert_alone(service, "knative")
    with frozen(service):
        time.sleep(0.3)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        accepted = pool.submit(httpx2.post, service.url + "/ocr", content=image("latin.png"), timeout=60)
        while service.metric("ocr_requests_in_flight") < 2:  # it and the scrape
            time.sleep(0.01)
        service.process.terminate()
        assert service.process.wait(10) == 0
        assert accepted.result().status_code == 200
