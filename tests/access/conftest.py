"""A clock that the tests of access set themselves."""

import pytest


class Clock:
    """Seconds that pass when told to."""

    now = 1000.0

    def __call__(self):
        """Return the time."""
        return self.now


@pytest.fixture
def clock():
    """Return a clock of the test's own."""
    return Clock()
