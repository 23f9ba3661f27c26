"""``python -m bench orientation``: do pages that lie on their side, or on their head, come back upright?

Each labelled image is turned clockwise by 0, 90, 180 and 270 degrees and sent with ``autorotate=page``: it came back
upright when the service says that it lay turned by as much. Street scenes, number plates and game dialogs are no
pages, and have a row of their own. Then pages that stand on their head are read with ``autorotate=lines``. The status
is 1 where less than 98 % of the pages came back upright, or a request failed.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track

from bench.accuracy.corpus import Sample, load_corpus
from bench.accuracy.scoring import Score, add_up, score
from bench.client import OcrClient
from bench.command_line import add_corpus_arguments, chosen_sets
from bench.errors import BenchError, RequestFailedError
from bench.prediction import Prediction

MIN_UPRIGHT = 0.98
ANGLES = (0, 90, 180, 270)
NO_PAGES = ("aicup_street", "game_dialog", "icdar2015_scene", "plates_zh")
"""Sets (by the start of their name) that show no page."""

TRUE_ANGLES = {
    "tesseract_test_en/images/phototest-rotated-L.png": 270,
    "tesseract_test_en/images/phototestrot.tif": 270,
}
"""Images whose page does not stand upright in the file: the degrees by which it lies turned clockwise."""

_HEADING = "| what | turned by | images | upright | share | char-F1 |\n| --- | --: | --: | --: | --: | --: |"
_CLOCKWISE = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One image sent turned. angle: clockwise from upright, degrees; found: what the service says it was, if it did."""

    sample: Sample
    angle: int
    found: int | None
    score: Score
    failure: str = ""

    @property
    def is_upright(self) -> bool:
        """Whether it was turned back by as much as it lay turned."""
        return self.found == self.angle


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the subcommand ``orientation``."""
    formatter = argparse.RawDescriptionHelpFormatter
    parser = subparsers.add_parser(
        "orientation", help="turned pages that come back upright", description=__doc__, formatter_class=formatter
    )
    add_corpus_arguments(parser)
    parser.add_argument("--url", required=True, help="the running service, such as http://127.0.0.1:9000")
    parser.add_argument("--out", type=Path, help="write the Markdown table there, too")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run the subcommand; 1 where too few pages came back upright or a request failed, else 0."""
    samples = load_corpus(arguments.corpus, chosen_sets(arguments), arguments.limit)
    side, console = str(arguments.det_max_side), Console(stderr=True)
    with OcrClient(arguments.url, {"det_max_side": side, "autorotate": "page"}) as client:
        client.info()
        turned = [
            _page(client, sample, turn)
            for sample in track(samples, "autorotate=page", console=console, transient=True)
            for turn in ANGLES
        ]
    pages = [attempt for attempt in turned if not attempt.sample.set_name.startswith(NO_PAGES)]
    others = [attempt for attempt in turned if attempt.sample.set_name.startswith(NO_PAGES)]
    straight = [attempt.sample for attempt in pages if attempt.angle == 0 and attempt.sample.key not in TRUE_ANGLES]
    with OcrClient(arguments.url, {"det_max_side": side, "autorotate": "lines"}) as client:
        shown = track(straight, "autorotate=lines", console=console, transient=True)
        lines = [_lines(client, sample) for sample in shown]
    report = _report(pages, others, lines)
    sys.stdout.write(report)
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(report, encoding="utf-8")
    is_good = not pages or upright_share(pages) >= MIN_UPRIGHT
    return 0 if is_good and not any(attempt.failure for attempt in (*turned, *lines)) else 1


def upright_share(attempts: Sequence[Attempt]) -> float:
    """Return the share of the attempts that came back upright, in 0..1."""
    return sum(attempt.is_upright for attempt in attempts) / len(attempts)


def turned_png(path: Path, clockwise: int) -> bytes:
    """Return the picture as shown (EXIF applied), turned clockwise by 0, 90, 180 or 270 degrees, as a PNG file."""
    with Image.open(path) as image:
        upright = ImageOps.exif_transpose(image)
        picture = upright.transpose(_CLOCKWISE[clockwise]) if clockwise else upright
        stream = io.BytesIO()
        (picture.convert("RGB") if picture.mode in {"CMYK", "YCbCr"} else picture).save(stream, "png", compress_level=1)
    return stream.getvalue()


def turned_by_180(prediction: Prediction) -> Prediction:
    """Return the prediction with its outlines where they are once the picture is turned by 180 degrees."""
    lines = tuple(
        replace(line, polygon=tuple((prediction.width - x, prediction.height - y) for x, y in line.polygon))
        for line in prediction.lines
    )
    return replace(prediction, lines=lines)


def _page(client: OcrClient, sample: Sample, turn: int) -> Attempt:
    """Send a picture turned by *turn*, whichever way the page lies in its file."""
    angle = (turn + TRUE_ANGLES.get(sample.key, 0)) % 360
    try:
        prediction = client.read_bytes(turned_png(sample.path, turn))
    except RequestFailedError as failure:
        return Attempt(sample, angle, None, _nothing(sample), str(failure))
    return Attempt(sample, angle, prediction.angle, score(sample, prediction))


def _lines(client: OcrClient, sample: Sample) -> Attempt:
    """Send a page on its head, and have its lines turned one by one."""
    try:
        prediction = client.read_bytes(turned_png(sample.path, 180))
    except RequestFailedError as failure:
        return Attempt(sample, 180, None, _nothing(sample), str(failure))
    return Attempt(sample, 180, prediction.angle, score(sample, turned_by_180(prediction)))


def _nothing(sample: Sample) -> Score:
    """Return the score of an image of which nothing was read."""
    return score(sample, Prediction((), 0, 0, 0.0))


def _report(pages: Sequence[Attempt], others: Sequence[Attempt], lines: Sequence[Attempt]) -> str:
    """Return the table and, below it, what did not come back upright."""
    if not pages and not others:
        raise BenchError("no images")
    turns = [(str(angle), [attempt for attempt in pages if attempt.angle == angle]) for angle in ANGLES]
    rows = [_row("pages", angle, attempts) for angle, attempts in (*turns, ("all", pages)) if attempts]
    rows += [_row("no pages", "all", others)] if others else []
    if lines:
        keys = {attempt.sample.key for attempt in lines}
        as_they_stand = [attempt for attempt in pages if attempt.angle == 0 and attempt.sample.key in keys]
        rows += [_lines_row("the same pages upright", "0", as_they_stand)]
        rows += [_lines_row("pages, `autorotate=lines`", "180", lines)]
    return "\n".join([_HEADING, *rows, "", *_list(pages), *_list(others), *_failures(lines)]) + "\n"


def _row(what: str, angle: str, attempts: Sequence[Attempt]) -> str:
    upright = sum(attempt.is_upright for attempt in attempts)
    return f"| {what} | {angle} | {len(attempts)} | {upright} | {100 * upright / len(attempts):.2f} | {_f1(attempts)} |"


def _lines_row(what: str, angle: str, attempts: Sequence[Attempt]) -> str:
    return f"| {what} | {angle} | {len(attempts)} | - | - | {_f1(attempts)} |"


def _f1(attempts: Sequence[Attempt]) -> str:
    """Return char-F1 against the labels, all images taken together, per cent."""
    return f"{100 * add_up([attempt.score for attempt in attempts]).characters.f1:.2f}"


def _list(attempts: Sequence[Attempt]) -> Iterator[str]:
    """Yield an item an attempt that did not come back upright."""
    for attempt in attempts:
        if not attempt.is_upright:
            said = attempt.failure or f"taken for {attempt.found}"
            yield f"- {attempt.sample.key}, turned by {attempt.angle}: {said}"


def _failures(attempts: Sequence[Attempt]) -> Iterator[str]:
    for attempt in attempts:
        if attempt.failure:
            yield f"- {attempt.sample.key}, autorotate=lines: {attempt.failure}"
