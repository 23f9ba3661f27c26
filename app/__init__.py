"""PP-OCR as a microservice. ``create_app`` makes the WSGI application."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import Settings


def create_app(settings: "Settings") -> "Flask":
    """The application for *settings*: loaded and warm, or with ``warmup=background`` on its way there.

    The imports stand in here so that the arbiter and the command line get at ``app.settings`` and ``app.weights``
    without paying for Flask, NumPy and OpenCV; and behind the beginning of loading, which does not wait for them then.

    Raises:
        OcrError: The service cannot start; its text says why.
    """
    from app.loading import begin_loading

    loading = begin_loading(settings)

    from flask import Flask

    from app.bootstrap import build
    from app.http import body, observation, ocr_routes, probe_routes, problems, refusals

    runtime = build(settings, loading)
    app = Flask(__name__, static_folder=None)
    app.request_class = body.MemoryRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.max_bytes + 1  # the last byte shows that there was one too many
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_bytes
    app.extensions["ocr"] = runtime
    observation.register(app, runtime.instruments)
    refusals.register(app)
    problems.register(app, settings.max_bytes)
    app.register_blueprint(probe_routes.probe_blueprint(runtime.readiness, runtime.exposition, runtime.information))
    app.register_blueprint(
        ocr_routes.ocr_blueprint(
            runtime.service,
            runtime.instruments,
            settings,
            model=runtime.model,
            limits=runtime.request_limits,
        )
    )
    runtime.start()
    return app
