"""The processes beside the worker: what each is for, and what it is told. To be started before anything else."""

from pathlib import Path

from app.engine_plan import EnginePlan
from app.errors import ConfigurationError
from app.imaging import decoders
from app.inference import supervisor
from app.processes.channel import Channel
from app.processes.nursery import Nursery, Role

_FONT_MAGIC = {b"\x00\x01\x00\x00", b"true", b"OTTO", b"ttcf"}
"""What font files and collections of them begin with."""

_DECODER_OOM_SCORE, _ENGINE_OOM_SCORE = 500, 300
"""Where memory runs out it is the decoder that goes, then the engine: the worker answers for both."""


def start_nursery(plan: EnginePlan) -> Nursery:
    """Fork the nursery of engines as in *plan*, and of decoders with the limits of its settings.

    Raises:
        ConfigurationError: The font is none.
    """
    settings = plan.settings
    if settings.font:
        _check_font(settings.font)
    limits = {"max_pixels": settings.max_pixels, "max_side": settings.max_side, "max_frames": settings.max_frames}
    return Nursery.start(
        (
            Role(
                decoders.ROLE,
                "app.imaging.decoder_process:serve",
                (limits, settings.decode_seconds, settings.font),
                prepare="prepare",
                oom_score=_DECODER_OOM_SCORE,
            ),
            Role(supervisor.ROLE, "app.inference.engine_process:serve", (plan,), oom_score=_ENGINE_OOM_SCORE),
        )
    )


def _check_font(file: Path) -> None:
    """Tell a wrong file before a decoder ends of it."""
    try:
        with file.open("rb") as opened:
            magic = opened.read(4)
    except OSError as error:
        raise ConfigurationError(f"OCR_FONT={str(file)!r}: {error.strerror}") from None
    if magic not in _FONT_MAGIC:
        raise ConfigurationError(f"OCR_FONT={str(file)!r}: neither a TrueType nor an OpenType font")


def begin_engine(nursery: Nursery) -> Channel:
    """Begin the first engine, which loads while other work is done."""
    return nursery.begin(supervisor.ROLE)
