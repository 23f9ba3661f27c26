"""The one place where the worker's collaborators are made and handed to each other, and where its start is told."""

import logging
import os
import signal
import time
from collections.abc import Callable
from typing import get_args

from prometheus_client import CollectorRegistry

from app.access.gate import Access
from app.core import Core, Listeners
from app.engine_plan import EnginePlan
from app.errors import DeadlineExceededError, EngineError, OcrError
from app.faas.contract import contract_of
from app.faas.platform import Platform, resolve
from app.faas.ready_file import ReadyFile, ready_file
from app.inference.engine_client import StartSeconds
from app.inference.replacement import Reason
from app.inference.supervisor import Events
from app.metrics.exposition import Exposition
from app.metrics.grant import Grant, GrantCollector
from app.metrics.instruments import Instruments
from app.metrics.process_family import ProcessFamilyCollector, started_seconds_ago
from app.metrics.push import MetricsPush
from app.metrics.request_record import REFUSALS, RequestRecorder
from app.processes.nursery import Nursery
from app.runtime import Runtime
from app.scheduling.readiness import State
from app.settings import REPLACEMENT_FLAG, unknown_names
from app.tracing.choice import tracer_for
from app.version import VERSION

_LOG = logging.getLogger(__name__)

_FAULTS = (OcrError.code, EngineError.code, DeadlineExceededError.code)
"""Errors that are the service's own."""


def build(plan: EnginePlan, nursery: Nursery, access: Access) -> Runtime:
    """Wire the service for *plan* around the processes of *nursery*, behind the gate *access*.

    Raises:
        ConfigurationError: ``url_hosts`` names what is no host, or ``metrics_push_url`` or ``traces_url`` is no URL.
    """
    for name in unknown_names(os.environ):
        _LOG.warning("unknown setting", extra={"variable": name})
    settings, registry = plan.settings, CollectorRegistry()
    instruments = Instruments.declare(registry)
    _tell_plan(instruments, plan)
    collectors = ProcessFamilyCollector(under_arbiter=_under_gunicorn()), GrantCollector(_grant(plan))
    platform = resolve(settings.platform, os.environ)
    listeners = Listeners(
        engine=_events(plan, instruments),
        state=_tell_state(instruments, platform),
        queue_depth=instruments.queue_depth.set,
        permits_in_use=instruments.permits_in_use.set,
        decoder_death=instruments.decoder_deaths.inc,
    )
    about = {"model": plan.model, "engine": plan.choice.name}
    tracer = tracer_for(settings.traces_url, settings.traces_share, about)
    exposition = Exposition(registry, collectors, os.environ.get("PROMETHEUS_MULTIPROC_DIR"))
    return Runtime(
        core=Core.build(plan, nursery, listeners),
        access=access,
        contract=contract_of(platform),
        recorder=RequestRecorder(instruments, embed_metrics=settings.log_metrics == "emf", tracer=tracer),
        exposition=exposition,
        metrics_push=MetricsPush(settings.metrics_push_url, exposition.render),
        tracer=tracer,
    )


def _tell_plan(instruments: Instruments, plan: EnginePlan) -> None:
    """What is known before anything happens; what may be counted one day is 0, since a first rise shows only then."""
    instruments.ready.set(0)
    instruments.build_info.labels(VERSION, plan.model, plan.choice.name, plan.choice.precision).set(1)
    instruments.worker_start.set(time.time() - started_seconds_ago(os.getpid()))
    instruments.permits.set(plan.slots.active_requests)
    instruments.queue_limit.set(plan.settings.queue_size)
    for reason in get_args(Reason):
        instruments.engine_replacements.labels(reason)
    for reason in REFUSALS:
        instruments.rejected.labels(reason)
    for code in _FAULTS:
        instruments.errors.labels(code)


def _grant(plan: EnginePlan) -> Grant:
    settings, limit = plan.settings, plan.memory.limit
    bound = plan.memory.bound(settings, plan.slots)
    return Grant(
        cpus=settings.workers * plan.slots.cpus,
        memory_limit=None if limit is None else settings.workers * limit,
        memory_bound={part: settings.workers * most for part, most in bound.items() if part != "total"},
    )


def _tell_state(instruments: Instruments, platform: Platform) -> Callable[[State], None]:
    file = ReadyFile(ready_file()) if platform is Platform.OPENFAAS else None

    def tell(state: State) -> None:
        instruments.ready.set(state == "ready")
        if file:
            file.tell(state)

    return tell


def _events(plan: EnginePlan, instruments: Instruments) -> Events:
    def started(took: StartSeconds) -> None:
        total = _service_age()
        instruments.warmup.set(took.warm_up)
        instruments.cold_start.set(total)
        parts = {"imports": total - took.load - took.warm_up, "load": took.load, "warm_up": took.warm_up}
        for name, value in parts.items():
            instruments.start_part.labels(name).set(value)
        seconds = {name: round(value, 3) for name, value in (*parts.items(), ("total", total))}
        what = {"model": plan.model, "engine": plan.choice.name, "precision": plan.choice.precision}
        _LOG.info("ready", extra=what | {"start_seconds": seconds})

    def replaced(reason: Reason) -> None:
        instruments.engine_replacements.labels(reason).inc()
        _LOG.info("engine replaced", extra={"reason": reason})

    return Events(started, replaced, _give_up)


def _give_up() -> None:
    """Leave as at a SIGTERM: gunicorn's arbiter starts another worker, and Lambda, without one, all of it."""
    if _under_gunicorn() or "AWS_LAMBDA_RUNTIME_API" in os.environ:
        os.kill(os.getpid(), signal.SIGTERM)


def _under_gunicorn() -> bool:
    return os.environ.get("SERVER_SOFTWARE", "").startswith("gunicorn")


def _service_age() -> float:
    """Seconds since the service was executed; of a worker that replaced another, since it was forked."""
    replaced = os.environ.get(REPLACEMENT_FLAG) == "1"
    return started_seconds_ago(os.getppid() if _under_gunicorn() and not replaced else os.getpid())
