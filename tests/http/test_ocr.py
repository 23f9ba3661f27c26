"""The main job over real HTTP: pictures in, their text out, with the default engine and the default tier."""

import concurrent.futures
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

Image = Callable[[str], bytes]


@pytest.mark.parametrize("name", ["latin.png", "chinese.png", "japanese.png", "photo.jpg", "page.png"])
def test_the_text_of_a_picture_comes_back(
    small_service: Any, image: Image, labels: dict[str, list[str]], name: str
) -> None:
    """Latin, Chinese and Japanese lines are read without a fault, a photo that lies on its side among them."""
    response = small_service.ocr(image(name))
    assert response.status_code == 200, response.text
    answer = response.json()
    assert [line["text"] for line in answer["pages"][0]["lines"]] == labels[name]
    assert answer["text"] == answer["pages"][0]["text"] == "\n".join(labels[name])


def test_coordinates_are_those_of_the_picture_as_shown(small_service: Any, image: Image) -> None:
    """A photo stored on its side is 600 x 200 as shown, and its lines lie there, one below the other."""
    page = small_service.ocr(image("photo.jpg")).json()["pages"][0]
    assert (page["width"], page["height"]) == (600, 200)
    first, second = (line["box"] for line in page["lines"])
    for left, top, right, bottom in (first, second):
        assert 20 <= left < right <= 600
        assert 0 <= top < bottom <= 200
    assert first[3] < second[3]
    for line in page["lines"]:
        xs, ys = zip(*line["polygon"], strict=True)
        assert line["box"] == [min(xs), min(ys), max(xs), max(ys)]
        assert 0.9 < line["score"] <= 1


def test_images_of_one_request_come_back_in_order(
    small_service: Any, image: Image, labels: dict[str, list[str]]
) -> None:
    """Several multipart files give a result each, in the order in which they were sent."""
    names = ["latin.png", "photo.jpg", "chinese.png"]
    response = small_service.client.post("/ocr", files=[("file", (name, image(name))) for name in names])
    assert [result["text"] for result in response.json()["results"]] == ["\n".join(labels[name]) for name in names]


def test_results_do_not_depend_on_what_else_is_in_flight(small_service: Any, image: Image) -> None:
    """Pictures sent at once by eight clients come back with the pages that each gets alone."""
    names = ["latin.png", "chinese.png", "japanese.png", "photo.jpg"] * 4
    alone = {name: small_service.ocr(image(name)).json()["pages"] for name in set(names)}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda name: small_service.ocr(image(name)).json()["pages"], names))
    assert together == [alone[name] for name in names]


def test_lines_below_the_asked_score_are_left_out(small_service: Any, image: Image) -> None:
    """``min_score`` holds for its own request and for no other."""
    scores = [line["score"] for line in small_service.ocr(image("page.png")).json()["pages"][0]["lines"]]
    limit = sorted(scores)[len(scores) // 2]
    kept = small_service.ocr(image("page.png"), min_score=limit).json()["pages"][0]["lines"]
    assert 0 < len(kept) < len(scores)
    assert all(line["score"] >= limit - 1e-4 for line in kept)
    assert len(small_service.ocr(image("page.png")).json()["pages"][0]["lines"]) == len(scores)


def test_the_detector_can_be_asked_to_look_at_less(small_service: Any, image: Image) -> None:
    """A detector that sees 64 pixels finds fewer lines; coordinates stay those of the whole picture."""
    page = small_service.ocr(image("page.png"), det_max_side=64).json()["pages"][0]
    assert (page["width"], page["height"]) == (1000, 760)
    assert len(page["lines"]) < 12


def test_the_settings_hold_where_a_request_says_nothing(start_service: Any, image: Image) -> None:
    """A box threshold of 1, which no box reaches, leaves nothing of a picture whose lines are found by default."""
    page = start_service(det_box_threshold=1).ocr(image("latin.png")).json()["pages"][0]
    assert (page["width"], page["lines"], page["text"]) == (560, [], "")


def test_timings_are_told_and_add_up(small_service: Any, image: Image) -> None:
    """``timings_ms`` has every stage; together they are no longer than the total; Server-Timing says the same."""
    response = small_service.ocr(image("page.png"))
    timings = response.json()["timings_ms"]
    assert list(timings) == ["queue", "decode", "detect", "crop", "orient", "recognise", "assemble", "total"]
    assert min(timings.values()) >= 0
    assert timings["detect"] > 0 < timings["recognise"]
    assert sum(timings.values()) - timings["total"] <= timings["total"] + 0.1
    told = dict(part.split(";dur=") for part in response.headers["server-timing"].split(", "))
    assert {name: float(ms) for name, ms in told.items()} == timings


def test_a_request_id_is_kept_or_made(null_service: Any, image: Image) -> None:
    """A sound ``X-Request-Id`` comes back in the header and the body; any other is replaced."""
    url, data = "/ocr", image("latin.png")
    kept = null_service.client.post(url, content=data, headers={"X-Request-Id": "abc-1.2:3"})
    assert kept.headers["x-request-id"] == kept.json()["id"] == "abc-1.2:3"
    for bad in ("a b", "x" * 129, '"><script>'):
        made = null_service.client.post(url, content=data, headers={"X-Request-Id": bad})
        assert made.headers["x-request-id"] == made.json()["id"]
        assert made.json()["id"] != bad
        assert len(made.json()["id"]) == 32


def test_a_request_writes_one_log_line_without_its_text(small_service: Any, image: Image) -> None:
    """The log says id, route, code, sizes and stages of a request, and never what stood on the picture."""
    headers = {"X-Request-Id": "log-line-test"}
    small_service.client.post("/ocr", content=image("latin.png"), headers=headers)
    lines = [line for line in small_service.log() if line.get("request_id") == "log-line-test"]
    assert len(lines) == 1
    line = lines[0]
    assert (line["event"], line["route"], line["status"], line["code"]) == ("request", "/ocr", 200, "ok")
    assert (line["images"], line["pixels"], line["lines"]) == (1, [560 * 290], 4)
    assert line["bytes_in"] == len(image("latin.png"))
    assert line["stages_ms"]["recognise"] > 0
    assert "Hello" not in json.dumps(small_service.log())


def test_own_models_are_served_from_a_directory(
    start_service: Any, image: Image, labels: dict[str, list[str]], weights_dir: Any
) -> None:
    """``OCR_MODEL_DIR`` serves det and rec directories in PaddleOCR's layout, named after the directory."""
    service = start_service(model_dir=weights_dir / "pp-ocrv5-mobile", det_max_side=640)
    answer = service.ocr(image("latin.png")).json()
    assert (answer["model"], answer["text"].split("\n")) == ("pp-ocrv5-mobile", labels["latin.png"])


def test_the_other_engine_reads_the_same(start_service: Any, image: Image, labels: dict[str, list[str]]) -> None:
    """onnxruntime, the engine of other architectures, serves the same text."""
    service = start_service(engine="onnxruntime", model="pp-ocrv6-tiny", det_max_side=640)
    assert service.client.get("/info").json()["precision"] == "f32"
    assert service.ocr(image("latin.png")).json()["text"].split("\n") == labels["latin.png"]


@pytest.mark.parametrize("path", ["/ocr", "/nowhere"])
@pytest.mark.parametrize("size", [65_537, 120_000])
def test_a_refused_body_does_not_break_the_connection(null_service: Any, path: str, size: int) -> None:
    """Whoever sent too much, or to the wrong place, gets the answer and can go on over the same connection."""
    with httpx2.Client(base_url=null_service.url) as client:
        for _ in range(20):
            assert client.post(path, content=b"a" * size).status_code in {404, 413}
            assert client.post(path, content=iter([b"a" * size])).status_code in {404, 413}
