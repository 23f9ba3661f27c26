"""PP-OCR as a microservice. ``create_app`` makes the WSGI application."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.access.gate import Access
    from app.settings import Settings


def create_app(settings: "Settings", access: "Access") -> "Flask":
    """The application for *settings*, behind the gate *access*.

    It is loaded and warm, or with ``warmup=background`` on its way there.

    The imports stand in here so that the arbiter and the command line get at ``app.settings`` and ``app.weights``
    without paying for them; and behind the start of the other processes, which load and import meanwhile.

    Raises:
        OcrError: The service cannot start; its text says why.
    """
    from app.engine_plan import plan_engine
    from app.household import begin_engine, start_nursery

    plan = plan_engine(settings)
    nursery = start_nursery(plan)
    engine = begin_engine(nursery)

    from flask import Flask

    from app.bootstrap import build
    from app.http import body, document_routes, entrance, observation, openapi, probe_routes, problems, refusals
    from app.http.ocr_routes import OcrRoutes
    from app.http.page_routes import page_blueprint
    from app.protocols.catalogue import dialects_named

    runtime, dialects = build(plan, nursery, access), dialects_named(settings.dialects)
    app = Flask(__name__, static_folder=None)
    app.request_class = body.MemoryRequest
    app.config["MAX_CONTENT_LENGTH"] = settings.max_bytes + 1  # the last byte shows that there was one too many
    app.config["MAX_FORM_MEMORY_SIZE"] = settings.max_bytes
    app.extensions["ocr"] = runtime
    observation.register(app, runtime.recorder)
    refusals.register(app)
    problems.register(app, settings.max_bytes, dialects)
    entrance.register(app, access, settings.trusted_proxies)
    app.register_blueprint(probe_routes.probe_blueprint(runtime.readiness, runtime.exposition, runtime.information))
    app.register_blueprint(page_blueprint())
    app.register_blueprint(openapi.openapi_blueprint(settings, dialects))
    app.register_blueprint(document_routes.document_blueprint(dialects, runtime.state))
    routes = OcrRoutes(runtime.service, settings, model=plan.model, limits=runtime.request_limits)
    app.register_blueprint(routes.blueprint(dialects))
    if not runtime.contract.is_plain:
        from app.http import platform_entrance

        platform_entrance.register(app, runtime.contract, access, settings, runtime)
    if settings.grpc_port:
        runtime.add_grpc(problems.STATUS)
    runtime.start(engine)
    return app
