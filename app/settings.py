"""Every setting of the service: one frozen dataclass, read once from the environment.

All names carry the prefix ``OCR_``; the port alone has fall-backs, because each platform names it differently.
A value that does not parse or lies outside its range stops the start with one line that names the variable.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import ConfigurationError

PREFIX = "OCR_"
PORT_FALLBACKS = ("FUNCTIONS_CUSTOMHANDLER_PORT", "PORT", "FC_CUSTOM_LISTEN_PORT", "FC_SERVER_PORT")
DEFAULT_PORT = 9000

ENGINES = ("auto", "openvino", "onnxruntime", "null")
PRECISIONS = ("auto", "bf16", "f32")
WARMUPS = ("import", "background")
LOG_LEVELS = ("debug", "info", "warning", "error")

# Kubernetes puts OCR_PORT=tcp://10.0.0.1:80 into every pod beside a Service named "ocr": that is no port of ours.
_SERVICE_LINK = re.compile(r"^(tcp|udp|sctp)://")


def _setting(
    default: Any,
    text: str,
    *,
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """Declare a field with what its parser and the settings page need to know."""
    return field(default=default, metadata={"text": text, "choices": choices, "low": low, "high": high})


@dataclass(frozen=True, slots=True)
class Settings:
    """The service's settings. Times are seconds, sizes bytes, picture sizes pixels; 0 means "choose by the machine"."""

    host: str = _setting("0.0.0.0", "Address to listen on.")  # noqa: S104 - a container serves its network
    port: int = _setting(DEFAULT_PORT, "Port to listen on.", low=1, high=65535)
    engine: str = _setting(
        "auto",
        "Inference engine; `auto` is openvino on x86-64 and onnxruntime elsewhere; `null` answers without a model.",
        choices=ENGINES,
    )
    model: str = _setting("pp-ocrv6-small", "Model tier, a name from `python -m app.weights list`.")
    model_dir: Path | None = _setting(
        None, "Your own models: a directory with `det/` and `rec/`, each with `inference.onnx` and `inference.yml`."
    )
    weights_dir: Path = _setting(Path("weights"), "Where `python -m app.weights fetch` puts the model tiers.")
    precision: str = _setting(
        "auto", "Arithmetic of the models; `auto` is bf16 where the CPU computes in it, else f32.", choices=PRECISIONS
    )
    warmup: str = _setting(
        "import",
        "`import`: serve only once every shape is warm. `background`: serve probes at once, `/ocr` waits meanwhile.",
        choices=WARMUPS,
    )
    workers: int = _setting(1, "Worker processes; one process with several slots shares its memory.", low=1, high=64)
    cpus: float = _setting(0.0, "Processors to plan for; 0: from the cgroup and the affinity mask.", low=0, high=1024)
    slots: int = _setting(0, "Lines recognised at a time in a worker; 0: one a processor.", low=0, high=256)
    queue_size: int = _setting(64, "Requests a worker lets wait behind those it works on.", low=0, high=4096)
    deadline_seconds: float = _setting(30.0, "Time a request may take, waiting included.", low=0.05, high=3600)
    max_bytes: int = _setting(20 * 1024 * 1024, "Largest request body.", low=1024, high=1 << 31)
    max_pixels: int = _setting(50_000_000, "Most pixels of one image, checked on its header.", low=1024, high=1 << 30)
    max_side: int = _setting(20_000, "Longest side of one image, checked on its header.", low=64, high=65_535)
    max_images: int = _setting(16, "Most images of one request.", low=1, high=1024)
    det_max_side: int = _setting(
        1600, "Longest side the detector sees; larger images are detected smaller, cropped whole.", low=320, high=4000
    )
    det_threshold: float = _setting(0.3, "Probability from which a pixel counts as text.", low=0, high=1)
    det_box_threshold: float = _setting(0.6, "Mean probability from which a box is kept.", low=0, high=1)
    det_unclip_ratio: float = _setting(1.5, "How far a box grows beyond the detected kernel.", low=0.5, high=5)
    min_score: float = _setting(0.0, "Lines recognised with a lower score are left out.", low=0, high=1)
    null_delay_seconds: float = _setting(0.0, "How long a line takes on the null engine.", low=0, high=60)
    keepalive_seconds: int = _setting(
        960,
        "How long an idle connection stays open; gateways that reuse theirs want over 15 minutes.",
        low=0,
        high=7200,
    )
    graceful_timeout_seconds: int = _setting(30, "Time for accepted requests at shutdown.", low=1, high=3600)
    start_timeout_seconds: int = _setting(120, "Time a worker may take to become ready.", low=1, high=3600)
    log_level: str = _setting("info", "Least severe level that is logged.", choices=LOG_LEVELS)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Parse the settings from *environ*.

        Raises:
            ConfigurationError: A value does not parse, is out of range or is not one of its choices.
        """
        values: dict[str, Any] = {}
        for spec in dataclasses.fields(cls):
            if spec.name == "port":
                continue
            name = PREFIX + spec.name.upper()
            raw = environ.get(name, "").strip()
            if raw:
                values[spec.name] = _parse(name, raw, spec)
        values["port"] = _port(environ, next(f for f in dataclasses.fields(cls) if f.name == "port"))
        settings = cls(**values)
        if settings.det_max_side % 32:
            message = f"OCR_DET_MAX_SIDE={settings.det_max_side}: must be a multiple of 32, the detector's stride"
            raise ConfigurationError(message)
        return settings


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """Names in *environ* that carry the prefix but are no setting: most likely typing errors."""
    known = {PREFIX + spec.name.upper() for spec in dataclasses.fields(Settings)}
    link = re.compile(r"^OCR_(SERVICE_(HOST|PORT).*|PORT_\d+_.*)$")
    return sorted(n for n in environ if n.startswith(PREFIX) and n not in known and not link.match(n))


def _port(environ: Mapping[str, str], spec: "dataclasses.Field[Any]") -> int:
    """The port: ``OCR_PORT``, else the first platform variable that is set, else 9000."""
    names = [PREFIX + "PORT", *PORT_FALLBACKS]
    if "AWS_LAMBDA_FUNCTION_NAME" in environ:
        names.insert(2, "AWS_LWA_PORT")
    for name in names:
        raw = environ.get(name, "").strip()
        if raw and not _SERVICE_LINK.match(raw):
            return int(_parse(name, raw, spec))
    return DEFAULT_PORT


def _parse(name: str, raw: str, spec: "dataclasses.Field[Any]") -> Any:
    """*raw* as the type of *spec*, checked against its choices and range."""
    convert = {int: int, float: float, str: str}.get(type(spec.default), Path)
    try:
        value = convert(raw)
    except ValueError:
        raise ConfigurationError(f"{name}={raw!r}: not a {'whole ' if convert is int else ''}number") from None
    choices = spec.metadata["choices"]
    if choices and value not in choices:
        raise ConfigurationError(f"{name}={raw!r}: must be one of {', '.join(choices)}")
    low, high = spec.metadata["low"], spec.metadata["high"]
    if low is not None and not low <= value <= high:
        raise ConfigurationError(f"{name}={raw}: must lie between {low} and {high}")
    return value


def markdown_table() -> str:
    """The settings as a Markdown table, a row a setting: the text of ``docs/settings.md``."""
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for spec in dataclasses.fields(Settings):
        meta = spec.metadata
        notes = [meta["text"]]
        if meta["choices"]:
            notes.append("One of " + ", ".join(f"`{c}`" for c in meta["choices"]) + ".")
        elif meta["low"] is not None:
            notes.append(f"{meta['low']:g} to {meta['high']:,.10g}.".replace(",", " "))
        default = "" if spec.default is None else f"`{spec.default}`"
        rows.append(f"| `{PREFIX}{spec.name.upper()}` | {default} | {' '.join(notes)} |")
    return "\n".join(rows)
