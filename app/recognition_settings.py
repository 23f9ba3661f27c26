"""The settings of what recognises: which models, on what, and what counts as text."""

from dataclasses import dataclass
from pathlib import Path

from app.setting_values import setting

ENGINES = ("auto", "openvino", "onnxruntime", "paddle", "null")
PRECISIONS = ("auto", "int8", "bf16", "f32")
PARITIES = ("auto", "exact", "close")
ORIENTATIONS = ("off", "page", "lines", "on")


@dataclass(frozen=True, slots=True)
class RecognitionSettings:
    """See :class:`app.settings.Settings`, which has these, too. Picture sizes are pixels; 0 means "by the machine"."""

    engine: str = setting(
        "auto",
        "Inference engine; `auto` is openvino on x86-64 and onnxruntime elsewhere; `paddle` is PaddleOCR itself; "
        "`null` answers without a model.",
        choices=ENGINES,
    )
    model: str = setting(
        "auto",
        "Model tier, a name from `python -m app.weights list`; `auto` is `pp-ocrv6-small`, with engine paddle "
        "`pp-ocrv4-mobile`. With engine paddle also PaddleOCR's own names, such as `PP-OCRv5_server` or "
        "`PP-OCRv5_mobile_det+korean_PP-OCRv5_mobile_rec`.",
    )
    model_dir: Path | None = setting(
        None,
        "Your own models, instead of `OCR_MODEL`: a directory with `det/` and `rec/`, each with `inference.onnx` "
        "(engine paddle: with `inference.pdiparams` and `inference.json` or `inference.pdmodel`) and `inference.yml`.",
    )
    weights_dir: Path = setting(Path("weights"), "Where `python -m app.weights fetch` puts the model tiers.")
    precision: str = setting(
        "auto",
        "Arithmetic of the models. `int8`: most of the recogniser in 8-bit integers, the rest in bf16 where the CPU "
        "has it, else f32. `auto`: int8 for the tiers that are prepared for it where the CPU has the instructions "
        "(VNNI) and parity is not `exact`, else bf16 where the CPU has it, else f32.",
        choices=PRECISIONS,
    )
    parity: str = setting(
        "auto",
        "`exact`: each line padded as PaddleOCR pads it, so that at f32 the same text comes out; `close`: padded as "
        "little as possible, which is quicker; `auto` is exact at f32, else close.",
        choices=PARITIES,
    )
    autorotate: str = setting(
        "off",
        "Where a request does not say: find out how the `page` lies and turn it upright, which `lines` stand on their "
        "head, both (`on`) or neither.",
        choices=ORIENTATIONS,
    )
    cache_dir: Path | None = setting(
        None,
        "Where compiled models are kept for the next start (engine openvino), some 30 MB for each; empty: nowhere. "
        "What does not fit the CPU, the model or the version is compiled anew.",
    )
    det_max_side: int = setting(
        1600, "Longest side the detector sees; larger images are detected smaller, cropped whole.", low=320, high=4000
    )
    det_max_pixels: int = setting(
        0,
        "Most pixels the detector sees, unless parity is `exact`; 0: 0.76 of the square of the longest side, and less "
        "where memory is short.",
        low=0,
        high=16_000_000,
    )
    det_threshold: float = setting(0.3, "Probability from which a pixel counts as text.", low=0, high=1)
    det_box_threshold: float = setting(0.6, "Mean probability from which a box is kept.", low=0, high=1)
    det_unclip_ratio: float = setting(1.5, "How far a box grows beyond the detected kernel.", low=0.5, high=5)
    min_score: float = setting(0.0, "Lines recognised with a lower score are left out.", low=0, high=1)
    null_delay_seconds: float = setting(0.0, "How long a line takes on the null engine.", low=0, high=60)
