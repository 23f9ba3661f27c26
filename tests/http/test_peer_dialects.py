"""The dialects of other services as their clients speak them, against a service that reads."""

import ast
import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from app.protocols.catalogue import dialects_named
from app.protocols.example_image import EXAMPLE_IMAGE, EXAMPLE_TEXT
from tests.conftest import Service

NAMES = ("rapidocr", "paddlehub", "paddle-serving", "umi-ocr")
DESCRIBED = [(path, dialect) for dialect in dialects_named(NAMES) if dialect.description for path in dialect.paths]


@pytest.fixture(scope="module", name="service")
def _service(running: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("tiny"), wait=True, engine="onnxruntime") as service:
        yield service


@pytest.fixture(name="latin")
def _latin(image: Any) -> str:
    return base64.b64encode(image("latin.png")).decode()


@pytest.mark.parametrize(("path", "dialect"), DESCRIBED, ids=[path for path, _ in DESCRIBED])
def test_the_example_of_the_description_works(service: Service, path: str, dialect: Any):
    """As it stands, under each type that the description names: the answer holds what stands on the picture."""
    for media_type in dialect.description.media_types:
        example = dict(dialect.description.example)
        if media_type == "application/json":
            answer = service.client.post(path, json=example)
        elif media_type == "multipart/form-data":
            answer = service.client.post(path, files={name: (None, str(value)) for name, value in example.items()})
        else:
            answer = service.client.post(path, content=urlencode(example), headers={"Content-Type": media_type})
        assert answer.status_code == 200, answer.text
        if not path.endswith("ocr_det"):
            assert EXAMPLE_TEXT in answer.text
        assert service.log()[-1]["dialect"] == dialect.name


def test_rapidocr_by_its_documented_client(service: Service, image: Any, latin: str, labels: Any):
    """A file, or base64 as form data: numbered lines either way, top to bottom."""
    as_file = service.client.post(
        "/ocr", files={"image_file": ("a.png", image("latin.png"))}, data={"use_cls": "false"}
    )
    as_data = service.client.post("/ocr", data={"image_data": latin})
    assert as_file.json() == as_data.json()
    assert [as_file.json()[str(number)]["rec_txt"] for number in range(4)] == labels["latin.png"]


def test_rapidocr_by_halves(service: Service, image: Any, latin: str):
    """Boxes without text, and the text of a picture that is one line."""
    boxes = service.client.post("/ocr", files={"image_file": image("latin.png")}, data={"use_rec": "false"}).json()
    assert [list(line) for line in boxes.values()] == [["dt_boxes"]] * 4
    whole = service.client.post("/ocr", data={"image_data": EXAMPLE_IMAGE, "use_det": "false"}).json()
    assert whole == {"0": {"rec_txt": EXAMPLE_TEXT, "score": pytest.approx(1, abs=0.2)}}
    assert service.client.post("/ocr", data={"image_data": latin, "use_det": "0", "use_rec": "0"}).json() == {}


def test_paddlehub_by_its_documented_client(service: Service, image: Any, latin: str, labels: Any):
    """Several images in order, as ``tools/test_hubserving.py`` sends one; and the modules for half of the way."""
    body = json.dumps({"images": [latin, EXAMPLE_IMAGE]})
    head = {"Content-type": "application/json"}
    first, second = service.client.post("/predict/ocr_system", headers=head, content=body).json()["results"]
    assert [line["text"] for line in first] == labels["latin.png"]
    assert [line["text"] for line in second] == [EXAMPLE_TEXT]
    found = service.client.post("/predict/ocr_det", headers=head, content=body).json()["results"]
    assert found == [[{"text_region": line["text_region"]} for line in lines] for lines in (first, second)]
    (texts,) = service.client.post("/predict/ocr_rec", headers=head, content=body).json()["results"]
    assert len(texts) == 2
    assert texts[1]["text"] == EXAMPLE_TEXT


def test_paddle_serving_by_its_documented_client(service: Service, latin: str, labels: Any):
    """The type is not declared, and the value is a Python list, as ``pipeline_http_client.py`` has it."""
    answer = service.client.post("/ocr/prediction", content=json.dumps({"key": ["image"], "value": [latin]})).json()
    assert answer["err_no"] == 0
    lines = ast.literal_eval(answer["value"][0])
    assert [text for (text, _), _ in lines] == labels["latin.png"]
    assert all(len(corners) == 4 and 0 < score <= 1 for (_, score), corners in lines)


def test_umi_ocr_by_its_documented_client(service: Service, latin: str, labels: Any):
    """The options' defaults, asked for and sent back, change nothing; text is made of paragraphs, or of lines."""
    options = service.client.get("/api/ocr/get_options").json()
    defaults = {name: option["default"] for name, option in options.items()}
    plain = service.client.post("/api/ocr", json={"base64": latin}).json()
    chosen = service.client.post("/api/ocr", json={"base64": latin, "options": defaults}).json()
    assert plain["data"] == chosen["data"]
    assert [line["text"] for line in plain["data"]] == labels["latin.png"]
    text = service.client.post("/api/ocr", json={"base64": latin, "options": {"data.format": "text"}}).json()
    first, *sentence, last = labels["latin.png"]
    assert (text["code"], text["data"]) == (100, "\n".join([first, " ".join(sentence), last]))
    options = {"tbpu.parser": "multi_line", "data.format": "text"}
    assert service.client.post("/api/ocr", json={"base64": latin, "options": options}).json()["data"] == "\n".join(
        labels["latin.png"]
    )
    assert plain["timestamp"] < text["timestamp"] < plain["timestamp"] + 60


def test_a_picture_without_text_is_no_error(service: Service):
    """Each dialect has its own nothing."""
    blank = "Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAATCwAAEwsAAAAAAAAAAAAA////AA=="
    assert service.client.post("/ocr", data={"image_data": blank}).json() == {}
    assert service.client.post("/predict/ocr_system", json={"images": [blank]}).json()["results"] == [[]]
    value = service.client.post("/ocr/prediction", json={"key": ["image"], "value": [blank]}).json()["value"]
    assert value == ["[]"]
    assert service.client.post("/api/ocr", json={"base64": blank}).json()["code"] == 101


def test_who_shows_no_key_hears_it_in_their_own_words(start_service: Any):
    """Every dialect stands behind the same gate, and its clients understand why they are not let in."""
    service = start_service(engine="null", api_keys="0123456789abcdef")
    detail = "a key is needed, as Authorization: Bearer KEY or as X-API-Key: KEY"
    own = {
        "/predict/ocr_system": {"msg": detail, "results": "", "status": "101"},
        "/ocr/prediction": {"err_no": 5000, "err_msg": detail, "key": [], "value": [], "tensors": []},
        "/api/ocr": {"code": 805, "data": detail},
    }
    for path, expected in own.items():
        answer = service.client.post(path, json={})
        assert (answer.status_code, answer.json()) == (401, expected)
    form = service.client.post("/ocr", data={"image_data": EXAMPLE_IMAGE})
    assert (form.status_code, form.json()["detail"]) == (401, detail)
    assert service.client.get("/api/ocr/get_options").status_code == 401
    let_in = service.client.post("/api/ocr", json={"base64": EXAMPLE_IMAGE}, headers={"X-API-Key": "0123456789abcdef"})
    assert let_in.json()["code"] == 100


def test_a_dialect_can_be_switched_off(start_service: Any):
    """Its paths are gone then, and a form of its own is the native dialect's to refuse."""
    service = start_service(engine="null", dialects="paddlex")
    for path in ("/predict/ocr_system", "/ocr/prediction", "/api/ocr", "/api/ocr/get_options"):
        assert service.client.post(path, json={}).status_code == 404
    answer = service.client.post("/ocr", files={"image_file": base64.b64decode(EXAMPLE_IMAGE)})
    assert answer.json()["code"] == "malformed_request"
