"""``bench soak``: what it says of memory, and the pictures that it sends."""

import io
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from bench.cli import main
from bench.errors import BenchError
from bench.report.document import read_documents
from bench.report.provenance import new_document
from bench.soak.command import _report_growth
from bench.soak.result import SoakResult, soak_result
from bench.soak.sections import sections
from bench.soak.varying_pictures import LARGEST, SMALLEST, VaryingPictures
from tests.bench.load_samples import MIB, consumption, load_run, outcome
from tests.conftest import IMAGES, Service

LEAKING = Path(__file__).parent / "leaking_server.py"
SUFFIXES = ("json", "md", "html")


def soaked(memory: Sequence[tuple[int, float]], requests: int = 120, settle: int = 20) -> SoakResult:
    """A soak during which memory was seen like this: answers so far, MiB."""
    run = load_run([outcome(float(number + 1)) for number in range(requests)], used=consumption(memory))
    return soak_result(run, settle)


def test_growth_by_hand():
    """Growth is the median of the last tenth against that of the tenth behind the settling.

    Of 120 requests 20 settle; so the first tenth is that from 20 to 30 answers, the last that from 110 to 120.
    """
    before = [(0, 10), (19, 50)]
    early = [(20, 100), (25, 104), (30, 102)]
    between = [(31, 900), (109, 900)]
    late = [(110, 204), (115, 200), (120, 255)]
    result = soaked([*before, *early, *between, *late])
    assert (result.settled_bytes, result.final_bytes) == (102 * MIB, 204 * MIB)
    assert result.growth == 1.0


def test_shrinking():
    """Less memory at the end is negative growth; memory before settling does not count."""
    assert soaked([(0, 1000), (30, 200), (120, 150)]).growth == -0.25


def test_death():
    """What is seen of a tree that has ended, zeros, is no memory."""
    assert soaked([(20, 100), (70, 110), (119, 0), (120, 0)]).growth == pytest.approx(0.1)


@pytest.mark.parametrize(
    "memory", [[], [(0, 100), (10, 100)], [(120, 100)], [(20, 100), (30, 100)], [(20, 0), (120, 0)]]
)
def test_memory_not_seen(memory: Sequence[tuple[int, float]]):
    """Where there are no two tenths to be compared, growth is not known rather than none."""
    assert soaked(memory).growth is None


def test_a_replaced_process_is_told(capsys: pytest.CaptureFixture[str]):
    """Memory that began anew in another process says nothing of growth, whatever the figures: that is a failure."""
    used = replace(consumption([(0, 10), (2, 300), (5, 300), (9, 100)]), ended=1)
    result = soak_result(load_run([outcome()] * 9, used=used), 2)
    assert _report_growth(result, 1000, Console())
    assert "1 of the service's processes ended" in capsys.readouterr().out


def test_nobody_saw():
    """A run whose process nobody could see has no growth, and is shown."""
    result = soak_result(load_run([outcome()] * 9), 2)
    assert result.growth is None
    document = new_document("soak", "x", settings={}, service={}, result=result, started_at="")
    (section,) = sections([document])
    assert section.figures[0].value == "-"


def test_same_pictures_for_the_same_seed():
    """Two soaks with one seed send the same files, another seed gives others."""
    sources = [(IMAGES / name).read_bytes() for name in ("latin.png", "photo.jpg")]
    first, second, other = (VaryingPictures(sources, 200, seed) for seed in (5, 5, 6))
    files = [first.next() for _ in range(40)]
    assert files == [second.next() for _ in range(40)]
    assert files[:10] != [other.next() for _ in range(10)]


def test_sizes():
    """Every picture is a JPEG of its own size, within bounds, wide and tall by turns."""
    varying = VaryingPictures([(IMAGES / "latin.png").read_bytes()], 300, 1)
    sizes = []
    for _ in range(60):
        with Image.open(io.BytesIO(varying.next())) as picture:
            assert picture.format == "JPEG"
            sizes.append(picture.size)
    assert len(set(sizes)) == 60
    assert all(SMALLEST <= side <= 300 for size in sizes for side in size)
    assert min(min(size) for size in sizes) < 100
    assert max(max(size) for size in sizes) > 270
    assert {width > height for width, height in sizes} == {True, False}


@pytest.mark.parametrize("longest", [1, SMALLEST - 1, LARGEST + 1])
def test_impossible_sizes(longest: int):
    """Sides that cannot be are refused at once."""
    with pytest.raises(BenchError, match="longest side"):
        VaryingPictures([(IMAGES / "latin.png").read_bytes()], longest, 1)


def test_no_picture():
    """A file that is no picture is refused at once."""
    with pytest.raises(BenchError, match="Pillow can read"):
        VaryingPictures([b"no picture"], 100, 1)


def soak(folder: Path, *arguments: str) -> int:
    """Run the command on small pictures, writing every kind of report."""
    out = [word for suffix in SUFFIXES for word in ("--out", str(folder / f"out.{suffix}"))]
    return main(["soak", "--longest", "96", *arguments, *out])


def test_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The service itself is started, soaked and reported; whatever it grows by is allowed here."""
    slow = ("--setting", "OCR_ENGINE=null", "--setting", "OCR_NULL_DELAY_SECONDS=0.02")
    assert soak(tmp_path, "--requests", "100", "--settle", "10", "--max-growth", "1000", *slow) == 0
    (document,) = read_documents(tmp_path / "out.json")
    result = document.result_as(SoakResult)
    assert result.run.summary.succeeded == 100
    assert result.growth is not None
    assert result.settled_bytes is not None
    assert result.settled_bytes > 10 * MIB
    assert "settled MiB" in capsys.readouterr().out
    assert "Memory over requests" in (tmp_path / "out.html").read_text(encoding="utf-8")


@pytest.fixture
def leaking_url() -> Iterator[str]:
    """A service that keeps two MiB of each request."""
    with subprocess.Popen(
        [sys.executable, LEAKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.kill()


def test_leak(leaking_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """A service that grows ends in status 1 and in a line that names by how much, however well it answered."""
    monkeypatch.setattr("bench.usage_sampler.UsageSampler.__init__.__defaults__", (0.02,))
    assert soak(tmp_path, "--url", leaking_url, "--requests", "40", "--settle", "4", "--concurrency", "1") == 1
    result = read_documents(tmp_path / "out.json")[0].result_as(SoakResult)
    assert result.run.summary.success_rate == 1
    assert result.growth is not None
    assert result.growth > 1
    assert f"memory grew by {100 * result.growth:.1f} %, 3 % are allowed" in capsys.readouterr().out


def test_short_run(null_service: Service, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A run too short to see growth says so and fails, instead of finding none."""
    assert soak(tmp_path, "--url", null_service.url, "--requests", "6", "--settle", "5") == 1
    assert "not seen long enough" in capsys.readouterr().out
    assert (tmp_path / "out.md").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--settle", "10", "--requests", "10"), "leaves nothing of 10 requests"),
        (("--longest", "10"), "longest side"),
        (("--images", "nowhere.png"), "cannot read nowhere.png"),
        (("--url", "http://127.0.0.1:1"), "no service at"),
    ],
)
def test_impossible_soak(arguments: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]):
    """What cannot be measured ends in status 2 and one line, before anything is started."""
    assert main(["soak", *arguments]) == 2
    assert message in capsys.readouterr().err
