"""Hypothesis without deadlines: no test depends on the speed of the machine. The same
examples in each run: new ones are drawn at night (`make random`). Provider SDKs are
loaded lazily, as in a preview."""

import os
import pathlib

import pytest
from groundplan.manifest import lazy_providers
from hypothesis import HealthCheck, settings

settings.register_profile(
    "groundplan",
    deadline=None,
    derandomize="GROUNDPLAN_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("groundplan")
lazy_providers.install()


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither read nor write the user's cache."""
    os.environ["XDG_CACHE_HOME"] = str(pathlib.Path(tmp_path_factory.mktemp("cache")))
