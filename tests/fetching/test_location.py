"""URLs taken apart strictly."""

import random

import pytest

from app.errors import MalformedRequestError, RequestError, UrlNotAllowedError
from app.fetching.location import MOST_CHARACTERS, parse_location


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "target"),
    [
        ("https://images.example.com/a.png", "https", "images.example.com", 443, "/a.png"),
        ("HTTPS://IMAGES.Example.COM", "https", "images.example.com", 443, "/"),
        ("http://example.com:8080/x?y=1", "http", "example.com", 8080, "/x?y=1"),
        ("https://example.com:/x", "https", "example.com", 443, "/x"),
        ("https://example.com?q", "https", "example.com", 443, "/?q"),
        ("https://example.com/a#secret", "https", "example.com", 443, "/a"),
        ("https://example.com./a", "https", "example.com", 443, "/a"),
        ("https://example.com//evil.test/a", "https", "example.com", 443, "//evil.test/a"),
        ("https://example.com/图.png?名=1", "https", "example.com", 443, "/%E5%9B%BE.png?%E5%90%8D=1"),
        ("https://example.com/a%20b%2F", "https", "example.com", 443, "/a%20b%2F"),
        ("https://bücher.example/", "https", "xn--bcher-kva.example", 443, "/"),
        ("https://例え.テスト/", "https", "xn--r8jz45g.xn--zckzah", 443, "/"),
        ("https://example。com/", "https", "example.com", 443, "/"),
        ("https://a_b.example.com/", "https", "a_b.example.com", 443, "/"),
        ("https://example.com/?u=a@b", "https", "example.com", 443, "/?u=a@b"),
    ],
)
def test_a_url_becomes_where_to_go(url, scheme, host, port, target):
    """Scheme, host in ASCII and lower case, port and what to ask for, without the fragment."""
    location = parse_location(url)
    assert (location.scheme, location.host, location.port, location.target) == (scheme, host, port, target)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://a.test/", "a.test"),
        ("https://a.test:443/", "a.test"),
        ("https://a.test:80/", "a.test:80"),
        ("http://a.test:80/", "a.test"),
    ],
)
def test_the_host_header_names_a_port_that_is_not_the_schemes_own(url, authority):
    """As browsers do it; the URL that redirects are relative to is made of it."""
    assert parse_location(url).authority == authority
    assert parse_location(url).url.split("/")[2] == authority


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f000001",
        "0x7F.1",
        "0177.0.0.1",
        "0300.0250.0.1",
        "0",
        "0x",
        "8.8.8.8",
        "1.2.3.4.5",
        "a.b.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fe80::1%25eth0]",
        "[2606:4700::1111]",
        "１２７.０.０.１",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "169.254.169.254",
    ],
)
def test_an_address_is_never_fetched_from(host):
    """An address in any spelling is refused, a public one too: the list is one of names, and so are certificates."""
    with pytest.raises(UrlNotAllowedError):
        parse_location(f"https://{host}/a.png")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://images.example.com@evil.test/", UrlNotAllowedError),
        ("https://images.example.com:x@evil.test/", UrlNotAllowedError),
        ("https://@evil.test/", UrlNotAllowedError),
        ("https://evil.test\\@images.example.com/", MalformedRequestError),
        ("https://evil.test\\.images.example.com/", MalformedRequestError),
        ("https:\\\\images.example.com/", MalformedRequestError),
        ("https://evil.test\t.example.com/", MalformedRequestError),
        ("https://exa\nmple.com/", MalformedRequestError),
        (" https://example.com/", MalformedRequestError),
        ("https://example.com/ HTTP/1.1\r\nHost: evil.test", MalformedRequestError),
        ("https://example.com/\x00", MalformedRequestError),
        ("https://example.com/a b", MalformedRequestError),
        ("https://images.example.com%2eevil.test/", MalformedRequestError),
        ("https://evil.test%00.example.com/", MalformedRequestError),
        ("https://evil.test／.example.com/", MalformedRequestError),
        ("https://evil.test＠example.com/", MalformedRequestError),
        ("https://[example.com/", (MalformedRequestError, UrlNotAllowedError)),
        ("https://example.com:0/", MalformedRequestError),
        ("https://example.com:65536/", MalformedRequestError),
        ("https://example.com:4x/", MalformedRequestError),
        ("https://example.com:-1/", MalformedRequestError),
        ("https:///path", MalformedRequestError),
        ("https:example.com", MalformedRequestError),
        ("https://a..b/", MalformedRequestError),
        ("https://-a.test/", MalformedRequestError),
        ("https://" + "a" * 64 + ".test/", MalformedRequestError),
        ("https://" + "a." * 127 + "test/", MalformedRequestError),
        ("https://example.com/\ud800", MalformedRequestError),
        ("https://\ud800.test/", MalformedRequestError),
        ("//example.com/", UrlNotAllowedError),
        ("", UrlNotAllowedError),
        ("file:///etc/passwd", UrlNotAllowedError),
        ("ftp://example.com/", UrlNotAllowedError),
        ("gopher://example.com/", UrlNotAllowedError),
        ("data:image/png;base64,AAAA", UrlNotAllowedError),
    ],
)
def test_tricks_are_refused(url, error):
    """Whatever two parsers might read in two ways, and every other scheme, is no URL here."""
    with pytest.raises(error):
        parse_location(url)


def test_the_length_is_limited():
    """The longest URL passes, one character more does not; the error says actual > allowed."""
    longest = "https://a.test/".ljust(MOST_CHARACTERS, "x")
    assert len(parse_location(longest).url) == MOST_CHARACTERS
    with pytest.raises(MalformedRequestError, match=f"{MOST_CHARACTERS + 1} characters > {MOST_CHARACTERS} allowed"):
        parse_location(longest + "x")


def test_a_location_is_not_shown_with_its_path():
    """Paths and queries carry signatures: what is logged by accident shows none."""
    assert "secret" not in repr(parse_location("https://a.test/secret?secret"))


def test_random_text_is_a_location_or_an_error_of_ours():
    """Whatever comes in, nothing else is raised, and what passes is clean: ASCII, no white space, a name for a host."""
    dice = random.Random(2)
    alphabet = "abz019.-_:/@?#%[]\\\t\n 　。．①ß\u200dÄ\ud800\u202e\x00\x7f"
    passed = 0
    for _ in range(20_000):
        head = dice.choice(["https://", "http://", "https://a.test", "https:", ""])
        text = head + "".join(dice.choices(alphabet, k=dice.randrange(12)))
        try:
            location = parse_location(text)
        except RequestError:
            continue
        passed += 1
        assert location.url.isascii()
        assert location.url.isprintable()
        assert not set(" \\@#[]:") & set(location.host)
        assert not location.host.split(".")[-1].isdigit()
        assert parse_location(location.url) == location
    assert passed > 500
