"""How a worker's processors are shared out between the models."""

import math
from dataclasses import dataclass

from app.machine import available_cpus, whole_threads
from app.settings import Settings

_MOST_DETECTOR_THREADS = 4


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

    @property
    def fetching_requests(self) -> int:
        """Requests whose images are fetched by URL at a time, where that is on: they wait most of that time."""
        return 2 * self.active_requests
