"""One life for all tests of the rehearsal."""

import pytest
from rehearsed import Lived, whole

from rehearsal.life.life import Life


@pytest.fixture(scope="session", name="whole")
def whole_life() -> Lived:
    """A life from its beginning to its end, and what its bucket had on the way."""
    return whole()


@pytest.fixture
def lived(whole: Lived) -> Life:
    """A life that has been lived."""
    return whole.life
