"""The setting that names origins."""

import pytest

from app.access.origins import parse_origins
from app.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", set()),
        (" , ", set()),
        ("*", {"*"}),
        ("https://example.com", {"https://example.com"}),
        (
            "HTTPS://Example.com, http://localhost:3000,",
            {"https://example.com", "http://localhost:3000"},
        ),
        ("http://[::1]:8080,http://10.0.0.1", {"http://[::1]:8080", "http://10.0.0.1"}),
        ("capacitor://localhost", {"capacitor://localhost"}),
    ],
)
def test_origins_are_taken_as_browsers_send_them(text, origins):
    """In lower case, with commas between them; apps have schemes of their own."""
    assert parse_origins(text) == origins


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "https://",
        "https://example.com/",
        "https://example.com/app",
        "https://example.com?x",
        "https://user@example.com",
        "https://*.example.com",
        "https://example.com:port",
        "https://exämple.com",
        "https://a b",
        "https://a\r\nX: y",
        "null",
        "https://example.com:443",
        "http://example.com:80",
        "*,https://example.com",
    ],
)
def test_what_browsers_never_send_stops_the_start(text):
    """A path, a pattern, a scheme's own port, a missing scheme: such an entry would never match, and is refused."""
    with pytest.raises(ConfigurationError, match="OCR_CORS_ORIGINS"):
        parse_origins(text)
