"""The models of a tier, compiled by OpenVINO or as an earlier start compiled them.

A stored model is OpenVINO's own export: the graph after all rewriting, its own included, with its weights. Threads and
streams leave no trace in it. OpenVINO refuses one of another version or another instruction set, but knows nothing of
the model that it was made from, of what was done to that, or of damage.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.engines.choice import EngineChoice
from app.engines.compile_cache import Blob, CompileCache, CompileCacheError, Entry, file_digest
from app.engines.model_files import CONFIG_NAME, GRAPH_NAME
from app.engines.openvino_runtime import Execution, imported, ov
from app.machine import instruction_sets
from app.memory_plan import MemoryPlan
from app.slot_plan import SlotPlan

_LOG = logging.getLogger(__name__)

_MAPPED: list[Blob] = []
"""What imported models read their weights from, for good: OpenVINO neither copies it nor holds on to it."""


@dataclass(frozen=True, slots=True)
class TierModels:
    """What the openvino engine makes its slots of. gives_logits: of the recogniser, else it gives probabilities.

    See :mod:`app.engines.model_files` for the last two.
    """

    detector: ov.CompiledModel
    recognizer: ov.CompiledModel
    gives_logits: bool
    alphabet: tuple[str, ...]
    max_candidates: int


@dataclass(frozen=True, slots=True)
class TierRequest:
    """What to load from *directory*, and how to run it."""

    core: ov.Core
    directory: Path
    plan: SlotPlan
    choice: EngineChoice
    max_side: int
    memory: MemoryPlan

    @property
    def detecting(self) -> Execution:
        """How the detector is run."""
        plan, kept = self.plan, self.memory.detector_kernels
        return Execution(self.choice.arithmetic, plan.detector_threads, plan.detector_slots, kept)

    @property
    def recognising(self) -> Execution:
        """How the recogniser is run."""
        return Execution(self.choice.arithmetic, 1, self.plan.recognizer_slots, self.memory.recognizer_kernels)


def through_cache(
    request: TierRequest, cache_dir: Path | None, compile_models: Callable[[TierRequest], TierModels]
) -> TierModels:
    """The models of *request*: those kept in *cache_dir* or, where there are none that fit, those just compiled.

    The cache never stands in the way: whatever is the matter with it is logged in one line. So it raises only what
    *compile_models* does.
    """
    if cache_dir is None:
        return compile_models(request)
    cache, trouble = CompileCache(cache_dir), None
    try:
        traits = _traits(request)
    except OSError:
        return compile_models(request)  # which knows better what to say of files that are not there
    try:
        if entry := cache.read(traits):
            models = _imported(entry, request)
            _LOG.info("compile cache", extra={"outcome": "hit"})
            return models
    except (CompileCacheError, KeyError, TypeError, ValueError, RuntimeError) as error:
        trouble = str(error)
    models = compile_models(request)
    _keep(cache, traits, models, trouble)
    return models


def _traits(request: TierRequest) -> dict[str, str]:
    """All that compiled models depend on; of the code, every file that may touch a graph."""
    patterns = ("openvino_*.py", "shape_buckets.py", "int8_ranges/*.toml")
    sources = sorted(path for pattern in patterns for path in Path(__file__).parent.glob(pattern))
    files = [f"{part}/{name}" for part in ("det", "rec") for name in (GRAPH_NAME, CONFIG_NAME)]
    return {
        "openvino": ov.get_version(),
        "cpu": instruction_sets(),
        "precision": request.choice.precision,
        "arithmetic": request.choice.arithmetic,
        "exact": str(request.choice.exact),
        "max_side": str(request.max_side),
        **{f"code {path.name}": file_digest(path) for path in sources},
        **{f"model {name}": file_digest(request.directory / name) for name in files},
    }


def _imported(entry: Entry, request: TierRequest) -> TierModels:
    detector, recognizer = entry.blobs
    _MAPPED.extend(entry.blobs)
    return TierModels(
        imported(request.core, detector, request.detecting),
        imported(request.core, recognizer, request.recognising),
        bool(entry.description["gives_logits"]),
        tuple(entry.description["alphabet"]),
        int(entry.description["max_candidates"]),
    )


def _keep(cache: CompileCache, traits: Mapping[str, str], models: TierModels, trouble: str | None) -> None:
    """Make an entry of *models*, and log what came of it, and what was amiss before."""
    detail = {"detail": trouble} if trouble else {}
    if not cache.writable():
        _LOG.info("compile cache", extra={"outcome": "nothing that fits, and not writable", **detail})
        return
    description = {
        "gives_logits": models.gives_logits,
        "alphabet": models.alphabet,
        "max_candidates": models.max_candidates,
    }
    try:
        blobs = [model.export_model().getvalue() for model in (models.detector, models.recognizer)]
        cache.write(traits, description, blobs)
    except (CompileCacheError, RuntimeError) as error:
        _LOG.warning("compile cache", extra={"outcome": "not written", "detail": str(error)})
    else:
        _LOG.info("compile cache", extra={"outcome": "written", **detail})
