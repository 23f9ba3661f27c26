"""Triton's statistics of the model."""

import msgspec

from app.metrics.inference_statistics import Computed, Spent, Statistics
from app.protocols.kserve_statistics import model_statistics


def test_every_sum_has_its_place():
    """Waiting, decoding, recognising and writing are Triton's queue and compute, by the number of images too."""
    computed = Computed(Spent(3, 30), Spent(4, 40), Spent(5, 50))
    counted = Statistics(
        images=9,
        requests=7,
        last=1234,
        succeeded=Spent(7, 70),
        failed=Spent(1, 10),
        queued=Spent(2, 20),
        computed=computed,
        by_images={2: computed, 1: Computed()},
    )
    parts = {
        "compute_input": {"count": 3, "ns": 30},
        "compute_infer": {"count": 4, "ns": 40},
        "compute_output": {"count": 5, "ns": 50},
    }
    nothing = {"count": 0, "ns": 0}
    (shown,) = msgspec.to_builtins(model_statistics(counted))["model_stats"]
    assert shown == {
        "name": "ocr",
        "version": "1",
        "last_inference": 1234,
        "inference_count": 9,
        "execution_count": 7,
        "inference_stats": {
            "success": {"count": 7, "ns": 70},
            "fail": {"count": 1, "ns": 10},
            "queue": {"count": 2, "ns": 20},
            **parts,
            "cache_hit": nothing,
            "cache_miss": nothing,
        },
        "batch_stats": ({"batch_size": 1, **dict.fromkeys(parts, nothing)}, {"batch_size": 2, **parts}),
    }
