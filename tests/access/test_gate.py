"""The gate: who needs a key, what a wrong one hears, and whose requests are counted together."""

import pickle

import pytest

from app.access.gate import PROBES, Access
from app.errors import ConfigurationError, RateLimitedError, UnauthorizedError
from app.settings import Settings

FIRST, SECOND = "first-key-first-key", "second-key-second-key"
WRONG = "wrong-key-wrong-key"
HERE, THERE = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def gate(clock):
    """Return a gate for settings; two keys unless they say otherwise."""
    return lambda **settings: Access.for_settings(
        Settings(**{"api_keys": f"{FIRST}, {SECOND}"} | settings), clock=clock
    )


def by(key):
    """Return the headers that show *key*."""
    return {"x-api-key": key}


def outcome(access, headers, address=HERE, method="POST", path="/ocr"):
    """Return what a request hears: the key's name, or the error's code."""
    try:
        return access.enter(method, path, headers, address)
    except (UnauthorizedError, RateLimitedError) as error:
        return error.code


RIGHT = [
    {"authorization": f"Bearer {FIRST}"},
    {"authorization": f"bearer {FIRST}"},
    {"authorization": f"BEARER   {FIRST} "},
    {"x-api-key": FIRST},
    {"x-api-key": f" {FIRST} "},
    {"authorization": f"Bearer {FIRST}", "x-api-key": FIRST},
    {"authorization": "Basic dTpw", "x-api-key": FIRST},
]
MISSING = [{}, {"authorization": ""}, {"authorization": FIRST}, {"authorization": f"Basic {FIRST}"}]
BAD = [
    {"authorization": f"Bearer {WRONG}"},
    {"authorization": "Bearer"},
    {"authorization": "Bearer "},
    {"authorization": f"Bearer {FIRST},Bearer {FIRST}"},
    {"authorization": f"Bearer {FIRST} x"},
    {"x-api-key": ""},
    {"x-api-key": WRONG},
    {"x-api-key": FIRST[:-1]},
    {"x-api-key": f"{FIRST},{FIRST}"},
    {"x-api-key": f"{FIRST}, {SECOND}"},
    {"x-api-key": "\udcff"},
    {"authorization": f"Bearer {FIRST}", "x-api-key": SECOND},
    {"authorization": f"Bearer {FIRST}", "x-api-key": ""},
    {"authorization": f"Bearer {WRONG}", "x-api-key": FIRST},
]


@pytest.mark.parametrize("headers", RIGHT, ids=str)
def test_a_right_key_is_let_in(gate, headers):
    """As a bearer token, its scheme in any case, or in a header of its own; other schemes' credentials are ignored."""
    assert outcome(gate(), headers) == "env-1"
    assert gate().admits("POST", "/ocr", headers)


@pytest.mark.parametrize("headers", MISSING + BAD, ids=str)
def test_everything_else_is_not(gate, headers):
    """No key, a wrong one, part of one, two of them: all are refused, and the server knows it before the body."""
    assert outcome(gate(), headers) == "unauthorized"
    assert not gate().admits("POST", "/ocr", headers)


def test_a_refusal_shows_no_key(gate):
    """What is said of a wrong key does not repeat it."""
    for headers in MISSING + BAD:
        with pytest.raises(UnauthorizedError) as caught:
            gate().enter("POST", "/ocr", headers, HERE)
        assert not any(part in str(caught.value) for part in (FIRST, SECOND, WRONG))


def test_without_keys_everybody_comes_in(gate):
    """Where none are set none is asked for, and one that is shown does no harm."""
    access = gate(api_keys="")
    for headers in ({}, by(WRONG)):
        assert outcome(access, headers) == ""
        assert access.admits("POST", "/ocr", headers)


def test_keys_of_variable_and_file_both_count(gate, tmp_path):
    """Both sources can be used at once; the log tells them apart."""
    (tmp_path / "keys").write_text("third-key-third-key\n")
    access = gate(api_keys_file=tmp_path / "keys")
    assert outcome(access, by(SECOND)) == "env-2"
    assert outcome(access, by("third-key-third-key")) == "file-1"


@pytest.mark.parametrize("path", sorted(PROBES))
def test_probes_are_open_or_not_by_setting(gate, path):
    """Open, they need no key to be read; closed, they do; anything but reading needs one always."""
    for method in ("GET", "HEAD"):
        assert outcome(gate(), {}, method=method, path=path) == ""
        assert outcome(gate(open_probes=False), {}, method=method, path=path) == "unauthorized"
        assert outcome(gate(open_probes=False), by(FIRST), method=method, path=path) == "env-1"
    assert outcome(gate(), {}, method="POST", path=path) == "unauthorized"


@pytest.mark.parametrize(
    ("method", "path", "is_open"),
    [
        ("GET", "/", True),
        ("GET", "/openapi.json", True),
        ("GET", "/docs", True),
        ("GET", "/docs/", True),
        ("HEAD", "/docs/0123abcd/swagger-ui.css", True),
        ("GET", "/page/0123abcd/page.css", True),
        ("GET", "/page/0123abcd/../ocr", False),
        ("GET", "/page/0123abcd/", False),
        ("POST", "/page/0123abcd/page.css", False),
        ("POST", "/docs", False),
        ("GET", "/docs/x", False),
        ("GET", "/docs/0123abcd/../ocr", False),
        ("GET", "/docs/0123abcd/..", False),
        ("GET", "/docs/0123abcd/swagger-ui.css/x", False),
        ("GET", "/docs/0123abcd/swagger-ui.css\n", False),
        ("OPTIONS", "/ocr", True),
        ("GET", "/ocr", False),
        ("POST", "/", False),
        ("POST", "/openapi.json", False),
        ("GET", "/nowhere", False),
        ("GET", "//healthz", False),
        ("GET", "/healthz/", False),
        ("GET", "/healthz/../ocr", False),
        ("GET", "/HEALTHZ", False),
        ("GET", "", False),
        ("BREW", "/healthz", False),
    ],
)
def test_only_what_is_named_is_open(gate, method, path, is_open):
    """The page, its description and questions before a request are open; any other path or method needs a key."""
    access = gate()
    assert (outcome(access, {}, method=method, path=path) == "") == is_open
    assert access.admits(method, path, {}) == is_open
    assert access.admits(method, f"{path}?a=/healthz", {}) == is_open


def test_each_key_has_its_own_rate(gate, clock):
    """One key's requests are counted together wherever they come from, and not against another's."""
    access = gate(rate_limit=1, rate_burst=2)
    assert [outcome(access, by(FIRST), address) for address in (HERE, THERE, HERE)] == ["env-1"] * 2 + ["rate_limited"]
    assert outcome(access, by(SECOND)) == "env-2"
    clock.now += 1
    assert [outcome(access, by(FIRST)) for _ in range(2)] == ["env-1", "rate_limited"]


def test_a_refusal_says_when_and_what(gate):
    """It carries the exact seconds to wait, and names the limit that was passed."""
    access = gate(rate_limit=0.5, rate_burst=1)
    access.enter("POST", "/ocr", by(FIRST), HERE)
    with pytest.raises(RateLimitedError, match=r"more than 0\.5 requests a second, after 1 at once") as caught:
        access.enter("POST", "/ocr", by(FIRST), HERE)
    assert caught.value.retry_after_seconds == 2.0


def test_without_keys_addresses_are_counted(gate):
    """Each address has its own rate; a key that nobody asked for makes no difference."""
    access = gate(api_keys="", rate_limit=1, rate_burst=2)
    assert [outcome(access, by(f"{n}")) for n in range(3)] == ["", "", "rate_limited"]
    assert outcome(access, {}, THERE) == ""


def test_reading_is_not_counted(gate):
    """Probes and questions neither use up a rate nor are stopped by it."""
    access = gate(api_keys="", rate_limit=1, rate_burst=1)
    for _ in range(20):
        assert outcome(access, {}, method="GET", path="/healthz") == ""
        assert outcome(access, {}, method="OPTIONS") == ""
    assert [outcome(access, {}) for _ in range(2)] == ["", "rate_limited"]
    assert outcome(access, {}, method="GET", path="/healthz") == ""


def test_workers_take_a_share_each(gate, clock):
    """Of 4 a second and 6 at once each of two workers lets in 2 a second and 3 at once."""
    access = gate(rate_limit=4, rate_burst=6, workers=2)
    assert [outcome(access, by(FIRST)) for _ in range(4)] == ["env-1"] * 3 + ["rate_limited"]
    clock.now += 0.5
    assert [outcome(access, by(FIRST)) for _ in range(2)] == ["env-1", "rate_limited"]


def test_wrong_keys_are_limited_by_address(gate, clock):
    """After ten of them in a row an address hears 429, one a second is looked at then, and other addresses go on."""
    access = gate()
    assert [outcome(access, by(f"{WRONG}{n}")) for n in range(12)] == ["unauthorized"] * 10 + ["rate_limited"] * 2
    assert outcome(access, by(WRONG), THERE) == "unauthorized"
    clock.now += 1
    assert [outcome(access, by(WRONG)) for _ in range(2)] == ["unauthorized", "rate_limited"]


def test_wrong_keys_lock_no_right_one_out(gate):
    """Clients may share the address of a proxy: what one of them does wrong is not held against the others."""
    access = gate(rate_limit=1, rate_burst=2)
    for n in range(50):
        outcome(access, by(f"{WRONG}{n}"))
    assert [outcome(access, by(FIRST)) for _ in range(3)] == ["env-1", "env-1", "rate_limited"]


def test_asking_at_the_head_costs_nothing(gate):
    """What the server asks before it reads a body uses up no rate, of keys or of wrong keys."""
    access = gate(rate_limit=1, rate_burst=1)
    for _ in range(50):
        assert access.admits("POST", "/ocr", by(FIRST))
        assert not access.admits("POST", "/ocr", by(WRONG))
    assert outcome(access, by(WRONG)) == "unauthorized"
    assert outcome(access, by(FIRST)) == "env-1"


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"api_keys": "short"}, "OCR_API_KEYS: key 1 has 5 characters < 16 needed"),
        ({"api_keys": f"{FIRST},{SECOND},a b c d e f g h i j k"}, "OCR_API_KEYS: key 3 has a character other than"),
        ({"api_keys": " , "}, "OCR_API_KEYS: holds no key"),
        ({"cors_origins": "example.com"}, "OCR_CORS_ORIGINS"),
        ({"api_keys_file": "/nowhere/keys"}, "OCR_API_KEYS_FILE"),
    ],
)
def test_what_cannot_be_used_stops_the_start(gate, tmp_path, settings, complaint):
    """A bad key, an unreadable file or a bad origin is one line; never does the service start open instead."""
    if "api_keys_file" in settings:
        settings = settings | {"api_keys_file": tmp_path / "nowhere"}
    with pytest.raises(ConfigurationError, match=complaint):
        gate(**settings)


def test_settings_that_forgot_their_keys_open_no_gate(gate):
    """Settings are kept and sent to other processes without the keys, and a gate made of them is refused, not open."""
    settings = Settings(api_keys=f"{FIRST},{SECOND}").without_keys()
    assert FIRST.encode() not in pickle.dumps(settings)
    with pytest.raises(ConfigurationError):
        Access.for_settings(settings)
    assert Settings().without_keys() == Settings()
    assert FIRST not in repr(gate())
