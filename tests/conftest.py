"""Hypothesis without deadlines: no test depends on the speed of the machine. The same
examples in each run: new ones are drawn at night (`make random`). Provider SDKs are
loaded lazily, as in a preview, and garbage is collected as rarely."""

import gc
import logging
import os
import pathlib
import sys
from collections.abc import Iterator

import forked_previews
import pytest
from groundplan.manifest import lazy_providers, run
from hypothesis import HealthCheck, settings

settings.register_profile(
    "groundplan",
    deadline=None,
    derandomize="GROUNDPLAN_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("groundplan")
lazy_providers.install()

# The tests' modules stay until the end: collections that walk them took a sixth of the
# suite's time. What a test leaves in cycles waits a little longer.
gc.set_threshold(100_000, 50, 50)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()


def pytest_sessionfinish() -> None:
    # A program that fails leaves futures that nobody awaits; asyncio reports each of
    # them when it is collected, which is now at the end.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither read nor write the user's cache."""
    os.environ["XDG_CACHE_HOME"] = str(pathlib.Path(tmp_path_factory.mktemp("cache")))


@pytest.fixture(autouse=True, scope="session")
def _shared_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The processes of one run share the manifests of the environments."""
    folder = tmp_path_factory.getbasetemp()
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    os.environ["GROUNDPLAN_TESTS_SHARED"] = str(folder.parent if is_worker else folder)


@pytest.fixture(autouse=True, scope="session")
def _no_account(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody's AWS account: neither variables, nor files, nor an instance's role."""
    for name in _variables():
        del os.environ[name]
    nothing = str(tmp_path_factory.mktemp("aws") / "none")
    os.environ |= {
        "AWS_CONFIG_FILE": nothing,
        "AWS_SHARED_CREDENTIALS_FILE": nothing,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.fixture(autouse=True)
def _own_account() -> Iterator[None]:
    """No test leaves variables of AWS or a session to the next one.

    boto3's default session keeps the credentials of the test that first used it; what
    `monkeypatch` sets below `@mock_aws` is put back after moto's own keys are gone.
    """
    if (boto3 := sys.modules.get("boto3")) is not None:
        vars(boto3)["DEFAULT_SESSION"] = None
    before = _variables()
    yield
    for name in _variables().keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


@pytest.fixture(scope="session")
def preview_server() -> Iterator[forked_previews.Server | None]:
    with forked_previews.served() as server:
        yield server


@pytest.fixture
def forked(preview_server: forked_previews.Server | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Previews run in forks of a process that has imported Pulumi."""
    if preview_server is not None:
        monkeypatch.setattr(run, "in_new_process", preview_server.run)
