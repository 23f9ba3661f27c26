"""What fuzzing begins with is read: a seed that is refused at its first member leads nowhere."""

from app.settings import DIALECTS
from fuzz.seed_requests import seed_requests
from tests.conftest import Service


def test_every_dialect_has_seeds_and_all_of_them_are_read(null_service: Service) -> None:
    """By the service itself, as they are on the wire; the formats of answers among them."""
    spoken = []
    for seed in seed_requests():
        head, _, body = seed.partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        headers = dict(field.split(": ", 1) for field in fields if not field.startswith(("Host", "Content-Length")))
        answer = null_service.client.post(line.split(" ")[1], content=body, headers=headers)
        if "text_layer=only" in line or "pages=" in line:  # which a picture has not
            assert answer.status_code == 422, (line, answer.text)
        else:
            assert answer.status_code == 200, (line, answer.text)
        spoken.append(null_service.log()[-1]["dialect"])
    assert set(spoken) == {*DIALECTS, "native"}


def test_seeds_are_always_the_same() -> None:
    """A finding can be had again."""
    assert seed_requests() == seed_requests()
