"""The operator's list of hosts."""

import pytest

from app.errors import ConfigurationError
from app.fetching.allow_list import AllowList
from app.fetching.location import parse_location


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        (
            "images.example.com",
            ["https://images.example.com/", "https://IMAGES.example.com:443/", "https://images.example.com./"],
            [
                "http://images.example.com/",
                "https://images.example.com:8443/",
                "https://example.com/",
                "https://a.images.example.com/",
                "https://images.example.com.evil.test/",
                "https://evilimages.example.com/",
            ],
        ),
        (
            "*.example.com",
            ["https://a.example.com/", "https://a.b.example.com/"],
            ["https://example.com/", "https://evilexample.com/", "https://a.example.com.evil.test/"],
        ),
        ("http://a.test", ["http://a.test/", "http://a.test:80/"], ["https://a.test/", "http://a.test:8080/"]),
        ("http://*.a.test:8080", ["http://b.a.test:8080/"], ["http://a.test:8080/", "http://b.a.test/"]),
        ("https://a.test:8443", ["https://a.test:8443/"], ["https://a.test/", "http://a.test:8443/"]),
        ("*", ["https://a.test/", "https://b.example/"], ["http://a.test/", "https://a.test:22/"]),
        ("http://*", ["http://a.test/"], ["https://a.test/", "http://a.test:6379/"]),
        ("bücher.example", ["https://xn--bcher-kva.example/", "https://BÜCHER.example/"], ["https://bucher.example/"]),
        (" a.test , B.test,", ["https://a.test/", "https://b.test/"], ["https://c.test/"]),
    ],
)
def test_an_entry_covers_its_scheme_host_and_port(entry, inside, outside):
    """What an entry leaves out is https and the scheme's own port; a name below or beside another is another."""
    allowed = AllowList.parse(entry)
    assert allowed
    assert [url for url in inside if not allowed.covers(parse_location(url))] == []
    assert [url for url in outside if allowed.covers(parse_location(url))] == []


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_an_empty_list_covers_nothing(text):
    """No entry: nothing is fetched."""
    assert not AllowList.parse(text)
    assert not AllowList.parse(text).covers(parse_location("https://a.test/"))


@pytest.mark.parametrize(
    "entry",
    [
        "https://",
        "ftp://a.test",
        "a.test/path",
        "a.test:port",
        "a.test:0",
        "a.test:65536",
        "a.test:",
        "user@a.test",
        "*.*",
        "*a.test",
        "a.*.test",
        "*.",
        "a b",
        "127.0.0.1",
        "10.0.0.0/8",
        "2130706433",
        "[::1]",
        "::1",
        "a..b",
        "-a.test",
        "a.test?x",
    ],
)
def test_a_bad_entry_stops_the_start(entry):
    """What is no entry is said in one line that names the variable and the entry."""
    with pytest.raises(ConfigurationError, match="OCR_URL_HOSTS") as caught:
        AllowList.parse(f"good.test,{entry}")
    assert repr(entry) in str(caught.value)
    assert "\n" not in str(caught.value)
