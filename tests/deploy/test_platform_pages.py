"""docs/platforms: a page for each folder of manifests, which says the same things in the same order."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_DOCS = _ROOT / "docs" / "platforms"
_PLATFORMS = sorted(path.stem for path in _DOCS.glob("*.md") if path.stem != "README")
_OWN = {"__pycache__", "checks", "container", "supply"}


def page_of(platform):
    """The page's text."""
    return (_DOCS / f"{platform}.md").read_text(encoding="utf-8")


def test_every_platform_has_its_page():
    """No folder of manifests is without a page, and no page without its folder."""
    folders = {path.name for path in (_ROOT / "deploy").iterdir() if path.is_dir()}
    assert set(_PLATFORMS) == folders - _OWN


@pytest.mark.parametrize("platform", _PLATFORMS)
def test_the_index_names_the_page(platform):
    """Who looks through docs/platforms finds it."""
    assert f"]({platform}.md)" in page_of("README")


@pytest.mark.parametrize("platform", _PLATFORMS)
def test_a_page_has_the_five_parts(platform):
    """How to deploy there, to keep instances warm, to watch them, what it costs, and which limits matter."""
    headings = re.findall(r"^## (.+)$", page_of(platform), re.MULTILINE)
    assert headings[:5] == ["Deploy", "Prewarm", "Watch", "Cost", "Limits"]


@pytest.mark.parametrize("platform", _PLATFORMS)
def test_a_page_names_files_that_are_there(platform):
    """Every file of the repository that a page names exists, and every manifest of the platform is named."""
    page = page_of(platform)
    named = set(re.findall(r"\bdeploy/[\w./-]*\w", page))
    links = {f"docs/platforms/{link}" for link in re.findall(r"\]\((?!http)([\w./-]+)", page)}
    assert not [name for name in named | links if not (_ROOT / name).exists()]
    assert any(name.startswith(f"deploy/{platform}") for name in named)


@pytest.mark.parametrize("platform", _PLATFORMS)
def test_claims_about_a_platform_have_their_source(platform):
    """A row of the limits, or of the cost, that states a figure names the page that it rests on."""
    limits = page_of(platform).partition("## Limits")[2].partition("\n## ")[0]
    rows = [line for line in limits.splitlines() if line.startswith("|")][2:]
    assert rows
    assert not [row for row in rows if "](http" not in row and "](../" not in row]
