"""How a worker's processors are shared out between the models."""

import math
from dataclasses import dataclass

from app.machine import available_cpus, whole_threads
from app.settings import Settings

_MOST_DETECTOR_THREADS = 4

_SPARE_THREADS = 16
"""Beyond those that admitted requests can hold, so that probes, metrics and refusals find a free one."""


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """Slots (what can run at a time) and threads of a worker that may use *cpus* processors.

    Two streams of one thread read lines 1.3 to 1.55 times as fast as one stream of two threads, so the recogniser
    has a slot a thread. The detector gains nothing from streams and doubles its activations with each, so it runs
    one picture on up to four threads.
    """

    cpus: float
    detector_slots: int
    detector_threads: int
    recognizer_slots: int

    @classmethod
    def for_settings(cls, settings: Settings) -> "SlotPlan":
        """The plan for each of the workers that *settings* ask for, on this machine where they leave it open."""
        cpus = (settings.cpus or available_cpus()) / settings.workers
        threads = whole_threads(cpus)
        detector_slots = math.ceil(threads / _MOST_DETECTOR_THREADS)
        return cls(cpus, detector_slots, threads // detector_slots, settings.slots or threads)

    @property
    def active_requests(self) -> int:
        """Requests worked on at a time: one a recogniser slot, and one more whose picture is decoded meanwhile."""
        return self.recognizer_slots + 1

    def answering_threads(self, settings: Settings) -> int:
        """Threads for everybody who may be let in or wait; and spare ones for whoever is told at once."""
        fetching = self.fetching_requests if settings.url_hosts else 0
        return self.active_requests + settings.queue_size + fetching + _SPARE_THREADS

    @property
    def fetching_requests(self) -> int:
        """Requests whose images are fetched by URL at a time, where that is on: they wait most of that time."""
        return 2 * self.active_requests
