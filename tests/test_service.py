"""The use case: admission, then decoding, then the pipeline; one image's fault is its own."""

import io
import threading
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from app.errors import (
    AnswerTooLargeError,
    BrokenImageError,
    DeadlineExceededError,
    DrainingError,
    EngineError,
    ImageTooLargeError,
    InvalidOptionError,
    MalformedRequestError,
    NotReadyError,
    QueueFullError,
    UnavailableError,
    UnsupportedMediaError,
    UrlUnreachableError,
)
from app.fetching.intake import ImageIntake
from app.fetching.remote_image import RemoteImage
from app.imaging.documents import decode_page
from app.imaging.header import ImageLimits
from app.imaging.missing_page import MissingPage
from app.imaging.text_page import TextPage
from app.pipeline.document_options import DocumentOptions
from app.pipeline.result import Drawing, DrawingOptions, Line, Page
from app.pipeline.text_layer import Source, TextLayer
from app.scheduling.admission import Admission
from app.scheduling.deadline import Deadline
from app.scheduling.readiness import Readiness
from app.service import OcrService
from tests import pdf_files
from tests.options import page_options

OPTIONS = page_options(960, 0.5)


def png(grey, height=8, width=10):
    """Return an even picture as a PNG."""
    return cv2.imencode(".png", np.full((height, width, 3), grey, np.uint8))[1].tobytes()


class Pipeline:
    """Reads a picture as its first pixel, keeps the runs it was given, and can do something meanwhile."""

    def __init__(self, meanwhile=lambda: None):
        self.meanwhile, self.runs = meanwhile, []

    def recognise(self, picture, run):
        """Answer with a page of one line."""
        assert not picture.is_closed
        self.runs.append(run)
        self.meanwhile()
        height, width = picture.pixels.shape[:2]
        line = Line(str(picture.pixels[0, 0, 0]), 1.0, ((0, 0), (1, 0), (1, 1), (0, 1)))
        return Page(0, width, height, 0, (line,))


class Picture:
    """A picture that knows whether it was closed."""

    def __init__(self, decoded):
        self.pixels, self.truncated, self.pages = decoded.pixels, decoded.truncated, decoded.pages
        self.dpi = decoded.dpi
        self.is_closed = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.is_closed = True


class Decoder:
    """Decodes in this process, and keeps the pictures that it gave."""

    def __init__(self):
        self.pictures, self.drawn, self.drawing = [], [], None
        self._lock = threading.Lock()  # a page of a PDF is rendered under limits of the whole process

    def decode(self, data, _, page, dpi, *, layer):
        """Decode within small limits."""
        with self._lock:
            picture = decode_page(data, ImageLimits(max_pixels=1000, max_side=100), page, dpi, layer)
        if isinstance(picture, MissingPage | TextPage):
            return picture
        self.pictures.append(Picture(picture))
        return self.pictures[-1]

    def draw(self, picture, page, options, _):
        """Draw what was read, of a picture that is there."""
        assert not picture.is_closed
        self.drawn.append(options)
        if isinstance(self.drawing, Exception):
            raise self.drawing
        time.sleep(0.01)
        return {Drawing.OVERLAY: page.text.encode()}


class Setting:
    """A service with its collaborators."""

    def __init__(self, pipeline, fetcher=None, permits=1):
        self.pipeline = pipeline
        self.intake = ImageIntake(fetcher, 1)
        self.admission = Admission(permits, 0, lambda _: None, lambda _: None)
        self.readiness = Readiness()
        self.readiness.ready(pipeline)
        self.decoder = Decoder()
        self.service = OcrService(self.intake, self.admission, self.readiness, self.decoder, pipeline)

    def recognise(self, *images, deadline=None, options=OPTIONS, **documents):
        """Send a request."""
        return self.service.recognise(images, options, DocumentOptions(**documents), deadline or Deadline(60))


@pytest.fixture
def setting():
    """A service that is ready and lets one request in at a time."""
    return Setting(Pipeline())


def texts(result):
    """Return each image's text, or its error's class."""
    return [type(image.error) if image.error else image.text for image in result.images]


def test_images_are_answered_in_order(setting):
    """A result an image, in the request's order, under the request's own options and one ticket."""
    result = setting.recognise(png(10), png(20), png(30))
    assert texts(result) == ["10", "20", "30"]
    assert [run.options for run in setting.pipeline.runs] == [OPTIONS] * 3
    assert len({run.ticket for run in setting.pipeline.runs}) == 1


def test_a_bad_image_costs_only_its_own_answer(setting):
    """Unknown, damaged, too large and unpacked in vain: each error is its image's, the others are read."""
    unpacked = MalformedRequestError("no base64")
    result = setting.recognise(png(10), b"hello", png(20)[:40], png(1, 40, 40), unpacked, png(30))
    assert texts(result) == [
        "10",
        UnsupportedMediaError,
        BrokenImageError,
        ImageTooLargeError,
        MalformedRequestError,
        "30",
    ]
    assert result.images[4].error is unpacked
    assert result.images[1].pages == ()
    assert len(setting.pipeline.runs) == 2


def test_later_requests_have_higher_tickets(setting):
    """Tickets follow the order of admission."""
    for _ in range(3):
        setting.recognise(png(1))
    tickets = [run.ticket for run in setting.pipeline.runs]
    assert tickets == sorted(set(tickets))


def test_requests_share_no_timings(setting):
    """Each request's timings are its own, and its decoding is in them."""
    first, second = setting.recognise(png(1)), setting.recognise(png(2))
    assert first.timings is not second.timings
    assert first.timings.decode > 0
    assert first.total >= first.timings.decode + first.timings.queue


def test_nothing_is_decoded_without_a_permit(setting):
    """A refused request costs no decoding: admission comes first."""
    setting.admission.drain()
    with pytest.raises(DrainingError):
        setting.recognise(png(1))
    assert setting.decoder.pictures == []


def test_pictures_are_given_back(setting):
    """The memory of each picture is free once it was read, and where reading it failed."""
    setting.recognise(png(1), png(2))
    failing = Setting(Pipeline(meanwhile=lambda: (_ for _ in ()).throw(EngineError("broken"))))
    with pytest.raises(EngineError):
        failing.recognise(png(3))
    pictures = setting.decoder.pictures + failing.decoder.pictures
    assert [picture.is_closed for picture in pictures] == [True] * 3


def test_a_request_before_the_models_are_there_waits_within_its_deadline():
    """Not ready is said at the deadline, and the permit is given back."""
    setting = Setting(Pipeline())
    setting.readiness = Readiness()
    service = OcrService(setting.intake, setting.admission, setting.readiness, setting.decoder, setting.pipeline)
    with pytest.raises(NotReadyError):
        service.recognise([png(1)], OPTIONS, DocumentOptions(), Deadline(0.02))
    setting.readiness.ready(setting.pipeline)
    assert texts(service.recognise([png(1)], OPTIONS, DocumentOptions(), Deadline(60))) == ["1"]


def test_the_deadline_stops_between_images():
    """Once the time is up the remaining images are not decoded, not read, and the request fails as a whole."""
    deadline = Deadline(60)
    setting = Setting(Pipeline(meanwhile=deadline.abandon))
    with pytest.raises(DeadlineExceededError):
        setting.recognise(png(1), png(2), png(3), deadline=deadline)
    assert len(setting.pipeline.runs) == 1


def test_a_failed_request_leaves_no_work_behind():
    """When the engine fails, the request's deadline is given up, so that its queued work is dropped."""
    error = EngineError("broken")

    def fail():
        raise error

    setting, deadline = Setting(Pipeline(meanwhile=fail)), Deadline(60)
    with pytest.raises(EngineError) as caught:
        setting.recognise(png(1), png(2), deadline=deadline)
    assert caught.value is error
    assert deadline.remaining() == 0


def test_a_failed_request_gives_its_permit_back():
    """After a failure the next request is let in."""
    failing = [True]

    def fail_once():
        if failing.pop():
            raise EngineError("broken")

    setting = Setting(Pipeline(meanwhile=fail_once))
    with pytest.raises(EngineError):
        setting.recognise(png(1))
    failing.append(False)
    assert texts(setting.recognise(png(2))) == ["2"]


def test_images_of_a_request_are_worked_on_at_the_same_time():
    """Three permits, nobody else: three pictures at a time, never more decoded, and the results are in order."""
    meeting, most = threading.Barrier(3), []

    def meet():
        meeting.wait(20)
        most.append(sum(not picture.is_closed for picture in setting.decoder.pictures))

    setting = Setting(Pipeline(meanwhile=meet), permits=3)
    result = setting.recognise(*(png(grey) for grey in (10, 20, 30, 40, 50, 60)))
    assert texts(result) == ["10", "20", "30", "40", "50", "60"]
    assert max(most) <= 3
    assert all(picture.is_closed for picture in setting.decoder.pictures)


def test_timings_are_those_of_all_images():
    """Each image has timings of its own, which nobody else writes to; the request's are their sum."""

    class Timed(Pipeline):
        def recognise(self, picture, run):
            run.timings.detect += 1.0
            run.timings.recognise += 0.5
            return super().recognise(picture, run)

    setting = Setting(Timed(), permits=3)
    result = setting.recognise(*(png(grey) for grey in range(8)))
    assert (result.timings.detect, result.timings.recognise) == (8.0, 4.0)
    assert len({id(run.timings) for run in setting.pipeline.runs}) == 8
    assert 0 < result.timings.decode < 8


def test_an_engine_that_fails_ends_all_images_of_a_request():
    """While one fails others are at work: they are given up, nothing is begun after, and no picture stays."""
    both, error = threading.Barrier(2), EngineError("broken")

    def fail_second():
        gone = threading.Event()
        with deadline.abandonment_told_to(gone.set):
            if both.wait(20) == 0:
                raise error
            assert gone.wait(20)
        deadline.check("recognise")

    setting, deadline = Setting(Pipeline(meanwhile=fail_second), permits=2), Deadline(60)
    with pytest.raises(EngineError) as caught:
        setting.recognise(*(png(grey) for grey in range(6)), deadline=deadline)
    assert caught.value is error
    assert len(setting.pipeline.runs) == 2
    assert all(picture.is_closed for picture in setting.decoder.pictures)
    assert not [thread for thread in threading.enumerate() if thread.name == "spread"]


def test_more_frames_than_were_read_are_said_so(setting):
    """An animation's first frame is served, with truncated set."""
    stream = io.BytesIO()
    frames = [Image.new("RGB", (10, 8), colour) for colour in ("black", "white")]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    (image,) = setting.recognise(stream.getvalue()).images
    assert image.truncated is True


def test_a_page_knows_its_files_resolution(setting):
    """As its decoder tells it."""
    stream = io.BytesIO()
    Image.new("RGB", (10, 8)).save(stream, "JPEG", dpi=(300, 300))
    (page,) = setting.recognise(stream.getvalue()).images[0].pages
    assert page.dpi == 300
    assert setting.recognise(png(1)).images[0].pages[0].dpi is None


def test_nothing_is_drawn_unless_asked_for(setting):
    """No decoder is bothered."""
    assert setting.recognise(png(1)).images[0].drawings == ()
    assert setting.decoder.drawn == []


def test_pages_are_drawn_while_their_pictures_are_there(setting):
    """As the request wants it, each beside its own page, none for an image that has no page; the time is in the sum."""
    wanted = DrawingOptions(frozenset({Drawing.OVERLAY}))
    result = setting.recognise(png(10), b"hello", png(20), options=replace(OPTIONS, drawing=wanted))
    drawings = [image.drawings for image in result.images]
    assert drawings == [({Drawing.OVERLAY: b"10"},), (), ({Drawing.OVERLAY: b"20"},)]
    assert setting.decoder.drawn == [wanted] * 2
    assert result.timings.assemble >= 0.02
    assert [picture.is_closed for picture in setting.decoder.pictures] == [True] * 2


def test_drawings_take_no_more_memory_than_they_may(setting):
    """A page that there is no room for is an error in its place, and so are those behind it, of which no picture is
    made; another request has room of its own.
    """
    options = replace(OPTIONS, drawing=DrawingOptions(frozenset({Drawing.OVERLAY}), most_bytes=10))
    document = pdf_files.painted(102, 153, 204, 255, 5, box=WIDE)
    for number in (1, 2):
        result = setting.recognise(document, options=options, dpi=72.0)
        failed = [(3, AnswerTooLargeError), (4, AnswerTooLargeError)]
        assert pages_read(result) == ([(0, "102"), (1, "153"), (2, "204")], failed)
        assert len(setting.decoder.pictures) == 4 * number
        assert [drawn[Drawing.OVERLAY] for drawn in result.images[0].drawings] == [b"102", b"153", b"204"]


def test_a_page_that_cannot_be_drawn_fails_the_request(setting):
    """It is the service's fault: no answer without what was asked for, and the picture's memory is given back."""
    setting.decoder.drawing = UnavailableError("no decoder")
    drawing = DrawingOptions(frozenset({Drawing.OVERLAY}))
    with pytest.raises(UnavailableError):
        setting.recognise(png(1), options=replace(OPTIONS, drawing=drawing))
    assert [picture.is_closed for picture in setting.decoder.pictures] == [True]
    assert texts(setting.recognise(png(2))) == ["2"]


WIDE = b"0 0 30 20"


def pages_read(result):
    """Return the indices and texts of the pages of the first image, and what failed of it."""
    (image, *_) = result.images
    return [(page.index, page.text) for page in image.pages], [(page.index, type(page.error)) for page in image.failed]


def test_the_pages_of_a_document_are_read_in_order():
    """All of them, each with its index, over as many permits as are free; images around it keep their place."""
    setting = Setting(Pipeline(), permits=3)
    result = setting.recognise(pdf_files.painted(0, 51, 102, 204, box=WIDE), png(5), dpi=72.0)
    assert pages_read(result) == ([(0, "0"), (1, "51"), (2, "102"), (3, "204")], [])
    assert texts(result)[1] == "5"
    assert not result.images[0].truncated
    assert len({id(run.timings) for run in setting.pipeline.runs}) == 5
    assert len({run.ticket for run in setting.pipeline.runs}) == 1


def test_pages_are_worked_on_at_the_same_time():
    """Once the first page has told how many there are, three permits have three of them at work, never more decoded."""
    meeting, most = threading.Barrier(3), []

    def meet():
        meeting.wait(20)
        most.append(sum(not picture.is_closed for picture in setting.decoder.pictures))

    setting = Setting(Pipeline(meanwhile=meet), permits=3)
    result = setting.recognise(pdf_files.painted(*range(0, 60, 10), box=WIDE), dpi=72.0)
    assert [page.index for page in result.images[0].pages] == list(range(6))
    assert max(most) <= 3
    assert all(picture.is_closed for picture in setting.decoder.pictures)


def test_the_pages_that_were_asked_for_are_read(setting):
    """Those alone are decoded, at the resolution that was asked for."""
    document = pdf_files.painted(0, 51, 102, 153, 204, box=WIDE)
    result = setting.recognise(document, pages=((2, 3), (5, None)), dpi=36.0)
    assert pages_read(result) == ([(1, "51"), (2, "102"), (4, "204")], [])
    assert [picture.pixels.shape for picture in setting.decoder.pictures] == [(10, 15, 3)] * 3


def test_of_too_many_pages_the_first_are_read(setting):
    """And it is said that there were more."""
    result = setting.recognise(pdf_files.painted(0, 51, 102, box=WIDE), dpi=72.0, most=2)
    assert pages_read(result) == ([(0, "0"), (1, "51")], [])
    assert (result.images[0].truncated, result.images[0].count) == (True, 3)


@pytest.mark.parametrize("pages", [((1, 4),), ((4, None),), ((2, 2), (9, 9))])
def test_a_page_that_there_is_not_is_that_documents_error(setting, pages):
    """Nothing of it is recognised; another image of the request, which has that page, is."""
    three, nine = (pdf_files.painted(*range(count), box=WIDE) for count in (3, 9))
    result = setting.recognise(three, nine, pages=pages, dpi=72.0)
    assert texts(result)[0] is InvalidOptionError
    assert result.images[1].pages
    assert all(picture.is_closed for picture in setting.decoder.pictures)


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_a_page_that_cannot_be_read_is_told_and_costs_no_other(setting, broken):
    """Whichever it is, the first as well: it has an error, with its index, and its neighbours are read."""
    kids = [b"10 0 R", b"12 0 R", b"14 0 R"]
    spoilt = [b"99 0 R" if number == broken else kid for number, kid in enumerate(kids)]
    document = pdf_files.painted(0, 51, 102, box=WIDE).replace(b" ".join(kids), b" ".join(spoilt))
    read = [(0, "0"), (1, "51"), (2, "102")]
    expected = [page for page in read if page[0] != broken]
    assert pages_read(setting.recognise(document, dpi=72.0)) == (expected, [(broken, BrokenImageError)])


def test_a_document_of_which_no_page_can_be_read_is_an_error(setting):
    """The first page's: there is nothing to answer with."""
    result = setting.recognise(pdf_files.painted(0, 51, box=b"0 0 9000000 9000000"), dpi=72.0)
    assert texts(result) == [ImageTooLargeError]
    assert result.images[0].failed == ()


def test_pages_are_told_while_others_are_read():
    """Each in its order, before the next is begun where there is one permit; the result is the same as ever."""
    told = []
    setting = Setting(Pipeline(meanwhile=lambda: seen.append(len(told))))
    seen = []
    document = pdf_files.painted(0, 51, 102, box=WIDE)
    documents = DocumentOptions(dpi=72.0)
    result = setting.service.recognise([png(5), document], OPTIONS, documents, Deadline(60), told.append)
    assert seen == [0, 1, 2, 3]
    assert [progress.image for progress in told] == [0, 1, 1, 1]
    pages = [page for image in result.images for page in image.pages]
    assert [progress.outcome for progress in told] == pages


WRITTEN = pdf_files.pages_of(
    [b"BT /F 10 Tf 10 40 Td (%s) Tj ET" % (b"words and words " * 4)] * 2,
    b"0 0 400 60",
    b"/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>",
)


@pytest.mark.parametrize("layer", [TextLayer.AUTO, TextLayer.ONLY])
def test_a_text_layer_takes_the_place_of_reading(layer):
    """No picture is made of the page and no engine asked; it says where its text comes from."""
    setting = Setting(Pipeline())
    result = setting.recognise(WRITTEN, dpi=7.2, text_layer=layer)
    pages = result.images[0].pages
    assert [(page.index, page.source, page.width) for page in pages] == [
        (0, Source.TEXT_LAYER, 40),
        (1, Source.TEXT_LAYER, 40),
    ]
    assert {page.text for page in pages} == {"words and words words and words words and words words and words"}
    assert (setting.pipeline.runs, setting.decoder.pictures) == ([], [])


def test_what_has_no_text_layer_is_read(setting):
    """And says so; where nobody asked nothing is said."""
    result = setting.recognise(pdf_files.painted(0, box=WIDE), png(7), dpi=72.0, text_layer=TextLayer.AUTO)
    assert [image.pages[0].source for image in result.images] == [Source.OCR, Source.OCR]
    assert texts(result) == ["0", "7"]
    assert setting.recognise(png(7)).images[0].pages[0].source is None


def test_a_text_layer_alone_is_not_to_be_had_of_a_picture(setting):
    """It is that image's error; of a page that has no text the text is empty."""
    result = setting.recognise(png(7), pdf_files.painted(0, box=WIDE), dpi=72.0, text_layer=TextLayer.ONLY)
    assert texts(result) == [InvalidOptionError, ""]
    assert setting.pipeline.runs == []


class Fetcher:
    """Has pictures by their URLs, and can do something meanwhile."""

    def __init__(self, meanwhile, pictures):
        self.meanwhile, self.pictures = meanwhile, pictures

    def fetch(self, url, _taken, _deadline):
        """Fetch *url*."""
        self.meanwhile()
        if url not in self.pictures:
            raise UrlUnreachableError("gone")
        return self.pictures[url]


def test_a_slow_origin_costs_no_permit():
    """Images by URL are fetched before their request is let in: meanwhile others are; that time counts as decoding."""
    others = []

    def serve_another():
        others.append(texts(setting.recognise(png(5))))
        time.sleep(0.05)

    setting = Setting(Pipeline(), Fetcher(serve_another, {"a": png(10), "b": png(20)}))
    result = setting.recognise(RemoteImage("a"), RemoteImage("gone"), RemoteImage("b"))
    assert texts(result) == ["10", UrlUnreachableError, "20"]
    assert others == [["5"]] * 3
    assert result.timings.decode >= 0.15
    assert result.timings.queue + result.timings.decode <= result.total


def test_nothing_is_fetched_for_a_request_that_is_refused():
    """Where all permits are out and nobody may wait, no origin is asked."""
    setting = Setting(Pipeline(), Fetcher(lambda: pytest.fail("fetched"), {}))
    with setting.admission.permit(Deadline(60)), pytest.raises(QueueFullError):
        setting.recognise(RemoteImage("a"))
