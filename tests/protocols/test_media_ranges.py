"""``Accept``, as RFC 9110 has it: what is named most closely counts, the best liked wins, of equals the first."""

import pytest

from app.protocols.media_ranges import preferred

OFFERED = ["application/json", "text/plain", "text/html", "image/png"]
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", "application/json"),
        ("  ", "application/json"),
        ("*/*", "application/json"),
        ("text/plain", "text/plain"),
        ("TEXT/Plain;charset=utf-8", "text/plain"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/plain, application/json", "application/json"),
        ("text/plain;q=0.9, application/json;q=0.8", "text/plain"),
        ("text/*", "text/plain"),
        ("text/*, text/plain;q=0.1", "text/html"),
        ("*/*;q=0.1, text/*;q=0.5, image/png;q=0.7", "image/png"),
        ("application/json;q=0, */*", "text/plain"),
        (BROWSER, "text/html"),
        ("image/*,*/*;q=0.8", "image/png"),
        ("text/plain ; Q=0.5 , image/png; q=0.6", "image/png"),
    ],
)
def test_the_best_liked_is_answered(accept, wanted):
    """With weights, wildcards, parameters, and in any case."""
    assert preferred(accept, OFFERED) == wanted


@pytest.mark.parametrize("accept", ["text/csv", "application/json;q=0", "*/*;q=0", ",;,", "json", "image/*;q=0"])
def test_where_nothing_is_liked_there_is_nothing(accept):
    """It is for the asker to say what then."""
    assert preferred(accept, OFFERED) is None


@pytest.mark.parametrize("quality", ["nan", "inf", "-1", "2", "x", "", "1e999"])
def test_a_weight_that_is_none_likes_nothing(quality):
    """Nor does it put the others out of order."""
    assert preferred(f"text/html;q={quality}, image/png;q=0.1", OFFERED) == "image/png"
