"""PP-OCR as a microservice. ``create_app`` makes the WSGI application."""

import os
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
    from app.access.gate import Access
    from app.loading import begin_loading
    from app.settings import REPLACEMENT_FLAG

    access = Access.for_settings(settings, lenient=os.environ.get(REPLACEMENT_FLAG) == "1")
    settings = settings.without_keys()  # whatever keeps them, and whatever process they are sent to
    loading = begin_loading(settings)

    from flask import Flask

    from app.bootstrap import build
    from app.http import body, entrance, observation, ocr_routes, probe_routes, problems

    runtime = build(settings, loading, access)
    app = Flask(__name__, static_folder=None)
    app.request_class = body.MemoryRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.max_bytes + 1  # the last byte shows that there was one too many
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_bytes
    app.extensions["ocr"] = runtime
    body.register(app, settings.max_bytes)  # before the observation, whose clock then stops before it
    observation.register(app, runtime.instruments)
    problems.register(app, settings.max_bytes)
    entrance.register(app, access, settings.trusted_proxies)
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
