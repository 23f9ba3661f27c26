"""Decoders that draw, as their askers see them: what drawing gives, and whatever fails is not the image's fault."""

import contextlib
import dataclasses
import os
from pathlib import Path

import numpy as np
import pytest

from app.errors import DeadlineExceededError, RequestError, UnavailableError
from app.imaging.decoders import ROLE, Decoders
from app.imaging.header import ImageLimits
from app.imaging.shared_picture import SharedPicture
from app.pipeline.result import Drawing, DrawingFormat, DrawingOptions, Line, Page
from app.processes import shared_memory
from app.processes.nursery import Nursery, Role
from app.render.drawings import draw
from app.render.lettering import Lettering
from app.scheduling.deadline import Deadline

LIMITS = ImageLimits(max_pixels=1_000_000, max_side=5_000)
REAL = Role(ROLE, "app.imaging.decoder_process:serve", (dataclasses.asdict(LIMITS), 5.0), prepare="prepare")
PAGE = Page(0, 90, 60, 90, (Line("Hello", 0.9, ((10, 10), (80, 10), (80, 40), (10, 40))),))
BOTH = DrawingOptions(frozenset({Drawing.INPUT, Drawing.SIDE_BY_SIDE}), DrawingFormat.PNG, 100)


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
def pixels():
    """A picture that lies turned: 60 wide, 90 high."""
    return np.random.default_rng(5).integers(0, 256, (90, 60, 3), np.uint8)


@pytest.fixture
def shared(pixels):
    """The picture as decoders share it."""
    file, memory = shared_memory.create(pixels.nbytes)
    memory[:] = pixels.tobytes()
    memory.close()
    with SharedPicture(file, 90, 60, truncated=False, pages=1) as picture:
        yield picture


def open_files():
    """How many descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_drawings_are_those_that_drawing_gives(make, pixels, shared):
    """To the last byte, each under its name, and the picture is as it was and still open."""
    drawings = make().draw(shared, PAGE, BOTH, Deadline(60))
    assert drawings == draw(pixels, PAGE, BOTH, Lettering())
    memory = shared_memory.attach(os.dup(shared.file), pixels.nbytes)
    assert memory[:] == pixels.tobytes()


def test_a_font_can_be_brought_along(make, shared):
    """What the service was told is used by those that draw, and a file that is no font means that none starts."""
    role = dataclasses.replace(REAL, arguments=(*REAL.arguments, Path(__file__)))
    with pytest.raises(UnavailableError, match="no decoder"):
        make(role).draw(shared, PAGE, BOTH, Deadline(60))


def test_decoding_and_drawing_take_turns(make, shared, encode, scene):
    """One process does both, one after the other, and keeps no descriptors of either."""
    decoders = make()
    seen, files = set(), set()
    for _ in range(5):
        with decoders.decode(encode(scene, "PNG"), Deadline(60)):
            decoders.draw(shared, PAGE, BOTH, Deadline(60))
        (decoder,) = decoders._idle
        seen.add(decoder.child.pid)
        files.add(len(list(Path(f"/proc/{decoder.child.pid}/fd").iterdir())))
    assert len(seen) == 1
    assert len(files) == 1


def test_nothing_wanted_is_nothing_drawn(make, shared):
    """No drawings, and no error."""
    assert make().draw(shared, PAGE, DrawingOptions(frozenset()), Deadline(60)) == {}


@pytest.mark.parametrize(
    "role",
    [
        "crash",
        "cannot_draw",
        "nonsense",
        "depth",
        "no_head",
        "many_files",
        "too_few_drawings",
        "sizes_of_others",
        "sizes_of_none",
        "too_much_drawn",
        "files_of_a_drawing",
    ],
)
def test_what_goes_wrong_is_the_services_fault(make, shared, role):
    """The image was read already: whatever a decoder says or does not say, trying again may help, and nothing leaks."""
    deaths = []
    decoders = make(Role(ROLE, f"tests.imaging.decoder_roles:{role}"), on_death=lambda: deaths.append(1))
    before = open_files()
    with pytest.raises(UnavailableError) as caught:
        decoders.draw(shared, PAGE, BOTH, Deadline(60))
    assert not isinstance(caught.value, RequestError)
    assert open_files() <= before + 1  # that of an idle one
    assert len(deaths) in {0, 3}


def test_the_deadline_is_the_limit_of_waiting(make, shared):
    """Where the request's time runs out first, that is what is said, and the decoder is given up."""
    decoders = make(Role(ROLE, "tests.imaging.decoder_roles:hang"))
    with pytest.raises(DeadlineExceededError, match="assemble"):
        decoders.draw(shared, PAGE, BOTH, Deadline(0.2))
    assert decoders._idle == []


def test_drawing_takes_no_more_processor_time_than_decoding(make, shared):
    """The kernel ends what takes longer, and no second one is tried on the same page."""
    deaths = []
    role = dataclasses.replace(REAL, arguments=(dataclasses.asdict(LIMITS), 0.001))
    decoders = make(role, on_death=lambda: deaths.append(1))
    decoders._seconds = 0.0
    lines = PAGE.lines * 20_000
    with pytest.raises(UnavailableError, match="could not be drawn"):
        decoders.draw(shared, dataclasses.replace(PAGE, lines=lines), BOTH, Deadline(60))
    assert deaths == [1]


def test_drawing_stays_within_the_memory_of_decoding(make, shared):
    """What would take more is refused, and the decoder goes on."""
    decoders = make()
    absurd = DrawingOptions(frozenset({Drawing.SIDE_BY_SIDE}), DrawingFormat.PNG, 30_000)
    file, memory = shared_memory.create(15_000 * 15_000 * 3)
    memory.close()
    with SharedPicture(file, 15_000, 15_000, truncated=False, pages=1) as picture, pytest.raises(UnavailableError):
        decoders.draw(picture, dataclasses.replace(PAGE, angle=0), absurd, Deadline(60))
    assert decoders.draw(shared, PAGE, BOTH, Deadline(60)).keys() == BOTH.wanted
