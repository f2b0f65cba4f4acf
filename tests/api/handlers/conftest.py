"""Fixtures of the API on moto."""

from collections.abc import Iterator

import pytest
from api_world import World, world


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An account with an endpoint that serves, its retraining, its datasets."""
    with world(monkeypatch) as found:
        yield found
