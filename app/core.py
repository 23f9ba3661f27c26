"""What reads, by whichever door it is asked: the collaborators that the service and the command line have in common."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.engine_plan import EnginePlan
from app.engines.detection_options import DetectionOptions
from app.fetching.intake import ImageIntake
from app.imaging.decoders import Decoders
from app.inference.engine_client import EngineClient
from app.inference.replacement import ReplacementRules
from app.inference.supervisor import EngineSupervisor, Events
from app.pipeline.document_options import DocumentOptions
from app.pipeline.result import PageOptions
from app.processes.channel import Channel
from app.processes.nursery import Nursery
from app.protocols.request import RequestLimits
from app.scheduling.admission import Admission
from app.scheduling.readiness import Readiness, State
from app.service import OcrService
from app.settings import Settings
from app.version import NAME, VERSION


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who hears of what. engine: its starts and its end. state: each time that it may have changed.

    queue_depth, permits_in_use: how many requests wait, how many are worked on, each time that this changes.
    decoder_death: a decoder did not answer.
    """

    engine: Events = field(default_factory=Events)
    state: Callable[[State], None] = lambda _: None
    queue_depth: Callable[[float], None] = lambda _: None
    permits_in_use: Callable[[float], None] = lambda _: None
    decoder_death: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Core:
    """What reads, wired."""

    plan: EnginePlan
    admission: Admission
    readiness: Readiness[EngineClient]
    supervisor: EngineSupervisor
    decoders: Decoders
    nursery: Nursery
    service: OcrService

    @classmethod
    def build(cls, plan: EnginePlan, nursery: Nursery, listeners: Listeners) -> "Core":
        """Wire it for *plan* around the processes of *nursery*.

        Raises:
            ConfigurationError: ``url_hosts`` names what is no host.
        """
        settings = plan.settings
        depth, active = listeners.queue_depth, listeners.permits_in_use
        admission = Admission(plan.slots.active_requests, settings.queue_size, depth, active)
        readiness = Readiness[EngineClient](listeners.state)
        supervisor = EngineSupervisor(nursery, readiness, ReplacementRules.of(plan), listeners.engine)
        decoders = Decoders(nursery, settings.decode_seconds, settings.max_pixels, listeners.decoder_death)
        intake = ImageIntake.for_hosts(
            settings.url_hosts,
            most=plan.slots.fetching_requests,
            seconds=settings.url_seconds,
            max_bytes=settings.max_bytes,
            user_agent=f"{NAME}/{VERSION}",
        )
        service = OcrService(intake, admission, readiness, decoders, supervisor)
        return cls(plan, admission, readiness, supervisor, decoders, nursery, service)

    @property
    def settings(self) -> Settings:
        """What all of it was made for."""
        return self.plan.settings

    @property
    def request_limits(self) -> RequestLimits:
        """What a request may ask for."""
        settings = self.settings
        options = PageOptions(
            DetectionOptions.of(settings),
            settings.min_score,
            turn_page=settings.autorotate in {"page", "on"},
            turn_lines=settings.autorotate in {"lines", "on"},
        )
        documents = DocumentOptions(dpi=settings.pdf_dpi, most=settings.max_pages)
        return RequestLimits(
            settings.max_images,
            options,
            can_turn=self.plan.can_turn,
            can_doubt=self.plan.can_doubt,
            default_documents=documents,
        )

    def start(self, engine: Channel) -> None:
        """Wait until a decoder and *engine* serve.

        Raises:
            OcrError: One of them cannot be had.
        """
        seconds = self.settings.start_timeout_seconds
        try:
            self.decoders.start(seconds)
            self.supervisor.start(engine, seconds)
        except BaseException:
            self.readiness.fail()
            raise

    def stop(self) -> None:
        """Let the other processes end."""
        self.supervisor.stop()
        self.decoders.close()
        self.nursery.close()
