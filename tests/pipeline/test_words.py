"""Words and their boxes, held against PaddleX's own, and where PaddleX says nothing against plain arithmetic."""

import numpy as np
import pytest

from app.engines.base import Recognition
from app.pipeline.words import words_of
from tests.paddlex_modules import paddlex_module

LYING = np.array([[100, 50], [500, 54], [499, 90], [99, 86]], np.int32)
STANDING = np.array([[100, 50], [140, 52], [138, 450], [98, 448]], np.int32)
FLAT = np.array([[0, 0], [400, 0], [400, 30], [0, 30]], np.int32)
UPRIGHT = FLAT[:, ::-1][[0, 3, 2, 1]]

PAGE = (1000, 1000)
"""Width and height of a page that holds all of these lines."""

TEXTS = {
    "Latin": "The quick brown fox",
    "one word": "word",
    "one letter": "A",
    "Chinese": "今天天气很好",
    "one Chinese character": "好",
    "Chinese apart": "好 a 气",
    "mixed": "订单A-17号 total 3.14元",
    "kana": "カメラで写真を撮ります",
    "kana and Latin": "テストtest23です",
    "punctuation": "(a),[b]: c; d!",
    "punctuation alone": "…!?",
    "hyphens": "VGG-16 -16 a- -b - c--d",
    "decimals": "1.23 .5 5. v1.x 3.a 1.2.3 a.1 元.1",
    "other letters": "Größe naïve Ωmega",
    "spaces": " a  b ",
    "full width": "ＡＢ１２，。",
    "beyond the basic plane": "a𠮷b",
}


def spread(text, steps, rng=None):
    """Return a recognition of *text* whose characters stand at ascending steps, evenly or by chance."""
    if rng is None:
        columns = tuple(int((number + 0.5) * steps / len(text)) for number in range(len(text)))
    else:
        columns = tuple(sorted(rng.choice(int(steps), len(text), replace=False).tolist()))
    return Recognition(text, 0.9, columns, steps)


def paddlex_words(recognition, quad):
    """Return the words, and the boxes from left to right, that PaddleX makes of the same characters."""
    decoder = paddlex_module("models.text_recognition.processors").BaseRecLabelDecode
    boxes_of = paddlex_module("pipelines.components.common.cal_ocr_word_box").cal_ocr_word_box
    selection = np.zeros(int(recognition.steps) + 1, bool)
    selection[list(recognition.columns)] = True
    words = decoder.get_word_info(None, recognition.text, selection)
    texts, boxes = boxes_of(recognition.text, quad, (recognition.steps, *words))
    corners = [np.array(box) for box in boxes]
    return texts, [(*box.min(axis=0).tolist(), *box.max(axis=0).tolist()) for box in corners]


def boxes_by_place(words):
    """Return the boxes from the first to the last by place, whatever their words' order."""
    return sorted(word.box for word in words)


@pytest.mark.parametrize("quad", [LYING, STANDING, FLAT, UPRIGHT])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_words_and_boxes_are_paddlex_own(text, quad):
    """The same characters at the same steps make the same words, and boxes to the pixel; 60 arrangements each."""
    rng = np.random.default_rng(len(text))
    for round_ in range(60):
        steps = float(rng.uniform(len(text) + 1, 4 * len(text) + 9))
        recognition = spread(text, steps, rng if round_ else None)
        texts, boxes = paddlex_words(recognition, quad)
        words = words_of(recognition, quad, PAGE, flipped=False)
        assert [word.text for word in words] == texts, recognition
        assert boxes_by_place(words) == sorted(boxes), recognition


@pytest.mark.parametrize("quad", [LYING, STANDING, FLAT, UPRIGHT])
@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_words_make_the_line(text, quad, flipped):
    """Joined in their order the words are the text; the boxes are whole numbers, in order, and inside the quad's."""
    words = words_of(spread(text, 6.0 * len(text)), quad, PAGE, flipped=flipped)
    assert "".join(word.text for word in words) == text
    assert {type(number) for word in words for number in word.box} == {int}
    (left, top), (right, bottom) = quad.min(axis=0), quad.max(axis=0)
    assert all(left <= box[0] <= box[2] <= right and top <= box[1] <= box[3] <= bottom for box in boxes_by_place(words))
    axis = 1 if np.ptp(quad[:, 1]) > np.ptp(quad[:, 0]) else 0
    centres = [word.box[axis] + word.box[axis + 2] for word in words]
    assert centres == sorted(centres, reverse=flipped)


@pytest.mark.parametrize(("quad", "axis"), [(FLAT, 0), (UPRIGHT, 1)])
def test_a_line_on_its_head_is_mirrored(quad, axis):
    """Its words come in the order of the text, and stand where those of the upright line stand seen from the end."""
    recognition = spread("one 二三 four", 80.0)
    upright = words_of(recognition, quad, PAGE, flipped=False)
    flipped = words_of(recognition, quad, PAGE, flipped=True)
    assert [word.text for word in flipped] == [word.text for word in upright] == ["one", " ", "二", "三", " ", "four"]
    for word, mirrored in zip(upright, flipped, strict=True):
        assert mirrored.box[axis] == 400 - word.box[axis + 2]
        assert mirrored.box[axis + 2] == 400 - word.box[axis]
        assert mirrored.box[1 - axis :: 2] == word.box[1 - axis :: 2] == (0, 30)


def test_boxes_stand_over_their_characters():
    """By hand: of 40 steps over 400 pixels, a word from step 5 to step 7 stands from 50 to 80."""
    recognition = Recognition("abc d", 0.9, (5, 6, 7, 9, 39), 40.0)
    words = words_of(recognition, FLAT, PAGE, flipped=False)
    assert [(word.text, word.box) for word in words] == [
        ("abc", (50, 0, 80, 30)),
        (" ", (90, 0, 100, 30)),
        ("d", (390, 0, 400, 30)),
    ]


def test_chinese_characters_are_as_wide_as_they_stand_apart():
    """By hand: centres 100 pixels apart, the mean of the run's length by its gaps wide, cut off at the line's ends."""
    recognition = Recognition("一二三", 0.9, (0, 10, 20), 40.0)
    words = words_of(recognition, FLAT, PAGE, flipped=False)  # 210 pixels from first to last, by 2 gaps: 105
    assert [(word.text, word.box[0], word.box[2]) for word in words] == [
        ("一", 0, 57),
        ("二", 52, 157),
        ("三", 152, 257),
    ]


@pytest.mark.parametrize(
    "recognition",
    [
        Recognition("", 0.0, (), 40.0),
        Recognition("text", 0.9),
        Recognition("text", 0.9, (), 40.0),
        Recognition("ab", 0.9, (0, 1), 0.0),
    ],
)
def test_without_columns_there_are_no_words(recognition):
    """Nothing was read, or the engine cannot tell where: an empty answer, no guess."""
    assert words_of(recognition, FLAT, PAGE, flipped=False) == ()


@pytest.mark.parametrize("flipped", [False, True])
def test_boxes_end_with_the_page(flipped):
    """A character that was read in the empty canvas behind the line may reach beyond the line, but not off the page."""
    recognition = Recognition("ab 好c", 0.9, (0, 9, 10, 14, 15), 9.5)
    words = words_of(recognition, FLAT, (410, 1000), flipped=flipped)
    sides = [word.box[::2] for word in words]
    if flipped:
        assert sides == [(0, 400), (0, 0), (0, 0), (0, 0)]
    else:
        assert sides == [(0, 410), (410, 410), (400, 400), (410, 410)]


@pytest.mark.parametrize("angle", [-75, -65, -50, 50, 65, 75])
def test_words_of_a_steep_line_stand_one_after_the_other(angle):
    """Rising or falling, each Chinese character has its own share of the line, and the first stands where it begins."""
    direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    across = np.array([-direction[1], direction[0]])
    corners = [-200 * direction - 20 * across, 200 * direction - 20 * across]
    corners += [200 * direction + 20 * across, -200 * direction + 20 * across]
    quad = (np.array(corners) + 500).astype(np.int32)
    words = words_of(Recognition("中文字", 0.9, (5, 15, 25), 40.0), quad, PAGE, flipped=False)
    axis = 1 if abs(angle) > 57 else 0
    centres = [word.box[axis] + word.box[axis + 2] for word in words]
    assert centres == sorted(centres, reverse=angle < 0 and axis == 1)
    assert all(20 < word.box[axis + 2] - word.box[axis] < 150 for word in words)


def test_a_quad_without_length_has_boxes_without_length():
    """A quad of a single pixel's width fails nothing."""
    quad = np.array([[5, 5], [5, 5], [5, 6], [5, 6]], np.int32)
    words = words_of(spread("ab 好", 12.0), quad, PAGE, flipped=False)
    assert [word.text for word in words] == ["ab", " ", "好"]
    assert all(5 <= word.box[0] <= word.box[2] <= 6 for word in words)
