"""What the command is asked for. The options of recognition are texts here: the dialect of requests reads them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from app.version import NAME, VERSION

PROGRAM = "python -m app"

VALUES = {
    "format": "text (default), json, ndjson, tsv, hocr, alto, pdf (searchable), png or jpeg (with boxes).",
    "pages": "Which pages of a PDF or a TIFF, from 1: 1-3,7 or 3-.",
    "dpi": "At which pages of PDFs are made pictures, 10 to 1200.",
    "text_layer": "A PDF's own text in the place of what is seen: never, auto or only.",
    "autorotate": "Turn what does not stand upright: page, lines, on or off.",
    "min_score": "Leave out lines that were read with a lower score, 0 to 1.",
    "det_max_side": "Longest side that the detector sees, in pixels.",
    "spaces": "Where a space stands: sure (default), or likely, too, as pictures want it that were compressed hard.",
}
SWITCHES = {
    "words": "A box for each word (json, ndjson).",
    "picture": "The picture of each page as a data URL (json, ndjson).",
}
"""The service's own options, by its own names: what they mean is checked where those of requests are."""

SETTINGS = {"model": "Model tier: OCR_MODEL.", "engine": "Inference engine: OCR_ENGINE."}
"""Settings that have an option beside their variable."""


@dataclass(frozen=True, slots=True)
class Arguments:
    """files: as they were given. options, settings: by their names, those that were given.

    output, output_dir: where answers go, stdout where there is neither. timeout: seconds for each file.
    """

    files: tuple[str, ...]
    files_from: str | None
    recursive: bool
    output: Path | None
    output_dir: Path | None
    force: bool
    skip_existing: bool
    header: bool
    jobs: int | None
    timeout: float | None
    fail_fast: bool
    quiet: bool
    verbose: bool
    options: Mapping[str, str]
    settings: Mapping[str, str]


def parse(arguments: Sequence[str]) -> Arguments | int:
    """*arguments*; or an exit status, where they ask for no more than help, which was given.

    Raises:
        click.ClickException: They are wrong.
    """
    parsed: Arguments | int = _program.main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
    return parsed


@click.group(no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name=NAME)
def _program() -> None:
    """Reads text in pictures. The settings are the service's, OCR_* in the environment: see docs/settings.md."""


def _recognition(command: Callable[..., Any]) -> Callable[..., Any]:
    """*command* with an option for each of the service's own."""
    for name, text in reversed((SETTINGS | VALUES | SWITCHES).items()):
        long = name.replace("_", "-")
        kind: dict[str, Any] = {"metavar": "TEXT"}
        if name in SWITCHES:
            long, kind = f"{long}/--no-{long}", {"default": None}
        command = click.option(f"--{long}", name, help=text, **kind)(command)
    return command


@_program.command("ocr", no_args_is_help=True)
@click.argument("files", nargs=-1, metavar="FILES...")
@_recognition
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the answer of one file here.")
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path),
    help="Write an answer a file here: scan.pdf becomes scan.txt; folders below what all FILES share are kept.",
)
@click.option("--force", is_flag=True, help="Write over what is there.")
@click.option("--skip-existing", is_flag=True, help="Read only files whose answers are not there yet.")
@click.option("-r", "--recursive", is_flag=True, help="Read the pictures and documents in folders, and in theirs.")
@click.option("--files-from", metavar="FILE", help="Read names from FILE, or - for stdin: a line each, or NUL between.")
@click.option("--header/--no-header", default=True, help="Several texts: whether ==> name <== stands above each.")
@click.option("-j", "--jobs", type=click.IntRange(1), help="Files read at a time; most: processors, and one.")
@click.option("--timeout", type=click.FloatRange(0.05, 7 * 86400), help="Seconds that a file may take.")
@click.option("--fail-fast", is_flag=True, help="End with the first file that cannot be read.")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar, and no word of what was left out.")
@click.option("-v", "--verbose", is_flag=True, help="Write the service's log to stderr.")
def _ocr(**given: Any) -> Arguments:
    """Read the text of FILES: pictures, PDFs, patterns such as 'scans/**/*.jpg', or - for stdin.

    Texts go to stdout in the order of FILES, errors to stderr. Exit status: 0 all were read, 1 some were not, 2 the
    options or settings are wrong, 3 the engine cannot start.
    """
    options = {name: given.pop(name) for name in VALUES}
    options |= {name: _switch(given.pop(name)) for name in SWITCHES}
    settings = {name: given.pop(name) for name in SETTINGS}
    if given["output"] and given["output_dir"]:
        raise click.UsageError("--output and --output-dir exclude each other")
    if given["force"] and given["skip_existing"]:
        raise click.UsageError("--force and --skip-existing exclude each other")
    return Arguments(**given, options=_given(options), settings=_given(settings))


def _switch(value: bool | None) -> str | None:  # noqa: FBT001 - click's
    return None if value is None else str(value).lower()


def _given(texts: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text is not None}
