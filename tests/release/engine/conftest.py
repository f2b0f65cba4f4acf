"""Fixtures of a fake AWS account with an endpoint."""

import copy
import importlib.util
import pathlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.target import Target
from groundplan.release.engine.waiting import Patience


def load_fake() -> Any:
    """Imports the fake by path, because tests are not a package."""
    name = "sagemaker_fake"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, pathlib.Path(__file__).with_name(f"{name}.py")
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


fake = load_fake()


EXPORT: dict[str, Any] = {
    "endpoint": "ml-prod-churn",
    "region": "eu-west-1",
    "variant": "primary",
    "instance_type": "ml.m5.xlarge",
    "instance_count": 2,
    "role_arn": "arn:aws:iam::123456789012:role/churn",
    "subnets": ["subnet-1", "subnet-2"],
    "security_groups": ["sg-1"],
    "network_isolation": True,
    "environment": {"LOG_LEVEL": "info"},
    "capture": {
        "EnableCapture": True,
        "InitialSamplingPercentage": 5,
        "DestinationS3Uri": "s3://artifacts/captures",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    },
    "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/volumes",
    "deployment_config": {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "WaitIntervalInSeconds": 300,
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            },
            "TerminationWaitInSeconds": 300,
            "MaximumExecutionTimeoutInSeconds": 3600,
        },
        "AutoRollbackConfiguration": {
            "Alarms": [{"AlarmName": "churn-errors"}, {"AlarmName": "churn-latency"}]
        },
    },
    "model_package_group": "churn",
    "alarms": ["churn-errors", "churn-latency"],
    "tags": {"team": "growth"},
    "audit": {
        "bucket": "artifacts",
        "prefix": "releases",
        "kms_key_arn": "arn:aws:kms:eu-west-1:123456789012:key/audit",
    },
}


@cache
def clients() -> Clients:
    return Clients.connect("eu-west-1", fake.SESSION)


class Clock:
    """A clock that advances only on sleep."""

    def __init__(self) -> None:
        self.seconds, self.naps = 0.0, 0

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.naps += 1

    def patience(self) -> Patience:
        return Patience(sleep=self.sleep, clock=lambda: self.seconds, chance=lambda: 0.5)


@contextmanager
def furnished(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An account with an endpoint, a bucket for the trail, and three versions, of which
    the third awaits its approval."""
    with fake.cloud(monkeypatch) as account:
        location = {"LocationConstraint": "eu-west-1"}
        account.client("s3").create_bucket(Bucket="artifacts", CreateBucketConfiguration=location)
        account.serve("ml-prod-churn")
        account.package("churn")
        account.package("churn")
        account.package(
            "churn", approved=False, by="arn:aws:sts::123456789012:assumed-role/trainer/sam"
        )
        account.calls.clear()
        account.requests.clear()
        yield account


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with furnished(monkeypatch) as account:
        yield account


@pytest.fixture(scope="module")
def undisturbed() -> Callable[[], Any]:
    """Returns a separate account and its releases, as a reference for comparison."""

    @contextmanager
    def account() -> Iterator[tuple[Any, Releases]]:
        with pytest.MonkeyPatch.context() as monkeypatch, furnished(monkeypatch) as cloud:
            yield (
                cloud,
                Releases(clients(), Target.read("churn", EXPORT), patience=Clock().patience()),
            )

    return account


@pytest.fixture
def export() -> dict[str, Any]:
    """A release target as the stack exports it."""
    return copy.deepcopy(EXPORT)


@pytest.fixture
def target() -> Target:
    return Target.read("churn", EXPORT)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def releases(cloud: Any, target: Target, clock: Clock) -> Releases:
    return Releases(clients(), target, patience=clock.patience())


@pytest.fixture
def connect(clock: Clock) -> Callable[..., Releases]:
    """Creates releases as in another process."""

    def connected(target: Target, report: Callable[[str], None] = lambda _text: None) -> Releases:
        return Releases(clients(), target, progress=report, patience=clock.patience())

    return connected
