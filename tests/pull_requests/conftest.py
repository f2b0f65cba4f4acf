from collections.abc import Iterator

import pytest
from fake_platform import Platform, served


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with served() as found:
        yield found
