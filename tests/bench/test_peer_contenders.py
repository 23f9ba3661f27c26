"""How the contenders of the comparison are set up: same weights, same limits, nothing of this machine."""

import queue

import pytest
import yaml

from app.settings import Settings
from bench.errors import BenchError
from bench.peers import rapidocr_openvino, rapidocr_openvino_worker
from bench.peers.contenders import NAMES, contenders
from bench.peers.paddleocr_models import TierModels
from bench.peers.paddlex_serving import pipeline_document
from bench.peers.rapidocr_openvino import RapidOcrOpenvino, characters
from bench.peers.this_service import ThisService


@pytest.fixture
def weights(tmp_path):
    """Weights of one tier in the service's layout."""
    for role in ("det", "rec"):
        folder = tmp_path / "weights" / "tier" / role
        folder.mkdir(parents=True)
        (folder / "inference.onnx").touch()
        description = {
            "Global": {"model_name": f"Official_{role}"},
            "PostProcess": {"character_dict": ["\u3000", 1, "字"]},
        }
        (folder / "inference.yml").write_text(yaml.safe_dump(description))
    return tmp_path / "weights"


def test_every_contender_says_who_it_is(weights):
    """Names are of this table alone, have the pinned version in them, and come with a sentence on the set-up."""
    makers = contenders(weights, "tier", 960)
    assert tuple(makers) == NAMES
    peers = [make() for make in makers.values()]
    names = [peer.name for peer in peers]
    assert len(set(names)) == len(peers) == 4
    assert all(any(character.isdigit() for character in name) for name in names)
    assert all(peer.about for peer in peers)


def test_missing_weights_are_said_before_anything_is_installed(tmp_path):
    """A wrong folder is the user's mistake: one clear line, and only for who runs what should lie there."""
    makers = contenders(tmp_path, "tier", 960)
    for name in ("paddlex", "rapidocr-openvino"):
        with pytest.raises(BenchError, match="no model"):
            makers[name]()
    assert makers["rapidocr-api"]().name.startswith("RapidOCR API")


def test_this_service_is_measured_without_the_callers_settings(tmp_path, monkeypatch):
    """Its own are set, those of the environment are emptied, which the service takes for unset; it says so."""
    monkeypatch.setenv("OCR_PRECISION", "bf16")
    monkeypatch.setenv("OCR_MODEL", "other")
    monkeypatch.setenv("OCR_QUEUE_SIZE", "3")
    environment = ThisService(tmp_path, "tier", 960, {"OCR_QUEUE_SIZE": "7"}).environment()
    assert environment["OCR_PRECISION"] == ""
    assert (environment["OCR_MODEL"], environment["OCR_DET_MAX_SIDE"]) == ("tier", "960")
    assert environment["OCR_QUEUE_SIZE"] == "7"
    assert not [name for name in environment if not name.startswith("OCR_")]
    assert Settings.from_env({"OCR_PRECISION": "", "OCR_QUEUE_SIZE": ""}) == Settings.from_env({})
    assert "whatever OCR_* the environment has" in ThisService(tmp_path, "tier", 960).about


def test_this_service_tells_what_it_is(tmp_path):
    """The started contender has what ``GET /info`` says; a real process on the null engine."""
    peer = ThisService(tmp_path, "pp-ocrv6-tiny", 960, {"OCR_ENGINE": "null"})
    with peer.started(tmp_path, "latency") as started:
        assert started.info["engine"] == "null"
        assert started.exec_to_first_answer_s > 0


def test_paddlex_is_given_the_services_models_and_limit(weights):
    """The pipeline has the service's files under their official names, the same longest side, and turns nothing."""
    document = pipeline_document(TierModels.open(weights, "tier"), 960)
    modules = document["SubModules"]
    assert modules["TextDetection"]["max_side_limit"] == 960
    assert modules["TextDetection"]["model_name"] == "Official_det"
    assert modules["TextRecognition"]["model_dir"] == str(weights.resolve() / "tier" / "rec")
    assert not document["use_doc_preprocessor"]
    assert not document["use_textline_orientation"]


@pytest.mark.parametrize(("plan", "share"), [("latency", ("1", "3")), ("throughput", ("3", "1"))])
def test_rapidocr_on_openvino_shares_out_all_processors(weights, tmp_path, monkeypatch, plan, share):
    """One picture at a time gets every processor; many get one each."""
    monkeypatch.setattr(rapidocr_openvino, "available_cpus", lambda: 2.5)
    peer = RapidOcrOpenvino(TierModels.open(weights, "tier"), 960)
    arguments = rapidocr_openvino_worker.parse_arguments(peer.command(plan, tmp_path / "keys")[3:])
    assert (str(arguments.instances), str(arguments.threads)) == share
    assert arguments.det_max_side == 960
    assert arguments.det == str(weights.resolve() / "tier" / "det" / "inference.onnx")


def test_characters_keep_their_places(weights):
    """White space is a character like others, and so is what YAML takes for a number."""
    assert characters(weights / "tier" / "rec") == ["\u3000", "1", "字"]


def test_a_recogniser_without_characters_is_refused(weights):
    """Without them RapidOCR would look for some on the network."""
    (weights / "tier" / "rec" / "inference.yml").write_text("PostProcess: {}")
    with pytest.raises(BenchError, match="character_dict"):
        characters(weights / "tier" / "rec")


class Picture:
    """What the stand-in for RapidOCR reads."""

    shape = (30, 40, 3)


class Engine:
    """A stand-in for RapidOCR: finds nothing, as RapidOCR says it, and cannot open ``broken``."""

    boxes = txts = scores = None

    def load_img(self, path):
        """Return a picture."""
        if path == "broken":
            raise ValueError("no picture")
        return Picture()

    def __call__(self, picture, *, use_det):
        """Return the result, which is the engine itself; RapidOCR remembers ``use_det`` unless it is told again."""
        assert isinstance(picture, Picture)
        assert use_det
        return self


def test_the_worker_answers_every_request_with_its_number(monkeypatch):
    """A picture without text has empty columns, one that cannot be read an error, and the next is read again."""
    monkeypatch.setattr(rapidocr_openvino_worker, "load_engine", lambda _: Engine())
    requests, answers = queue.SimpleQueue(), queue.SimpleQueue()
    for request in ({"id": 4, "path": "broken"}, {"id": 5, "path": "good"}, None):
        requests.put(request)
    rapidocr_openvino_worker.serve(None, requests, answers)
    assert answers.get() == {"id": 4, "error": "ValueError: no picture"}
    answer = answers.get()
    assert answer.pop("seconds") >= 0
    assert answer == {"id": 5, "width": 40, "height": 30, "texts": [], "scores": [], "polys": []}
