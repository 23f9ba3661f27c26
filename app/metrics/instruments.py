"""Every metric of the service, declared once. Names carry their unit: seconds and bytes."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from app.metrics.inference_statistics import InferenceStatistics

# A time stamp beside every counter and histogram would nearly double what each scrape renders, and nobody reads it.
disable_created_metrics()  # type: ignore[no-untyped-call]

DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
PIXEL_BUCKETS = (1e4, 1e5, 3e5, 1e6, 2e6, 4e6, 8e6, 16e6, 32e6, 64e6)
SHARE_BUCKETS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)


@dataclass(frozen=True, slots=True)
class Instruments:
    """The instruments of one process. No label takes a value that a client chooses.

    inferences: sums that Triton's tools ask for; they are not among the metrics.
    """

    requests: Counter
    request_duration: Histogram
    stage_duration: Histogram
    queue_duration: Histogram
    in_flight: Gauge
    queue_depth: Gauge
    queue_limit: Gauge
    permits_in_use: Gauge
    permits: Gauge
    rejected: Counter
    errors: Counter
    image_pixels: Histogram
    lines: Counter
    line_confidence: Histogram
    engine_replacements: Counter
    decoder_deaths: Counter
    warmup: Gauge
    cold_start: Gauge
    start_part: Gauge
    worker_start: Gauge
    ready: Gauge
    build_info: Gauge
    inferences: InferenceStatistics = field(default_factory=InferenceStatistics)

    @classmethod
    def declare(cls, registry: CollectorRegistry) -> "Instruments":
        """Declare them in *registry*."""

        def seconds(name: str, text: str, labels: tuple[str, ...] = ()) -> Histogram:
            return Histogram(name, text, labels, registry=registry, buckets=DURATION_BUCKETS)

        def gauge(name: str, text: str, mode: str, labels: tuple[str, ...] = ()) -> Gauge:
            return Gauge(name, text, labels, registry=registry, multiprocess_mode=mode)  # type: ignore[arg-type]

        return cls(
            requests=Counter("ocr_requests_total", "Requests answered.", ("route", "code"), registry=registry),
            request_duration=seconds("ocr_request_duration_seconds", "Time to answer a request.", ("route",)),
            stage_duration=seconds("ocr_stage_duration_seconds", "Time a request spent in a stage.", ("stage",)),
            queue_duration=seconds("ocr_queue_duration_seconds", "Time a request waited for its permit."),
            in_flight=gauge("ocr_requests_in_flight", "Requests being answered.", "livesum"),
            queue_depth=gauge("ocr_queue_depth", "Requests waiting for a permit.", "livesum"),
            queue_limit=gauge("ocr_queue_limit", "Requests that may wait for one.", "livesum"),
            permits_in_use=gauge("ocr_permits_in_use", "Permits held, also those lent for more pages.", "livesum"),
            permits=gauge("ocr_permits", "Permits that there are.", "livesum"),
            rejected=Counter("ocr_rejected_total", "Requests refused unserved.", ("reason",), registry=registry),
            errors=Counter("ocr_errors_total", "Errors by their code.", ("code",), registry=registry),
            image_pixels=Histogram("ocr_image_pixels", "Pixels of an image.", registry=registry, buckets=PIXEL_BUCKETS),
            lines=Counter("ocr_lines_total", "Lines of text read.", registry=registry),
            line_confidence=Histogram(
                "ocr_line_confidence", "Score of a line, 0 to 1.", registry=registry, buckets=SHARE_BUCKETS
            ),
            engine_replacements=Counter(
                "ocr_engine_replacements_total", "Engines replaced, by the reason.", ("reason",), registry=registry
            ),
            decoder_deaths=Counter(
                "ocr_decoder_deaths_total", "Decoders that an image was the end of.", registry=registry
            ),
            warmup=gauge("ocr_warmup_seconds", "Time the warm-up took.", "livemax"),
            cold_start=gauge("ocr_cold_start_seconds", "Time from process start to ready.", "livemax"),
            start_part=gauge("ocr_start_part_seconds", "The parts of that time.", "livemax", ("part",)),
            worker_start=gauge("ocr_worker_start_time_seconds", "When the youngest worker started.", "livemax"),
            ready=gauge("ocr_ready", "1 while requests are served, in every worker.", "livemin"),
            build_info=gauge(
                "ocr_build_info",
                "What runs; always 1.",
                "livemax",
                ("version", "model", "engine", "precision"),
            ),
        )
