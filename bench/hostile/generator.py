"""Everything that is made here: the same files and requests each time, none of them another's."""

from __future__ import annotations

from functools import cache

from bench.hostile import bombs, damage, framing, lies, malformed_forms, malformed_json, polyglots
from bench.hostile.item import ANY_IMAGE, READ, HostileFile, HostileRequest
from bench.hostile.seeds import seeds


@cache
def generated_files() -> tuple[HostileFile, ...]:
    """Return every file, the good ones that others are made of among them."""
    good = seeds()
    whole = [HostileFile(f"whole/{name}", data, READ) for name, data in good.items()]
    rooms = (damage, lies, bombs, polyglots)
    return (*whole, *(file for room in rooms for file in room.files(good)))


@cache
def generated_requests() -> tuple[HostileRequest, ...]:
    """Return every request."""
    good = seeds()["png"]
    return tuple(request for room in (malformed_json, malformed_forms, framing) for request in room.requests(good))


def foreign_file(name: str, data: bytes) -> HostileFile:
    """Return somebody else's file, of which nobody says what is in it."""
    return HostileFile(f"file/{name}", data, ANY_IMAGE if data else frozenset({"malformed_request"}))
