"""All contenders of `python -m bench compare`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from bench.peers.contender import Peer
from bench.peers.paddleocr_models import TierModels
from bench.peers.paddlex_serving import PaddlexServing
from bench.peers.rapidocr_openvino import RapidOcrOpenvino
from bench.peers.rapidocr_server import RapidOcrServer
from bench.peers.this_service import ThisService


def contenders(weights: Path, tier: str, det_max_side: int) -> dict[str, Callable[[], Peer]]:
    """Return what makes each contender, by the names the command line has for them, this repository's service first.

    ``weights``: the service's own, ``DIR/<tier>/{det,rec}/``. A contender that runs them raises BenchError, when it is
    made, where they are not there in its format; the others do not care.
    """
    models = cache(lambda: TierModels.open(weights, tier))
    return {
        "this": lambda: ThisService(weights, tier, det_max_side),
        "paddlex": lambda: PaddlexServing(models(), det_max_side),
        "rapidocr-api": RapidOcrServer,
        "rapidocr-openvino": lambda: RapidOcrOpenvino(models(), det_max_side),
    }
