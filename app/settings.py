"""Every setting of the service: one frozen dataclass, read once from the environment.

All names carry the prefix ``OCR_``; the port alone has fall-backs, because each platform names it differently.
A value that does not parse or lies outside its range stops the start with one line that names the variable.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.errors import ConfigurationError
from app.faas import platform as platforms
from app.platform_settings import PlatformSettings
from app.setting_values import (
    DEFAULT_PORT,
    PREFIX,
    is_service_link,
    is_set_by_kubernetes,
    parse,
    port,
    setting,
    variable,
)

REPLACEMENT_FLAG = "OCR_INTERNAL_REPLACEMENT"
"""No setting: the arbiter sets it for a worker that replaces another."""

WARMUPS = ("import", "background")
DIALECTS = ("paddlex", "rapidocr", "paddlehub", "paddle-serving", "umi-ocr", "kserve")
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True, slots=True)
class Settings(PlatformSettings):
    """The service's settings. Times are seconds, sizes bytes, picture sizes pixels; 0 means "choose by the machine"."""

    host: str = setting("0.0.0.0", "Address to listen on.")  # noqa: S104 - a container serves its network
    port: int = setting(DEFAULT_PORT, "Port to listen on.", low=1, high=65535)
    grpc_port: int = setting(
        0,
        "Port for gRPC (KServe's inference service, health, reflection), without TLS; 0: none. See docs/dialects.md.",
        low=0,
        high=65535,
    )
    warmup: str = setting(
        "import",
        "`import`: serve once the models are loaded and have run. `background`: serve probes at once, `/ocr` waits "
        "meanwhile.",
        choices=WARMUPS,
    )
    workers: int = setting(1, "Worker processes; one process with several slots shares its memory.", low=1, high=64)
    cpus: float = setting(0.0, "Processors to plan for; 0: from the cgroup and the affinity mask.", low=0, high=1024)
    memory_bytes: int = setting(
        0, "Memory to plan for, of all workers; 0: by the control group's limit.", low=0, high=1 << 50
    )
    slots: int = setting(0, "Lines recognised at a time in a worker; 0: one a processor.", low=0, high=256)
    queue_size: int = setting(64, "Requests a worker lets wait behind those it works on.", low=0, high=4096)
    deadline_seconds: float = setting(
        30.0,
        "Time a request may take, waiting included; of an answer page by page (NDJSON) each page.",
        low=0.05,
        high=3600,
    )
    max_bytes: int = setting(20 * 1024 * 1024, "Largest request body.", low=1024, high=1 << 31)
    max_pixels: int = setting(50_000_000, "Most pixels of one image, checked on its header.", low=1024, high=1 << 30)
    max_side: int = setting(20_000, "Longest side of one image, checked on its header.", low=64, high=32_766)
    max_images: int = setting(16, "Most images of one request.", low=1, high=1024)
    max_frames: int = setting(
        1000, "Most frames or pages that a file may hold, checked before any is decoded.", low=1, high=100_000
    )
    max_pages: int = setting(
        100,
        "Most pages that are read of one PDF or TIFF; of more the first are, and `truncated` is true.",
        low=1,
        high=100_000,
    )
    pdf_dpi: float = setting(
        200.0,
        "Pixels an inch at which pages of PDFs are rendered where the request does not say; fewer for a page that "
        "would be over `OCR_MAX_PIXELS` or `OCR_MAX_SIDE`.",
        low=10,
        high=1200,
    )
    decode_seconds: float = setting(
        10.0,
        "Processor time that a picture, or a page, may take to be decoded, or drawn, before its decoder is ended.",
        low=0.1,
        high=3600,
    )
    font: Path | None = setting(
        None,
        "A TrueType or OpenType font in which drawings of pages show what was read; empty: a small one that has "
        "English alone. What a font lacks is left blank.",
    )
    keepalive_seconds: int = setting(
        960,
        "How long an idle connection stays open; gateways that reuse theirs want over 15 minutes.",
        low=0,
        high=7200,
    )
    graceful_timeout_seconds: int = setting(30, "Time for accepted requests at shutdown.", low=1, high=3600)
    start_timeout_seconds: int = setting(120, "Time a worker may take to become ready.", low=1, high=3600)
    hang_seconds: float = setting(
        20.0,
        "Longest that one run of a model may take before the engine is taken for hung and replaced; less than "
        "`OCR_DEADLINE_SECONDS`, so that its request hears 503.",
        low=0.5,
        high=3600,
    )
    max_requests: int = setting(
        0, "Images after which the engine's process is replaced by a fresh one; 0: never.", low=0, high=1_000_000_000
    )
    memory_watermark_bytes: int = setting(
        0,
        "Memory of the engine's process from which it is replaced by a fresh one, once that is warm; 0: 85 % of the "
        "memory to plan for, where there is a limit.",
        low=0,
        high=1 << 50,
    )
    max_connections: int = setting(
        2000,
        "Connections a worker holds open; when there are more, idle ones are closed first, then the slowest.",
        low=16,
        high=65_536,
    )
    read_seconds: float = setting(
        20.0,
        "Time a request's head may take to arrive, and how far its body may fall behind `OCR_READ_RATE`.",
        low=0.1,
        high=3600,
    )
    read_rate: int = setting(
        4096,
        "Bytes a second that a request's body, and a client that reads its answer, must keep up.",
        low=1,
        high=1 << 30,
    )
    buffer_bytes: int = setting(
        0,
        "Memory a worker has for bodies that are still arriving, of all clients together; 0: four of the largest.",
        low=0,
        high=1 << 40,
    )
    dialects: tuple[str, ...] = setting(
        DIALECTS,
        "Protocols of other services that are spoken beside the service's own, with commas between them: see "
        "docs/dialects.md.",
        choices=DIALECTS,
    )
    api_keys: str = setting(
        "",
        "Keys of which each request must carry one, as `Authorization: Bearer` or `X-API-Key`, with commas between "
        "them, each of 16 characters at least; empty, and no file: nobody needs one.",
        secret=True,
    )
    api_keys_file: Path | None = setting(
        None, "A file with such keys, one a line; read again when it changes, so that keys can be rotated."
    )
    open_probes: bool = setting(
        True, "Whether `/healthz`, `/readyz`, `/metrics` and `/info` are answered without a key."
    )
    rate_limit: float = setting(
        0.0,
        "Requests a second that each key may send (each address where there are no keys); several workers take an "
        "equal share of it each; 0: any.",
        low=0,
        high=1e6,
    )
    rate_burst: int = setting(10, "Requests that may come at once before that limit bites.", low=1, high=1_000_000)
    cors_origins: str = setting(
        "", "Origins whose pages may call the service, with commas between them, or `*`; empty: none."
    )
    trusted_proxies: int = setting(
        0,
        "Proxies in front that each add an address to `X-Forwarded-For`; so many are believed, for the rate limit.",
        low=0,
        high=16,
    )
    url_hosts: str = setting(
        "",
        "Hosts from which images may be fetched by URL, with commas between them: `images.example.com`, "
        "`*.example.com` for all below it, `http://host` where https is not to be had, `host:8443`, `*` for any; "
        "empty: no URLs. Addresses that are not public are never fetched from. See docs/urls.md.",
    )
    url_seconds: float = setting(
        10.0, "Time that fetching one image by URL may take, redirects included.", low=0.1, high=600
    )
    log_level: str = setting("info", "Least severe level that is logged.", choices=LOG_LEVELS)

    def without_keys(self) -> "Settings":
        """These settings for those who keep them, once the keys are hashed: what takes their place is no key."""
        return dataclasses.replace(self, api_keys="(hashed)") if self.api_keys else self

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Parse the settings from *environ*.

        Raises:
            ConfigurationError: A value does not parse, is out of range or is not one of its choices.
        """
        values: dict[str, Any] = {}
        for spec in dataclasses.fields(cls):
            raw = environ.get(variable(spec), "").strip()
            if raw and spec.name != "port" and not is_set_by_kubernetes(variable(spec), raw):
                values[spec.name] = parse(variable(spec), raw, spec)
        platform = platforms.resolve(values.get("platform", platforms.AUTO), environ)
        values["port"] = port(environ, cls.__dataclass_fields__["port"], platforms.default_port(platform, DEFAULT_PORT))
        settings = cls(**values)
        if settings.det_max_side % 32:
            message = f"OCR_DET_MAX_SIDE={settings.det_max_side}: must be a multiple of 32, the detector's stride"
            raise ConfigurationError(message)
        if settings.grpc_port == settings.port:
            raise ConfigurationError(f"OCR_GRPC_PORT={settings.grpc_port}: HTTP has that port; gRPC needs another")
        return settings


def unknown_names(environ: Mapping[str, str]) -> list[str]:
    """Names in *environ* that carry the prefix but are no setting: most likely typing errors."""
    known = {REPLACEMENT_FLAG, *map(variable, dataclasses.fields(Settings))}
    return sorted(
        name for name in environ if name.startswith(PREFIX) and name not in known and not is_service_link(name)
    )
