"""Reads all that was asked for. What is wrong with the question itself is found before anything is read."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import replace
from pathlib import Path

from app.command_line import destinations, sources
from app.command_line.arguments import Arguments
from app.command_line.console import Console
from app.command_line.destinations import Destination, Output
from app.command_line.reader import JSON_LINES, Answer, Reader
from app.command_line.sources import STDIN, Source
from app.command_line.turns import in_turn
from app.core import Core
from app.errors import EngineError, InvalidOptionError
from app.processes.channel import Channel
from app.protocols.formats import FORMATS, Format
from app.protocols.native import NativeForm, decode_request
from app.protocols.request import OcrRequest, RequestLimits
from app.protocols.wire import WireRequest

_TEXT = FORMATS["text"]
_MOST_DRAWN_BYTES = 1 << 30
"""Of a file: a searchable PDF has room for a thousand pages and more."""


class Batch:
    """What was asked for."""

    def __init__(self, arguments: Arguments, core: Core) -> None:
        """To be read by *core*.

        Raises:
            InvalidOptionError: That is not possible, whatever is in the files.
        """
        self._arguments = arguments
        self._core = core
        self._console = Console(quiet=arguments.quiet)
        self._request = _request(arguments, core.request_limits)
        self._sources = _sources(arguments)
        self._destination = _destination(arguments, self._sources, self._request.form.choice.format)

    def run(self, engine: Channel) -> bool:
        """Read all of it, once *engine* serves; says whether all was read.

        Raises:
            OcrError: There is no engine, or no more.
            BrokenPipeError: Nobody wants to know any more.
        """
        wanted = [source for source in self._sources if self._is_wanted(source)]
        all_read = len(wanted) == len(self._sources) or self._arguments.skip_existing
        if len(wanted) < len(self._sources) and self._arguments.skip_existing:
            self._console.remark(f"{len(self._sources) - len(wanted)} files left out: their answers are there")
        if not wanted or (self._arguments.fail_fast and not all_read):
            return all_read
        self._core.start(engine)
        threads = min(self._core.plan.slots.active_requests, self._arguments.jobs or len(wanted))
        reader = Reader(self._core, self._request, self._console.page_done)
        with self._progress(len(wanted)), closing(in_turn(wanted, reader.read, threads)) as answers:
            for answer in answers:
                all_read &= self._deliver(answer)
                if self._core.readiness.state == "failed":
                    raise EngineError("the engine ended, and none can be started in its place; --verbose says more")
                if self._arguments.fail_fast and not all_read:
                    break
        return all_read

    def _is_wanted(self, source: Source) -> bool:
        if self._arguments.force or not self._destination.has(source):
            return True
        if not self._arguments.skip_existing:
            self._console.fail(f"{source.name}: its answer is there already; --force or --skip-existing")
        return False

    def _progress(self, files: int) -> AbstractContextManager[None]:
        """A bar, unless answers come on the same terminal: they show it themselves."""
        is_seen = isinstance(self._destination, Output) and sys.stdout.isatty()
        return nullcontext() if is_seen else self._console.progress(files)

    def _deliver(self, answer: Answer) -> bool:
        """Put it where it goes, and tell what was wrong; says whether nothing was."""
        name, failures = answer.source.name, list(answer.failures)
        if answer.body is not None:
            try:
                self._destination.write(answer.source, answer.body)
            except BrokenPipeError:
                raise
            except OSError as error:
                failures.append(f"its answer cannot be written: {error.strerror}")
        for failure in failures:
            self._console.fail(f"{name}: {failure}")
        for remark in answer.remarks:
            self._console.remark(f"{name}: {remark}")
        self._console.file_done()
        return not failures


def _request(arguments: Arguments, limits: RequestLimits) -> OcrRequest[NativeForm]:
    """What is asked of each file: *arguments* as the options of a request, which is read as any other."""
    options = dict(arguments.options)
    if "format" not in options:
        options["format"] = _by_suffix(arguments.output).name if arguments.output else _TEXT.name
    request = decode_request(WireRequest("application/octet-stream", options, body=b"a file"), limits)
    if drawing := request.options.drawing:
        drawing = replace(drawing, most_bytes=_MOST_DRAWN_BYTES)
    return replace(request, images=(), options=replace(request.options, drawing=drawing))


def _by_suffix(output: Path) -> Format:
    """The format of files that end as *output* does; without an end it is text."""
    suffix = output.suffix.lower()
    found = next((each for each in FORMATS.values() if each.suffix == suffix), None)
    if suffix and found is None:
        raise InvalidOptionError(f"{output.name}: no format has files that end in {suffix}; name one with --format")
    return found or _TEXT


def _sources(arguments: Arguments) -> Sequence[Source]:
    names, listed = arguments.files, arguments.files_from
    if listed == STDIN and STDIN in names:
        raise InvalidOptionError("stdin cannot be both a file and the list of files")
    recursive, without = arguments.recursive, arguments.output_dir
    found = list(sources.find(names, recursive=recursive, without=without))
    if listed is not None:
        try:
            more = sources.listed(listed)
        except OSError as error:
            raise InvalidOptionError(f"--files-from {listed}: {error.strerror}") from None
        found += sources.find(more, recursive=recursive, without=without, literal=True)
    if not found:
        raise InvalidOptionError("there is nothing to read: name FILES, or - for stdin")
    return found


def _destination(arguments: Arguments, found: Sequence[Source], wanted: Format) -> Destination:
    if arguments.output_dir:
        return destinations.folder(found, arguments.output_dir, wanted.suffix)
    if arguments.output:
        return destinations.one_file(found, arguments.output)
    if len(found) > 1 and wanted is not _TEXT and wanted not in JSON_LINES:
        raise InvalidOptionError(f"several files as {wanted.name} need --output-dir: they do not go behind each other")
    if sys.stdout.isatty() and not wanted.is_text and wanted not in JSON_LINES:
        raise InvalidOptionError(f"{wanted.name} is nothing for a terminal: --output, or redirect it")
    return Output(above=arguments.header and len(found) > 1 and wanted is _TEXT)
