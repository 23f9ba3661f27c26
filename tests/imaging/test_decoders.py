"""Decoder processes as their askers see them: the same pictures, the same errors, and nothing believed."""

import collections
import contextlib
import dataclasses
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.errors import (
    BrokenImageError,
    DeadlineExceededError,
    ImageTooLargeError,
    InvalidOptionError,
    RequestError,
    UnavailableError,
    UnsupportedMediaError,
)
from app.imaging import pdf_document
from app.imaging.decode import decode_image
from app.imaging.decoders import ROLE, Decoders
from app.imaging.header import ImageLimits
from app.imaging.missing_page import MissingPage
from app.imaging.text_page import TextPage
from app.pipeline.text_layer import LayerOptions, TextLayer
from app.processes import shared_memory
from app.processes.nursery import Nursery, Role
from app.scheduling.deadline import Deadline
from tests import pdf_files

LIMITS = ImageLimits(max_pixels=1_000_000, max_side=5_000)
HOSTILE = Path(__file__).parents[2].parent / "shared" / "hostile"
REAL = Role(ROLE, "app.imaging.decoder_process:serve", (dataclasses.asdict(LIMITS), 5.0), prepare="prepare")


@pytest.fixture
def make():
    """Decoders of a role."""
    with contextlib.ExitStack() as stack:

        def run(role=REAL, **options):
            nursery = Nursery.start((role,))
            stack.callback(nursery.close)
            decoders = Decoders(nursery, 5.0, LIMITS.max_pixels, **options)
            stack.callback(decoders.close)
            return decoders

        yield run


@pytest.fixture
def decoders(make):
    """Decoders as the service has them."""
    return make()


def pixels_of(picture):
    """The pixels that were shared."""
    memory = shared_memory.attach(os.dup(picture.file), picture.height * picture.width * 3)
    return np.frombuffer(memory, np.uint8).reshape(picture.height, picture.width, 3)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_the_picture_is_the_one_that_decoding_gives(decoders, encode, scene, name):
    """To the last bit, with its size, for every format."""
    data = encode(scene, name)
    with decoders.decode(data, Deadline(60)) as picture:
        assert np.array_equal(pixels_of(picture), decode_image(data, LIMITS).pixels)
        assert picture.truncated is False
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(picture.file)


@pytest.mark.parametrize(
    ("data", "error", "detail"),
    [
        (b"hello", UnsupportedMediaError, "no image"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), BrokenImageError, "header"),
        (b"GIF89a" + (3000).to_bytes(2, "little") * 2 + bytes(3) + b",", ImageTooLargeError, "9000000 pixels"),
    ],
)
def test_errors_are_those_of_decoding(decoders, data, error, detail):
    """Class and text come through, and the decoder goes on to the next."""
    with pytest.raises(error, match=detail):
        decoders.decode(data, Deadline(60))


def test_pages_come_one_by_one(decoders):
    """Each page of a document at its resolution, with how many there are; one that is broken is told as that."""
    data = pdf_files.painted(0, 100, 200).replace(b"[10 0 R 12 0 R", b"[10 0 R 99 0 R")
    with decoders.decode(data, Deadline(60), 2, 144) as picture:
        assert (picture.pages, picture.height, picture.width) == (3, 200, 400)
        assert abs(int(pixels_of(picture).mean()) - 200) <= 1
    missing = decoders.decode(data, Deadline(60), 1)
    assert isinstance(missing, MissingPage)
    assert (type(missing.error), missing.pages) == (BrokenImageError, 3)
    with pytest.raises(InvalidOptionError, match="page 4 > 3 pages"):
        decoders.decode(data, Deadline(60), 3)


def test_a_text_layer_comes_in_the_place_of_a_picture(decoders):
    """Where one is wanted and there; a file that has none gives its picture, or an error if no other is wanted."""
    font = b"/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
    written = pdf_files.pages_of([b"BT /F 10 Tf 10 50 Td (two words) Tj ET"] * 2, resources=font)
    text = decoders.decode(written, Deadline(60), 1, 144, layer=LayerOptions(TextLayer.ONLY, words=True))
    assert isinstance(text, TextPage)
    assert (text.width, text.height, text.pages) == (400, 200, 2)
    ((line, words),) = [(line.text, [word.text for word in line.words]) for line in text.lines]
    assert (line, words) == ("two words", ["two", "words"])
    with decoders.decode(written, Deadline(60), layer=LayerOptions(TextLayer.AUTO)) as picture:
        assert picture.pages == 2
    with pytest.raises(InvalidOptionError, match="a BMP has no text layer"):
        decoders.decode(b"BM" + bytes(60), Deadline(60), layer=LayerOptions(TextLayer.ONLY))


def test_a_page_of_text_that_is_none_is_not_believed(make):
    """A decoder that says something else is as good as a broken file."""
    role = Role(ROLE, "tests.imaging.decoder_roles:lie_about_text", ())
    with pytest.raises(BrokenImageError):
        make(role).decode(b"any", Deadline(60), layer=LayerOptions(TextLayer.ONLY))


@pytest.mark.parametrize("kind", ["laughs", "flate", "pattern"])
def test_bombs_in_a_pdf_end_their_decoder_alone(make, kind):
    """Groups without end, a page of far too many bytes, a picture hidden in a pattern: all within limits.

    What a page may take is as much as a picture of the same limits, and a decoder is there for the next.
    """
    decoders = make()

    def peak():
        with decoders.decode(pdf_files.painted(100), Deadline(60)):
            (decoder,) = decoders._idle
        status = Path(f"/proc/{decoder.child.pid}/status").read_text()
        return next(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM"))

    before = peak()
    with contextlib.suppress(BrokenImageError), decoders.decode(bomb(kind), Deadline(60)):
        pass
    assert peak() - before <= pdf_document.LEAST_BYTES + len(bomb(kind)) + (8 << 20)


def test_a_drawing_leaves_no_memory_behind(make):
    """A page of very many lines is very many small blocks: its decoder gives them back before it is asked again."""
    decoders = make()

    def resident():
        (decoder,) = decoders._idle
        return int(Path(f"/proc/{decoder.child.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    with decoders.decode(pdf_files.painted(100), Deadline(60)):
        before = resident()
    with decoders.decode(pdf_files.pages_of([b"0 0 1 1 re f " * 100_000]), Deadline(60)) as picture:
        assert resident() - before < (8 << 20) + 3 * picture.height * picture.width


@pytest.mark.skipif(not HOSTILE.is_dir(), reason="../shared/hostile is not here")
def test_hostile_documents_are_rendered_or_refused(make):
    """Every page of other projects' collections of odd and broken PDFs is a picture or an error; no decoder ends."""
    deaths = []
    decoders = make(on_death=lambda: deaths.append(1))
    outcomes = collections.Counter()
    for path in sorted(HOSTILE.glob("*.pdf")):
        page, pages = 0, 1
        while page < pages:
            try:
                answer = decoders.decode(path.read_bytes(), Deadline(60), page, 50)
            except RequestError as error:
                outcomes[error.code] += 1
                break
            if isinstance(answer, MissingPage):
                outcomes[answer.error.code] += 1
            else:
                outcomes["ok"] += 1
                answer.close()
            page, pages = page + 1, answer.pages
    assert deaths == []
    assert outcomes["ok"] > 40
    assert outcomes.keys() == {"ok", "broken_image", "image_too_large", "document_encrypted", "unsupported_media_type"}


def bomb(kind):
    """A small file that wants far more time or memory than there is."""
    if kind == "flate":
        return pdf_files.pages_of([b" " * 100_000_000])
    box = b"/BBox [0 0 200 100]"
    if kind == "laughs":
        form = b"/Type /XObject /Subtype /Form %s /Resources << /XObject << /F %d 0 R >> >>"
        groups = {1000 + n: pdf_files.stream(b"/F Do " * 10, form % (box, 1001 + n)) for n in range(12)}
        groups[1012] = pdf_files.stream(b"0 0 9 9 re f", b"/Type /XObject /Subtype /Form %s" % box)
        return pdf_files.pages_of([b"/F Do"], resources=b"/XObject << /F 1000 0 R >>", more=groups)
    size = b"/Width 16000 /Height 16000 /BitsPerComponent 8 /ColorSpace /DeviceGray"
    tile = b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 %s /XStep 200 /YStep 100 /Resources << %s >>"
    more = {
        1000: pdf_files.stream(bytes(16_000**2), b"/Type /XObject /Subtype /Image %s" % size),
        1001: pdf_files.stream(b"200 0 0 100 0 0 cm /I Do", tile % (box, b"/XObject << /I 1000 0 R >>")),
    }
    painting = b"/Pattern cs /P scn 0 0 200 100 re f"
    return pdf_files.pages_of([painting], resources=b"/Pattern << /P 1001 0 R >>", more=more)


def test_decoders_are_used_again(decoders, encode, scene):
    """One file after the other needs one process."""
    names = []
    for _ in range(5):
        with decoders.decode(encode(scene, "PNG"), Deadline(60)):
            names.append([decoder.child.pid for decoder in decoders._idle])
    assert len(names[0]) == 1
    assert names == names[:1] * 5


def test_a_decoder_is_replaced_after_many_pictures(decoders, encode, scene, monkeypatch):
    """What a library may leak is bounded."""
    monkeypatch.setattr("app.imaging.decoders._PICTURES", 3)
    seen = set()
    for _ in range(7):
        with decoders.decode(encode(scene, "PNG"), Deadline(60)):
            seen |= {decoder.child.pid for decoder in decoders._idle}
    assert len(seen) == 3


def test_the_deadline_is_the_limit_of_waiting(make):
    """Where the request's time runs out first, that is what is said, and the decoder is given up."""
    decoders = make(Role(ROLE, "tests.imaging.decoder_roles:hang"))
    with pytest.raises(DeadlineExceededError, match="decode"):
        decoders.decode(b"any", Deadline(0.2))
    assert decoders._idle == []


@pytest.mark.parametrize(
    "role",
    [
        "crash",
        "no_file",
        "no_size",
        "chatter",
        "nonsense",
        "depth",
        "many_files",
        "no_head",
        "files_of_an_error",
        "no_memory",
        "too_large",
        "no_page",
        "pages_of_nothing",
    ],
)
def test_a_decoder_is_not_believed(make, role):
    """Whatever one that was taken over may say, it is the image's error, and costs no memory and no descriptor."""
    deaths = []
    decoders = make(Role(ROLE, f"tests.imaging.decoder_roles:{role}"), on_death=lambda: deaths.append(1))
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(BrokenImageError):
        decoders.decode(b"any", Deadline(60))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1  # that of an idle one
    assert len(deaths) in {0, 3}


def test_without_a_nursery_there_are_none(make):
    """That is the service's fault, not the image's."""
    decoders = make()
    decoders._nursery.close()
    with pytest.raises(UnavailableError):
        decoders.decode(b"any", Deadline(60))


def test_a_platform_without_shared_memory_is_not_the_images_fault(make):
    """What the decoder cannot do here is told as that, and not at the first request but at the start."""
    decoders = make(Role(ROLE, "tests.imaging.decoder_roles:cannot_share"))
    with pytest.raises(UnavailableError, match="no memory to share"):
        decoders.start(30)


def test_a_start_finds_a_decoder_that_works(decoders):
    """It decodes a picture, and is there for the next."""
    decoders.start(30)
    assert len(decoders._idle) == 1


def test_decoders_that_cannot_be_started_are_not_the_images_fault(make):
    """Where no process can be had, no file was even looked at."""
    decoders = make(Role("another", "tests.imaging.decoder_roles:hang"))
    with pytest.raises(UnavailableError, match="no decoder can be started"):
        decoders.decode(b"any", Deadline(60))


def test_a_decoder_that_dribbles_is_given_up_at_the_deadline(make):
    """A byte now and then does not keep anybody waiting."""
    decoders = make(Role(ROLE, "tests.imaging.decoder_roles:dribble"))
    with pytest.raises(DeadlineExceededError):
        decoders.decode(b"any", Deadline(0.5))


def test_the_resolution_comes_through(decoders):
    """Of a file that tells one: here a PDF's page, rendered as it was asked for."""
    with decoders.decode(pdf_files.painted(1), Deadline(20), dpi=100.0) as picture:
        assert picture.dpi == pytest.approx(100)
    silent = cv2.imencode(".webp", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    with decoders.decode(silent, Deadline(20)) as picture:
        assert picture.dpi is None
