"""Every dialect that the service speaks, and which of them a service is set to."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from app.protocols.dialect import Dialect
from app.protocols.kserve_http import KSERVE
from app.protocols.native import NATIVE
from app.protocols.paddle_serving import PADDLE_SERVING
from app.protocols.paddlehub import PADDLEHUB
from app.protocols.paddlex import PADDLEX
from app.protocols.rapidocr import RAPIDOCR
from app.protocols.umi_ocr import UMI_OCR
from app.protocols.wire import Problem, Reply, WireRequest

_OTHERS: tuple[Dialect[Any], ...] = (PADDLEX, RAPIDOCR, *PADDLEHUB, PADDLE_SERVING, UMI_OCR, KSERVE)


def dialects_named(names: Collection[str]) -> tuple[Dialect[Any], ...]:
    """The dialects of the setting ``dialects``, and the native one, behind those that share its path."""
    return (*(dialect for dialect in _OTHERS if dialect.name in names), NATIVE)


def speaker(wire: WireRequest, sharing: Sequence[Dialect[Any]]) -> Dialect[Any]:
    """Which of the dialects *sharing* a path *wire* speaks."""
    return next((dialect for dialect in sharing if dialect.speaks(wire)), sharing[-1])


def encode_error_for_any(problem: Problem, media_type: str, sharing: Sequence[Dialect[Any]]) -> Reply:
    """*problem* for a client of whom no more is known than the path and the type of its body.

    The document of the last dialect, with the members that those have beside it who may have sent that type.
    """
    *others, last = [d for d in sharing if not d.media_types or media_type in d.media_types]
    reply = last.encode_error(problem)
    if not others:
        return reply
    members = json.loads(reply.body)
    for dialect in others:
        members = json.loads(dialect.encode_error(problem).body) | members
    return replace(reply, body=json.dumps(members).encode() + b"\n")
