"""The rooms of ``app/`` know only the rooms that the design lets them know."""

import ast
import graphlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
APP = ROOT / "app"

FILES = sorted(APP.rglob("*.py"))

# Who may import whom, room by room (a package, or a module at the top). A request goes http -> protocols -> service
# (scheduling, imaging, pipeline) -> engines, and there is no way back.
ALLOWED = {
    "allocator": set(),
    "errors": set(),
    "version": set(),
    "control_groups": set(),
    "machine": {"control_groups"},
    "log_format": set(),
    "metrics": {"errors", "pipeline", "tracing"},
    "tracing": {"errors", "pipeline", "version"},
    "setting_values": {"errors"},
    "recognition_settings": {"setting_values"},
    "platform_settings": {"faas", "recognition_settings", "setting_values"},
    "settings": {"errors", "faas", "platform_settings", "setting_values"},
    "settings_page": {"setting_values", "settings"},
    "access": {"errors", "settings"},
    "slot_plan": {"machine", "settings"},
    "memory_plan": {"machine", "settings", "slot_plan"},
    "scheduling": {"errors"},
    "processes": set(),
    "fetching": {"errors", "scheduling"},
    "weights": {"errors", "settings"},
    "engines": {"errors", "machine", "memory_plan", "settings", "slot_plan"},
    "engine_plan": {"engines", "errors", "memory_plan", "settings", "slot_plan", "weights"},
    "bake": {"engine_plan", "engines", "errors", "settings", "slot_plan", "weights"},
    "imaging": {"allocator", "engines", "errors", "pipeline", "processes", "render", "scheduling"},
    "pipeline": {"engines", "errors", "scheduling"},
    "render": {"engines", "errors", "pipeline", "version"},
    "inference": {"allocator", "engine_plan", "engines", "errors", "imaging", "pipeline", "processes", "scheduling"},
    "household": {"engine_plan", "errors", "imaging", "inference", "processes"},
    "json_object": {"errors"},
    "protocols": {"errors", "fetching", "json_object", "metrics", "pipeline", "render"},
    "request_pages": {"errors", "pipeline"},
    "page_turns": {"errors", "pipeline", "request_pages", "scheduling"},
    "service": {"errors", "fetching", "imaging", "page_turns", "pipeline", "request_pages", "scheduling"},
    "core": {
        "engine_plan",
        "engines",
        "fetching",
        "imaging",
        "inference",
        "pipeline",
        "processes",
        "protocols",
        "scheduling",
        "service",
        "settings",
        "version",
    },
    "command_line": {
        "allocator",
        "core",
        "engine_plan",
        "errors",
        "fetching",
        "household",
        "log_format",
        "pipeline",
        "processes",
        "protocols",
        "scheduling",
        "settings",
        "version",
    },
    "__main__": {"command_line"},
    "server": {"errors", "settings"},
    "faas": {"errors", "json_object"},
    "rpc": {
        "access",
        "errors",
        "metrics",
        "protocols",
        "scheduling",
        "server",
        "service",
        "settings",
        "slot_plan",
        "tracing",
    },
    "http": {
        "access",
        "errors",
        "faas",
        "metrics",
        "pipeline",
        "protocols",
        "scheduling",
        "service",
        "settings",
        "tracing",
        "version",
    },
}
COMPOSITION = {"bootstrap", "runtime", "app"}  # the composition root, what it makes, and the factory may know everyone

# Of a room that may be imported, only this: the vocabulary that both sides share.
ONLY = {
    ("imaging", "engines"): {"app.engines.base"},
    ("imaging", "pipeline"): {
        "app.pipeline.block",
        "app.pipeline.layout",
        "app.pipeline.result",
        "app.pipeline.text_layer",
    },
    ("imaging", "render"): {"app.render.drawings", "app.render.lettering"},
    ("render", "engines"): {"app.engines.base"},
    ("render", "pipeline"): {"app.pipeline.result", "app.pipeline.turning"},
    ("inference", "imaging"): {"app.imaging.shared_picture"},
    ("service", "imaging"): {"app.imaging.missing_page", "app.imaging.shared_picture", "app.imaging.text_page"},
    ("household", "inference"): {"app.inference.supervisor"},
    ("household", "imaging"): {"app.imaging.decoders"},
    ("engine_plan", "engines"): {"app.engines.choice"},
    ("service", "pipeline"): {
        "app.pipeline.document_options",
        "app.pipeline.drawing_allowance",
        "app.pipeline.progress",
        "app.pipeline.result",
        "app.pipeline.text_layer",
        "app.pipeline.timeline",
    },
    ("http", "pipeline"): {"app.pipeline.progress", "app.pipeline.result", "app.pipeline.text_layer"},
    ("protocols", "metrics"): {"app.metrics.inference_statistics"},
    ("protocols", "pipeline"): {
        "app.pipeline.block",
        "app.pipeline.document_options",
        "app.pipeline.progress",
        "app.pipeline.result",
        "app.pipeline.text_layer",
    },
    ("metrics", "pipeline"): {"app.pipeline.result", "app.pipeline.text_layer", "app.pipeline.timeline"},
    ("metrics", "tracing"): {"app.tracing.remote_span", "app.tracing.request_trace"},
    ("http", "tracing"): {"app.tracing.remote_span", "app.tracing.request_trace"},
    ("rpc", "tracing"): {"app.tracing.remote_span"},
    ("tracing", "pipeline"): {"app.pipeline.timeline"},
    ("rpc", "server"): {"app.server.descriptors"},
    ("protocols", "fetching"): {"app.fetching.remote_image"},
    ("settings", "faas"): {"app.faas.platform"},
    ("platform_settings", "faas"): {"app.faas.platform"},
    ("fetching", "scheduling"): {"app.scheduling.deadline"},
    ("core", "engines"): {"app.engines.detection_options"},
    ("core", "imaging"): {"app.imaging.decoders"},
    ("core", "protocols"): {"app.protocols.request"},
    ("command_line", "fetching"): {"app.fetching.remote_image"},
    ("command_line", "pipeline"): {"app.pipeline.progress", "app.pipeline.result"},
    ("command_line", "processes"): {"app.processes.channel"},
    ("command_line", "protocols"): {
        "app.protocols.dialect",
        "app.protocols.formats",
        "app.protocols.native",
        "app.protocols.request",
        "app.protocols.wire",
    },
    ("command_line", "scheduling"): {"app.scheduling.deadline"},
}

# By engine, the packages that its runtime consists of: files named after the engine import them, nobody else does.
RUNTIMES = {
    "openvino": ("openvino",),
    "onnxruntime": ("onnxruntime",),
    "paddle": ("paddle", "paddleocr", "paddlex"),
}
HEAVY = {"numpy", "cv2", "PIL", "pyclipper", "openvino", "onnxruntime", "paddle"}
NO_WEB = (
    "access",
    "command_line",
    "core",
    "pipeline",
    "engines",
    "fetching",
    "imaging",
    "render",
    "scheduling",
    "protocols",
    "weights",
    "inference",
    "processes",
)


def module_name(path):
    """Return the dotted name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def imports(path):
    """Return every module that *path* imports, wherever in the file it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative imports hide the room they reach into"
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            found |= inner or {node.module}
    return found


def room(module):
    """Return the room of a module of ours."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "app"


def edges():
    """Return every import from one room into another, as (importing module, imported module)."""
    return [
        (name, target)
        for name, path in MODULES.items()
        for target in imports(path)
        if target.split(".")[0] == "app" and room(target) != room(name)
    ]


def test_the_parser_sees_the_imports():
    """The rules are checked on something: edges that must exist are found, those inside functions too."""
    found = edges()
    assert ("app.pipeline.line_reader", "app.scheduling.inference_pool") in found
    assert ("app", "app.bootstrap") in found
    assert ("app.engines.registry", "app.settings") in found


def test_every_room_has_a_place_in_the_table():
    """A new room says in the table above whom it may know."""
    assert {room(name) for name in MODULES} <= ALLOWED.keys() | COMPOSITION


@pytest.mark.parametrize("name", ALLOWED)
def test_a_room_imports_only_rooms_behind_it(name):
    """Imports point one way: from the door towards the engines, never back."""
    wrong = [f"{a} imports {b}" for a, b in edges() if room(a) == name and room(b) not in ALLOWED[name]]
    assert wrong == []


@pytest.mark.parametrize(("rooms", "modules"), ONLY.items(), ids=str)
def test_shared_vocabulary_is_all_that_is_shared(rooms, modules):
    """Of the rooms in the table above others know the words that both sides need, and no more."""
    reached = {b for a, b in edges() if (room(a), room(b)) == rooms}
    assert reached <= modules


def test_nobody_goes_in_circles():
    """There is an order of the rooms in which each imports only those before it."""
    graph = {room(name): set() for name in MODULES}
    for a, b in edges():
        if (room(b), b) != ("app", "app"):
            graph[room(a)].add(room(b))
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(graph)


def test_the_composition_root_is_known_to_the_factory_alone():
    """Collaborators are handed in: nobody but ``create_app`` reaches for bootstrap, and nobody for ``create_app``."""
    assert {a for a, b in edges() if room(b) == "bootstrap"} == {"app"}
    assert [a for a, b in edges() if b == "app"] == []


@pytest.mark.parametrize("name", NO_WEB)
def test_inner_rooms_know_no_web_framework(name):
    """Everything behind the door can be used and tested without Flask."""
    web = {"flask", "werkzeug", "gunicorn", "jinja2"}
    for module, path in MODULES.items():
        if room(module) == name:
            assert {target.split(".")[0] for target in imports(path)} & web == set(), module


def test_the_server_knows_no_framework():
    """The server serves any WSGI application: it speaks gunicorn's language and WSGI's, not Flask's."""
    for module, path in MODULES.items():
        if room(module) == "server":
            assert {target.split(".")[0] for target in imports(path)} & {"flask", "werkzeug", "jinja2"} == set(), module


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_runtime_is_imported_by_its_engine_alone(runtime):
    """The cold start of one engine does not pay for another: only files named after a runtime import it."""
    packages = set(RUNTIMES[runtime])
    users = {m for m, path in MODULES.items() if packages & {target.split(".")[0] for target in imports(path)}}
    assert users
    assert [user for user in users if not user.startswith(f"app.engines.{runtime}_")] == []


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_engine_modules_are_imported_by_name_when_chosen(runtime):
    """No import statement names an engine with a runtime: the registry loads it by its name when it is chosen."""
    for module, path in MODULES.items():
        theirs = {target for target in imports(path) if target.startswith(f"app.engines.{runtime}_")}
        assert f"app.engines.{runtime}_engine" not in theirs, module
        assert not theirs or module.startswith(f"app.engines.{runtime}_"), module


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_files_stay_small(path):
    """No file of the service reaches 250 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) < 250


def test_the_factory_only_wires():
    """``create_app`` fits on a screen: 50 lines, docstring included."""
    tree = ast.parse((APP / "__init__.py").read_text(encoding="utf-8"))
    factory = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "create_app")
    assert factory.end_lineno - factory.lineno < 50


@pytest.mark.parametrize("path", sorted(APP.glob("*/**/__init__.py")), ids=module_name)
def test_packages_only_re_export(path):
    """An ``__init__.py`` below ``app`` holds a docstring and imports, so that importing a room runs nothing."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_all = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        assert is_text or is_all or isinstance(node, ast.Import | ast.ImportFrom)


def test_the_worker_imports_nothing_that_decodes_or_computes():
    """Neither a library that sees a client's bytes nor a runtime is in the process that talks to clients."""
    code = (
        "import sys, app.bootstrap, app.household, app.engine_plan\n"
        "from app.faas import lambda_function, snapshot\n"
        "from app.http import body, observation, ocr_routes, probe_routes, problems\n"
        "print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert HEAVY & set(ran.stdout.split()) == set()
    assert "flask" in ran.stdout.split()


def test_the_command_line_imports_no_server():
    """Who wants text of a file waits for no framework, and no library that sees the file is in the process either."""
    code = "import sys, app.command_line.command, app.command_line.batch, app.core\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    unwanted = {"flask", "werkzeug", "gunicorn", "prometheus_client", "grpc", *HEAVY}
    assert unwanted & set(ran.stdout.split()) == set()
