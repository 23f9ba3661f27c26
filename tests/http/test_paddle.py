"""The service with PaddleOCR itself, from its start to its end."""

import importlib.util
import signal
import threading

import pytest

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("paddle") is None, reason="PaddlePaddle is not installed: pip install -r requirements.txt"
)


@pytest.fixture
def service(start_service):
    """The service with the default tier of the engine."""
    return start_service(engine="paddle", model="auto", det_max_side=640)


def test_it_reads_with_its_own_tier_and_ends_in_order(service, image, labels):
    """It says who reads, reads, and on SIGTERM finishes what it has accepted; every line of its log is JSON.

    PaddlePaddle would take the signal for itself and end the process at once.
    """
    info = service.client.get("/info").json()
    assert (info["engine"], info["model"], info["precision"]) == ("paddle", "pp-ocrv4-mobile", "f32")
    (page,) = service.ocr(image("photo.jpg")).json()["pages"]
    assert [line["text"] for line in page["lines"]] == labels["photo.jpg"]
    answers = []
    clients = [threading.Thread(target=lambda: answers.append(service.ocr(image("page.png")))) for _ in range(3)]
    for client in clients:
        client.start()
    while service.metric("ocr_requests_in_flight") < 3:
        assert all(client.is_alive() for client in clients), "answered before the signal"
    assert service.stop(signal.SIGTERM) == 0
    for client in clients:
        client.join()
    assert [answer.status_code for answer in answers] == [200] * 3
    assert all(len(answer.json()["pages"][0]["lines"]) == len(labels["page.png"]) for answer in answers)
    assert {entry["level"] for entry in service.log()} == {"INFO"}
