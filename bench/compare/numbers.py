"""The numbers of a round that tables and charts are about."""

from __future__ import annotations

from bench.compare.result import Figure, Round


def cold_start(turn: Round) -> float:
    """Seconds from exec to the first answer with text in it."""
    return turn.cold_start_s


def memory(turn: Round) -> float:
    """Bytes (PSS) that the process tree took at most."""
    return turn.peak_pss_bytes


def throughput(name: str) -> Figure:
    """Return the images a second of a set with several clients."""
    return lambda turn: None if (found := turn.set_named(name)) is None else found.throughput


def latency(name: str, kind: str) -> Figure:
    """Return seconds an image of a set with one client; *kind* is a field of Distribution, such as ``p50_s``."""
    return lambda turn: None if (found := turn.set_named(name)) is None else getattr(found.latency, kind, None)


def accuracy(name: str, kind: str) -> Figure:
    """Return a share (0 to 1) of a set; *kind* is a field of SetFigures, such as ``char_f1``."""
    return lambda turn: None if (found := turn.set_named(name)) is None else getattr(found, kind)
