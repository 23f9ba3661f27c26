"""SECURITY.md names what there is."""

import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_every_setting_is_one():
    """Advice to set a variable is never advice to set one that the service does not know."""
    documented = set(re.findall(r"`(OCR_[A-Z_]+)`", (_ROOT / "docs/settings.md").read_text(encoding="utf-8")))
    named = set(re.findall(r"\bOCR_[A-Z_]*[A-Z]\b", _PAGE)) - {"OCR_MAX"}
    assert named
    assert named <= documented


def test_every_target_and_file_is_there():
    """The commands and files that it speaks of exist in the checkout."""
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make ([a-z-]+)`", _PAGE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    for path in re.findall(r"`((?:app|deploy)/[^`]+)`|\]\(([^)]+)\)", _PAGE):
        assert (_ROOT / "".join(path)).is_file()


def test_the_bill_of_materials_is_where_the_page_says():
    """The image's build, its check and the page mean one path."""
    [path] = set(re.findall(r"/usr/share/sbom/[a-z.-]+\.json", _PAGE))
    for file in ("Dockerfile", "deploy/container/verify_image.sh"):
        assert path in (_ROOT / file).read_text(encoding="utf-8")
