"""The tree of domain errors."""

import pytest

from app import errors
from app.errors import OcrError, RequestError, UnavailableError

CLASSES = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, OcrError)]


def test_every_error_has_a_code_of_its_own():
    """Clients tell errors by their code: no two classes share one, and none inherits its parent's."""
    codes = [error.code for error in CLASSES]
    assert len(set(codes)) == len(codes)
    assert all("code" in vars(error) for error in CLASSES)


@pytest.mark.parametrize("error", CLASSES, ids=lambda error: error.__name__)
def test_codes_are_words(error):
    """A code is lower case words with underscores, fit for a metric's label."""
    assert error.code.replace("_", "").isalpha()
    assert error.code == error.code.lower()


def test_clients_faults_and_ours_are_apart():
    """What the client did wrong is no unavailability, and the other way round."""
    assert not [error for error in CLASSES if issubclass(error, RequestError) and issubclass(error, UnavailableError)]


def test_a_refusal_says_when_to_come_back():
    """Every refusal carries seconds, one where nothing better is known."""
    for error in CLASSES:
        if issubclass(error, UnavailableError):
            assert error("full").retry_after_seconds == 1.0
            assert error("full", 7.5).retry_after_seconds == 7.5
            assert str(error("full", 7.5)) == "full"
