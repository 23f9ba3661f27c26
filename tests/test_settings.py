"""Settings from the environment: every rule of parsing, the port's fall-backs, and what is said of a bad value."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from app.errors import ConfigurationError
from app.settings import Settings, unknown_names
from app.settings_page import settings_page

FIELDS = dataclasses.fields(Settings)
NUMBERS = [f for f in FIELDS if type(f.default) in {int, float}]
WHOLE = [f for f in NUMBERS if type(f.default) is int]
SEVERAL = [f for f in FIELDS if type(f.default) is tuple]
CHOICES = [f for f in FIELDS if f.metadata["choices"] and f not in SEVERAL]

LAMBDA = {"AWS_LAMBDA_FUNCTION_NAME": "ocr"}
PORT_ORDER = [
    "OCR_PORT",
    "FUNCTIONS_CUSTOMHANDLER_PORT",
    "AWS_LWA_PORT",
    "PORT",
    "FC_CUSTOM_LISTEN_PORT",
    "FC_SERVER_PORT",
]


def name_of(spec: "dataclasses.Field[Any]") -> str:
    """Return the variable of a field."""
    return f"OCR_{spec.name.upper()}"


def complaint(environ: dict[str, str]) -> str:
    """Return what is said of *environ*; the test fails where nothing is."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env(environ)
    return str(caught.value)


def test_an_empty_environment_gives_the_documented_defaults():
    """Without a variable the service is what the contract says: port 9000, engine and model auto, 1600 pixels."""
    settings = Settings.from_env({})
    assert (settings.host, settings.port, settings.engine) == ("0.0.0.0", 9000, "auto")
    assert (settings.model, settings.model_dir, settings.warmup) == ("auto", None, "import")
    assert (settings.det_max_side, settings.det_threshold, settings.det_box_threshold) == (1600, 0.3, 0.6)
    assert (settings.det_unclip_ratio, settings.workers, settings.cpus, settings.slots) == (1.5, 1, 0, 0)


def test_settings_cannot_be_changed():
    """Nobody can write a request's wish onto the settings that all requests share."""
    settings = Settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.min_score = 0.5


def test_each_kind_of_value_is_parsed():
    """Whole numbers, fractions, words and paths arrive as their own types, with the blanks around them dropped."""
    settings = Settings.from_env(
        {
            "OCR_WORKERS": " 3 ",
            "OCR_CPUS": "1.5",
            "OCR_ENGINE": "null",
            "OCR_MODEL": "my-tier",
            "OCR_MODEL_DIR": "/models/mine",
            "OCR_WEIGHTS_DIR": "elsewhere",
            "OCR_MIN_SCORE": "1e-1",
        }
    )
    assert settings.workers == 3
    assert isinstance(settings.workers, int)
    assert settings.cpus == 1.5
    assert settings.engine == "null"
    assert settings.model == "my-tier"
    assert settings.model_dir == Path("/models/mine")
    assert settings.weights_dir == Path("elsewhere")
    assert settings.min_score == 0.1


@pytest.mark.parametrize("spec", FIELDS, ids=lambda f: f.name)
@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_value_counts_as_unset(spec, blank):
    """``OCR_X=`` in a compose file or a chart means the default, for every setting."""
    assert getattr(Settings.from_env({name_of(spec): blank}), spec.name) == spec.default


@pytest.mark.parametrize("spec", FIELDS, ids=lambda f: f.name)
def test_every_setting_is_read_from_its_own_variable(spec):
    """Each field has its variable, OCR_ and the field's name, and nothing else changes with it."""
    meta, raw = spec.metadata, None
    if spec in SEVERAL:
        raw, other = "none", ()
    elif meta["choices"]:
        other = next(choice for choice in meta["choices"] if choice != spec.default)
    elif type(spec.default) is bool:
        other = not spec.default
    elif meta["high"] is not None:
        most = (meta["high"] - meta["high"] % 32 or meta["high"]) if type(spec.default) is int else meta["high"]
        other = meta["low"] if most == spec.default else most
    else:
        other = "/somewhere/else" if isinstance(spec.default, str) else Path("/somewhere/else")
    assert other != spec.default
    changed = Settings.from_env({name_of(spec): raw or str(other)})
    assert dataclasses.replace(Settings(), **{spec.name: other}) == changed


@pytest.mark.parametrize("spec", NUMBERS, ids=lambda f: f.name)
@pytest.mark.parametrize("raw", ["abc", "1,5", "0x", "nan", "--1"])
def test_what_is_no_number_is_refused(spec, raw):
    """A number that does not parse (NaN is none) stops the start, and the line names the variable and the value."""
    line = complaint({name_of(spec): raw})
    assert name_of(spec) in line
    assert raw in line


@pytest.mark.parametrize("spec", WHOLE, ids=lambda f: f.name)
def test_a_fraction_is_no_whole_number(spec):
    """Where a count is asked for, 1.5 is refused and not cut off."""
    line = complaint({name_of(spec): "1.5"})
    assert name_of(spec) in line
    assert "whole" in line


@pytest.mark.parametrize("spec", NUMBERS, ids=lambda f: f.name)
def test_the_ends_of_a_range_belong_to_it(spec):
    """The least and the greatest value that the settings page states are both accepted."""
    for end in (spec.metadata["low"], spec.metadata["high"]):
        whole = end - end % 32 if spec.name == "det_max_side" else end
        assert getattr(Settings.from_env({name_of(spec): str(whole)}), spec.name) == whole


@pytest.mark.parametrize("spec", NUMBERS, ids=lambda f: f.name)
def test_beyond_its_range_a_number_is_refused(spec):
    """Below the least and above the greatest value the start stops, and the line says what is allowed."""
    low, high = spec.metadata["low"], spec.metadata["high"]
    for outside in (low - 1, high + 1):
        line = complaint({name_of(spec): str(outside)})
        assert f"{name_of(spec)}={outside}" in line
        assert str(low) in line
        assert str(high) in line


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("OCR_PORT", "0"),
        ("OCR_PORT", "65536"),
        ("OCR_WORKERS", "0"),
        ("OCR_QUEUE_SIZE", "-1"),
        ("OCR_MIN_SCORE", "1.01"),
        ("OCR_DET_THRESHOLD", "-0.1"),
        ("OCR_DEADLINE_SECONDS", "0"),
        ("OCR_DEADLINE_SECONDS", "inf"),
        ("OCR_MAX_BYTES", "0"),
        ("OCR_MAX_IMAGES", "0"),
        ("OCR_CPUS", "-2"),
    ],
)
def test_values_that_make_no_sense_are_refused(name, raw):
    """Ports that do not exist, no workers, negative queues, shares above 1 and endless deadlines stop the start."""
    assert name in complaint({name: raw})


@pytest.mark.parametrize("spec", CHOICES, ids=lambda f: f.name)
def test_choices_are_closed_and_listed(spec):
    """Every choice is accepted; anything else, another case included, is answered with the list."""
    for choice in spec.metadata["choices"]:
        assert getattr(Settings.from_env({name_of(spec): choice}), spec.name) == choice
    for wrong in ("nonsense", spec.metadata["choices"][0].upper()):
        line = complaint({name_of(spec): wrong})
        assert name_of(spec) in line
        assert wrong in line
        assert all(choice in line for choice in spec.metadata["choices"])


@pytest.mark.parametrize("spec", SEVERAL, ids=lambda f: f.name)
def test_several_choices_are_a_list(spec):
    """All of them, none, or some in any order; anything else is answered with the list."""
    first, second, *_ = choices = spec.metadata["choices"]
    expected = {"all": choices, "none": (), f" {second}, {first},": (first, second), first: (first,)}
    for raw, several in expected.items():
        assert getattr(Settings.from_env({name_of(spec): raw}), spec.name) == several
    for wrong in ("nonsense", f"{first},nonsense", "all,none", f"none,{first}", ",", first.upper()):
        line = complaint({name_of(spec): wrong})
        assert all(word in line for word in (name_of(spec), wrong, *choices))


def test_the_detector_side_must_fit_the_stride():
    """A side that is no multiple of 32 is refused: no canvas of the detector could have it."""
    assert "OCR_DET_MAX_SIDE" in complaint({"OCR_DET_MAX_SIDE": "1000"})
    assert Settings.from_env({"OCR_DET_MAX_SIDE": "992"}).det_max_side == 992


@pytest.mark.parametrize(
    "environ",
    [
        {"OCR_PORT": "80\n81"},
        {"OCR_ENGINE": "null\nnull"},
        {"OCR_CPUS": "1\r\n2"},
        {"OCR_WORKERS": "100"},
        {"OCR_DET_MAX_SIDE": "1000"},
    ],
)
def test_a_complaint_is_one_line(environ):
    """What stops the start is one line of text, whatever the value holds."""
    assert len(complaint(environ).splitlines()) == 1


def test_the_port_falls_back_in_the_contract_order_on_lambda():
    """The first of the six variables that is set wins, and 9000 where none is."""
    ports = {name: str(8001 + index) for index, name in enumerate(PORT_ORDER)}
    for name in PORT_ORDER:
        assert Settings.from_env(ports | LAMBDA).port == int(ports[name]), name
        ports.pop(name)
    assert Settings.from_env(LAMBDA).port == 9000


def test_the_web_adapter_port_counts_on_lambda_alone():
    """AWS_LWA_PORT outside Lambda is somebody else's variable."""
    environ = {"AWS_LWA_PORT": "8001", "FC_SERVER_PORT": "8002"}
    assert Settings.from_env(environ).port == 8002
    assert Settings.from_env(environ | LAMBDA).port == 8001


@pytest.mark.parametrize("link", ["tcp://10.0.0.1:80", "udp://10.0.0.1:53", "sctp://[fd00::1]:9"])
def test_a_kubernetes_service_link_is_no_port(link):
    """Beside a Service named ocr every pod gets OCR_PORT=tcp://...: the next variable, or 9000, is taken instead."""
    assert Settings.from_env({"OCR_PORT": link}).port == 9000
    assert Settings.from_env({"OCR_PORT": link, "PORT": "8080"}).port == 8080


@pytest.mark.parametrize("name", [n for n in PORT_ORDER if n != "AWS_LWA_PORT"])
@pytest.mark.parametrize("raw", ["http", "70000", "80.5", "http://10.0.0.1:80"])
def test_a_bad_port_names_the_variable_it_came_from(name, raw):
    """A platform's variable with a bad port is not passed over: the line names it and its value."""
    line = complaint({name: raw})
    assert line.startswith(f"{name}=")
    assert raw in line


def test_a_blank_port_variable_is_passed_over():
    """PORT= is as good as none."""
    assert Settings.from_env({"OCR_PORT": " ", "PORT": "", "FC_SERVER_PORT": "8002"}).port == 8002


def test_unknown_names_are_typing_errors():
    """Variables with the prefix that are no setting are reported, sorted; settings and other prefixes are not."""
    known = {name_of(spec): "1" for spec in FIELDS}
    assert unknown_names(known | {"PATH": "/bin", "MY_OCR_ENGINE": "x", "ocr_engine": "x"}) == []
    assert unknown_names(known | {"OCR_WORKER": "2", "OCR_DET_MAXSIDE": "960"}) == ["OCR_DET_MAXSIDE", "OCR_WORKER"]


def test_kubernetes_service_links_are_no_typing_errors():
    """What Kubernetes sets beside a Service named ocr is not reported."""
    links = [
        "OCR_SERVICE_HOST",
        "OCR_SERVICE_PORT",
        "OCR_SERVICE_PORT_HTTP",
        "OCR_PORT",
        "OCR_PORT_80_TCP",
        "OCR_PORT_80_TCP_PROTO",
        "OCR_PORT_80_TCP_PORT",
        "OCR_PORT_80_TCP_ADDR",
    ]
    assert unknown_names(dict.fromkeys(links, "x")) == []


def test_what_the_service_sets_itself_is_no_typing_error():
    """The mark that the arbiter puts on a replacement worker is not reported to the operator as a wrong setting."""
    assert unknown_names({"OCR_INTERNAL_REPLACEMENT": "1"}) == []


def test_the_settings_page_has_a_row_a_setting():
    """The generated table names every variable once, with its default, its choices and its range."""
    rows = [line for line in settings_page().splitlines() if line.startswith("| `OCR_")]
    assert len(rows) == len(FIELDS)
    for spec, row in zip(FIELDS, rows, strict=True):
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 3, row
        assert cells[0] == f"`{name_of(spec)}`"
        default = "all" if spec in SEVERAL else spec.default
        assert cells[1] == ("" if default in (None, "") else f"`{default}`")
        assert all(f"`{choice}`" in cells[2] for choice in spec.metadata["choices"])
        if spec.metadata["low"] is not None:
            assert f"{spec.metadata['low']} to {spec.metadata['high']}" in cells[2]


def test_the_settings_page_is_the_generated_one():
    """``docs/settings.md`` says what the code does: it was generated from the settings as they are."""
    written = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written.strip() == settings_page().strip(), "run `make docs`"


def test_the_settings_page_tells_the_ports_order():
    """The page names the port's variables in the order in which they are asked."""
    head = settings_page().split("| variable")[0]
    places = [head.index(f"`{name}`") for name in PORT_ORDER]
    assert places == sorted(places)


def test_the_settings_page_is_current():
    """``docs/settings.md`` is what the code says of its settings: ``make docs`` was run after the last change."""
    page = Path(__file__).parents[1] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8") == settings_page() + "\n"


@pytest.mark.parametrize(("text", "value"), [("true", True), ("ON", True), ("1", True), ("off", False), ("0", False)])
def test_a_switch_is_read_in_every_spelling(text, value):
    """What says yes or no is a boolean, in any case."""
    assert Settings.from_env({"OCR_OPEN_PROBES": text}).open_probes is value


def test_a_switch_that_is_neither_is_refused():
    """Anything else stops the start and names what there is."""
    assert complaint({"OCR_OPEN_PROBES": "maybe"}) == (
        "OCR_OPEN_PROBES='maybe': must be one of true, false, 1, 0, on, off"
    )


def test_keys_are_not_shown():
    """Whoever prints the settings, a log or a traceback, shows no key."""
    assert "hunter2" not in repr(Settings.from_env({"OCR_API_KEYS": "hunter2"}))


def test_the_address_of_a_kubernetes_service_is_no_port_for_grpc():
    """Beside a Service named "ocr-grpc" each pod has such a variable; it sets nothing, and is no typing error."""
    linked = {"OCR_GRPC_PORT": "tcp://10.0.0.1:9001"}
    assert Settings.from_env(linked).grpc_port == 0
    assert unknown_names(linked) == []
    assert Settings.from_env({"OCR_GRPC_PORT": "9001"}).grpc_port == 9001
    assert "OCR_GRPC_PORT" in complaint({"OCR_GRPC_PORT": "tcp"})


def test_http_and_grpc_have_ports_of_their_own():
    """One port for both is refused, wherever HTTP has it from."""
    for environ in ({"OCR_PORT": "9001", "OCR_GRPC_PORT": "9001"}, {"OCR_GRPC_PORT": "9000"}):
        assert "HTTP has that port" in complaint(environ)
