"""One fault: how the service is started, and what is done to it under load."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bench.faults.surroundings import Plain, Surroundings
from bench.faults.victim import Victim

APP = "wsgi:app"


@dataclass(frozen=True, slots=True)
class Scenario:
    """``inject`` does it, in a thread of its own, and returns in words what was done; it may raise NotPossibleError.

    ``settings`` are environment variables of the service, ``app_module`` is what gunicorn serves. ``has_grace``: the
    service may finish what it has accepted, so that none of it may be lost. ``ends``: the fault ends the service, which
    must then leave with status 0. ``may_fail``: causes (their beginnings) that clients may hear beside 503, such as
    ``http 504``; anything else that is neither an answer nor a refused connection is a fault of the service.
    ``keeps_alive``: clients use a connection for many requests. ``seconds``: what is needed at least. ``most_gap_s``:
    nobody may be without a good answer for longer.
    """

    name: str
    inject: Callable[[Victim], str]
    settings: Mapping[str, str] = field(default_factory=dict)
    app_module: str = APP
    surroundings: Surroundings = field(default_factory=Plain)
    has_grace: bool = True
    ends: bool = False
    may_fail: tuple[str, ...] = ()
    keeps_alive: bool = True
    seconds: float = 0.0
    most_gap_s: float = math.inf
