from collections.abc import Iterator

import pytest
from fake_platform import Platform, served


@pytest.fixture
def platform() -> Iterator[Platform]:
    with served() as found:
        yield found
