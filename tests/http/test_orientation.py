"""Pages and lines that do not lie upright, and word boxes, over real HTTP, with the default engine and tier."""

import itertools
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

IMAGES = Path(__file__).parents[1] / "images"
CLOCKWISE = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}

Labels = dict[str, list[str]]


def picture(name: str) -> np.ndarray:
    """A picture of ``tests/images``."""
    return np.asarray(cv2.imread(str(IMAGES / name)))


def png(pixels: np.ndarray) -> bytes:
    """Those pixels as a file."""
    return cv2.imencode(".png", pixels)[1].tobytes()


def page_of(service: Any, pixels: np.ndarray, **query: str) -> dict[str, Any]:
    """The page that comes back."""
    response = service.ocr(png(pixels), **query)
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()["pages"][0]
    return page


def lines_of(page: dict[str, Any]) -> list[str]:
    """Its lines."""
    return [line["text"] for line in page["lines"]]


def most_apart(one: dict[str, Any], other: dict[str, Any]) -> int:
    """By how many pixels the polygons of two pages are apart at most, point by point."""
    points = [np.array([line["polygon"] for line in page["lines"]]) for page in (one, other)]
    return int(np.abs(points[0] - points[1]).max())


@pytest.mark.parametrize("wish", ["page", "true"])
@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_turned_page_is_read_as_the_upright_one(small_service: Any, labels: Labels, angle: int, wish: str) -> None:
    """The text is that of the upright page, and so are size and coordinates; ``angle`` says how it lay."""
    upright = page_of(small_service, picture("page.png"))
    assert (lines_of(upright), upright["angle"]) == (labels["page.png"], 0)
    page = page_of(small_service, np.asarray(cv2.rotate(picture("page.png"), CLOCKWISE[angle])), autorotate=wish)
    assert (page["angle"], page["width"], page["height"]) == (angle, 1000, 760)
    assert lines_of(page) == labels["page.png"]
    assert most_apart(page, upright) <= 1


@pytest.mark.parametrize("wish", ["page", "lines", "true"])
@pytest.mark.parametrize("name", ["page.png", "latin.png"])
def test_an_upright_page_stays_as_it_is(small_service: Any, name: str, wish: str) -> None:
    """Who asks for turning and need not have gets the very same page."""
    assert page_of(small_service, picture(name), autorotate=wish) == page_of(small_service, picture(name))


def test_a_page_is_turned_for_who_asks_alone(small_service: Any) -> None:
    """Without the option, or for lines alone, a page that lies on its side keeps its size; its text is not had."""
    sideways = np.rot90(picture("page.png"))
    for query in ({}, {"autorotate": "off"}, {"autorotate": "lines"}):
        page = page_of(small_service, sideways, **query)
        assert (page["angle"], page["width"], page["height"]) == (0, 760, 1000)
        read = "Quarterly report of the harbour office" in lines_of(page)
        assert read is (query == {"autorotate": "lines"})  # its lines run upwards, and are found to be on their heads


def overturned(pixels: np.ndarray, box: list[int]) -> np.ndarray:
    """The same picture with what is in *box* on its head."""
    left, top, right, bottom = box
    pixels = pixels.copy()
    pixels[top:bottom, left:right] = pixels[top:bottom, left:right][::-1, ::-1].copy()
    return pixels


@pytest.mark.parametrize("wish", ["lines", "true"])
def test_a_line_on_its_head_is_read(small_service: Any, labels: Labels, wish: str) -> None:
    """All lines are read, in their places; the overturned one's polygon begins at its own top left: bottom right."""
    upright = page_of(small_service, picture("latin.png"))
    box = upright["lines"][1]["box"]
    pixels = overturned(picture("latin.png"), box)
    assert lines_of(page_of(small_service, pixels))[1] != labels["latin.png"][1]
    page = page_of(small_service, pixels, autorotate=wish)
    assert (lines_of(page), page["angle"]) == (labels["latin.png"], 0)
    first, second = (line["polygon"] for line in page["lines"][:2])
    assert first[0][0] < first[2][0]
    assert first[0][1] < first[2][1]
    assert second[0] == pytest.approx([box[2], box[3]], abs=8)
    assert second[2] == pytest.approx([box[0], box[1]], abs=8)


def test_words_stand_in_their_line(small_service: Any, labels: Labels) -> None:
    """Joined they are the line; from left to right each is inside its box, but for the last step of the last one."""
    page = page_of(small_service, picture("page.png"), words="true")
    assert lines_of(page) == labels["page.png"]
    for line in page["lines"]:
        words = line["words"]
        assert "".join(word["text"] for word in words) == line["text"]
        left, top, right, bottom = line["box"]
        for box in (word["box"] for word in words):
            assert left <= box[0] < box[2] <= right + (bottom - top) / 4  # a step of the model
            assert top <= box[1] < box[3] <= bottom
        starts = [word["box"][0] for word in words]
        assert starts == sorted(starts)
        gaps = [after["box"][0] - before["box"][2] for before, after in itertools.pairwise(words)]
        assert min(gaps, default=0) >= -1


def test_words_stand_over_their_ink(small_service: Any) -> None:
    """The box of a word of letters holds its ink: what is left and right of it is a space's worth of white."""
    pixels = picture("page.png")
    page = page_of(small_service, pixels, words="true")
    ink = np.flatnonzero((pixels[30:66].min(axis=2) < 128).any(axis=0))
    groups = np.split(ink, np.flatnonzero(np.diff(ink) > 7) + 1)  # letters stand closer, words do not
    words = [word["box"] for word in page["lines"][0]["words"] if word["text"].strip()]
    assert len(groups) == len(words) == 6
    for group, (left, _, right, _) in zip(groups, words, strict=True):
        assert (left, right) == pytest.approx((int(group[0]), int(group[-1])), abs=16)


def test_words_of_an_overturned_line_run_backwards(small_service: Any) -> None:
    """The first word of the text stands furthest to the right, inside the line's box."""
    upright = page_of(small_service, picture("latin.png"), words="true")["lines"][1]
    pixels = overturned(picture("latin.png"), upright["box"])
    line = page_of(small_service, pixels, words="true", autorotate="lines")["lines"][1]
    assert [word["text"] for word in line["words"]] == [word["text"] for word in upright["words"]]
    starts = [word["box"][0] for word in line["words"]]
    assert starts == sorted(starts, reverse=True)
    assert line["box"][0] <= min(starts)
    assert max(word["box"][2] for word in line["words"]) <= line["box"][2]


def test_words_are_told_to_who_asks_alone(small_service: Any) -> None:
    """Without the option no line has the member, right after a request that had."""
    page_of(small_service, picture("latin.png"), words="true")
    assert all("words" not in line for line in page_of(small_service, picture("latin.png"))["lines"])


def test_chinese_characters_are_words_of_their_own(small_service: Any, labels: Labels) -> None:
    """Each has its box, and they follow each other."""
    line = page_of(small_service, picture("chinese.png"), words="true")["lines"][0]
    assert [word["text"] for word in line["words"]] == list(labels["chinese.png"][0])
    centres = [word["box"][0] + word["box"][2] for word in line["words"]]
    assert centres == sorted(set(centres))


def test_a_service_may_turn_by_default(start_service: Any, labels: Labels) -> None:
    """With OCR_AUTOROTATE=on nobody has to ask, and who does not want it says so."""
    service = start_service(autorotate="on", det_max_side=960)
    assert service.client.get("/info").json()["autorotate"] == "on"
    upside_down = np.asarray(cv2.rotate(picture("latin.png"), cv2.ROTATE_180))
    page = page_of(service, upside_down)
    assert (page["angle"], lines_of(page)) == (180, labels["latin.png"])
    assert page_of(service, upside_down, autorotate="false")["angle"] == 0


def test_without_the_models_turning_is_refused(start_service: Any, weights_dir: Path, tmp_path: Path) -> None:
    """A service that has only a tier serves; ``/info`` and a 422 say what it cannot do."""
    (tmp_path / "pp-ocrv6-tiny").symlink_to(weights_dir.resolve() / "pp-ocrv6-tiny")
    service = start_service(weights_dir=tmp_path, det_max_side=320)
    assert service.client.get("/info").json()["autorotate"] == "unavailable"
    refused = service.ocr(png(picture("latin.png")), autorotate="page")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_option")
    assert "orientation models" in refused.json()["detail"]
    assert service.ocr(png(picture("latin.png")), autorotate="off").status_code == 200


def test_without_the_models_no_service_starts_that_should_turn(
    start_service: Any, tmp_path: Path, weights_dir: Path
) -> None:
    """Asked to turn by default, it stops at once and says what is missing."""
    (tmp_path / "pp-ocrv6-tiny").symlink_to(weights_dir.resolve() / "pp-ocrv6-tiny")
    service = start_service(wait=False, weights_dir=tmp_path, autorotate="page")
    assert service.process.wait(60) == 3
    assert "orientation models are not in" in service.log_file.read_text()
