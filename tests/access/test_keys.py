"""Keys: which may be one, how they are kept, and how they are compared."""

import hmac
import re
from hmac import compare_digest

import pytest

from app.access.keys import MIN_CHARACTERS, MOST_KEYS, Seal, checked, find
from app.errors import ConfigurationError

KEYS = [f"key-number-{n:06}" for n in range(5)]


def test_each_key_is_found_under_its_place():
    """Every one of several keys is let in, under a name that says where it stands and nothing of the key."""
    seal = Seal()
    known = seal.all(KEYS, "file")
    for place, key in enumerate(KEYS, 1):
        found = find(known, seal(key))
        assert found is not None
        assert found.name == f"file-{place}"


@pytest.mark.parametrize(
    "key", ["", "key-number-00000", "key-number-0000000", "KEY-NUMBER-000000", "é", "\ud800", "x" * 9000]
)
def test_what_is_no_key_is_not_found(key):
    """A prefix, a longer text, another case and what is no text at all are wrong keys, and no errors."""
    seal = Seal()
    assert find(seal.all(KEYS, "env"), seal(key)) is None


def test_a_key_is_compared_with_every_key(monkeypatch):
    """Whichever key it is, or none, all are compared, each in constant time: the time taken says nothing."""
    seen = []

    def compare(a, b):
        seen.append(a)
        return compare_digest(a, b)

    seal = Seal()
    known = seal.all(KEYS, "env")
    monkeypatch.setattr(hmac, "compare_digest", compare)
    for shown in [KEYS[0], KEYS[-1], "wrong"]:
        seen.clear()
        find(known, seal(shown))
        assert seen == [key.digest for key in known]


def test_nothing_that_is_kept_shows_a_key():
    """Neither the text of what is kept nor its bytes hold the key or a hash that could be made without the salt."""
    known = Seal().all(KEYS, "env")
    assert not re.search("key-number|digest", repr(known))
    assert {key.digest for key in known}.isdisjoint({key.digest for key in Seal().all(KEYS, "env")})


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("short", f"key 2 has 5 characters < {MIN_CHARACTERS} needed"),
        ("with a blank in it", "key 2 has a character other than ASCII's visible ones"),
        ("tabulator\tinside", "key 2 has a character other than ASCII's visible ones"),
        ("Schlüssel-Schlüssel", "key 2 has a character other than ASCII's visible ones"),
        ("nul\0nul\0nul\0nul\0nul", "key 2 has a character other than ASCII's visible ones"),
    ],
)
def test_an_unfit_key_is_refused_without_being_shown(key, complaint):
    """A key that is short or cannot stand in a header is refused by its place; its text is told nobody."""
    with pytest.raises(ConfigurationError) as caught:
        checked([KEYS[0], key], "SOURCE")
    assert str(caught.value) == f"SOURCE: {complaint}"


def test_there_are_not_more_keys_than_can_be_compared():
    """So many keys are refused that comparing them would take its time at each request."""
    many = [f"{n:016}" for n in range(MOST_KEYS + 1)]
    assert checked(many[:-1], "SOURCE") == many[:-1]
    with pytest.raises(ConfigurationError, match=f"SOURCE: {MOST_KEYS + 1} keys > {MOST_KEYS} allowed"):
        checked(many, "SOURCE")
