"""All contenders of `python -m bench compare` and `soak`, and which models they are given."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import cache
from pathlib import Path

from bench.command_line import DET_MAX_SIDE, positive
from bench.peers.contender import Peer
from bench.peers.paddleocr_models import TierModels
from bench.peers.paddlex_serving import PaddlexServing
from bench.peers.rapidocr_openvino import RapidOcrOpenvino
from bench.peers.rapidocr_server import RapidOcrServer
from bench.peers.this_service import ThisService
from bench.service_process import ROOT

NAMES = ("this", "paddlex", "rapidocr-api", "rapidocr-openvino")
"""The names that the command line has for them, this repository's service first."""

WEIGHTS = ROOT / "weights"
COMPILED = ROOT / "build" / "compiled"
"""Where ``make serve`` keeps compiled models; the image has them baked in."""

TIER = "pp-ocrv6-small"


def add_model_arguments(group: argparse._ActionsContainer) -> None:
    """Add the arguments that :func:`contenders` takes."""
    group.add_argument("--weights", type=Path, default=WEIGHTS, help="the service's (default: weights)")
    group.add_argument("--tier", default=TIER, help=f"models (default: {TIER})")
    group.add_argument("--det-max-side", type=positive, default=DET_MAX_SIDE, help=f"pixels (default: {DET_MAX_SIDE})")


def contenders(weights: Path, tier: str, det_max_side: int) -> dict[str, Callable[[], Peer]]:
    """Return what makes each contender, by its name of ``NAMES`` and in their order.

    ``weights``: the service's own, ``DIR/<tier>/{det,rec}/``. A contender that runs them raises BenchError, when it is
    made, where they are not there in its format; the others do not care.
    """
    models = cache(lambda: TierModels.open(weights, tier))
    makers: tuple[Callable[[], Peer], ...] = (
        lambda: ThisService(weights, tier, det_max_side, {"OCR_CACHE_DIR": str(COMPILED)}),
        lambda: PaddlexServing(models(), det_max_side),
        RapidOcrServer,
        lambda: RapidOcrOpenvino(models(), det_max_side),
    )
    return dict(zip(NAMES, makers, strict=True))
