"""Fixtures of commands on a deployed stack: its account, its exports, and the command
line."""

import importlib.util
import json
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from groundplan.cli import main
from groundplan.release.engine.waiting import Patience


def load_runtime_fixtures() -> Any:
    """Imports the release fixtures by path, because tests are not a package."""
    name = "runtime_fixtures"
    if name not in sys.modules:
        file = pathlib.Path(__file__).parents[1] / "release" / "engine" / "conftest.py"
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


runtime = load_runtime_fixtures()


class CachedSession:
    """A session that caches its clients across tests."""

    def client(self, service: str, **_: Any) -> Any:
        return runtime.fake.client(service)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import boto3  # type: ignore[import-untyped]

    with runtime.furnished(monkeypatch) as account:
        monkeypatch.setattr(boto3.session, "Session", CachedSession)
        monkeypatch.setattr(Patience, "seconds", lambda _self, _attempt: 0.0)
        yield account


@pytest.fixture
def export() -> dict[str, Any]:
    return json.loads(json.dumps(runtime.EXPORT))  # type: ignore[no-any-return]


@pytest.fixture
def exports(export: dict[str, Any]) -> dict[str, Any]:
    """Returns the exports of an environment."""
    return {
        "artifactBucket": "artifacts",
        "artifactKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/artifacts",
        "endpoints": {"churn": "ml-prod-churn"},
        "alarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
        "releaseTargets": {"churn": export},
    }


@pytest.fixture
def run(exports: dict[str, Any], tmp_path: pathlib.Path) -> Callable[..., Result]:
    """Runs `groundplan` with the exports of the environment."""

    def ran(*arguments: str, **outputs: Any) -> Result:
        file = tmp_path / "outputs.json"
        file.write_text(json.dumps({**exports, **outputs}))
        return CliRunner().invoke(
            main, [*arguments, "--outputs", str(file)], catch_exceptions=False
        )

    return ran
