"""Staging endpoints of a candidate: their configuration and their deletion."""

import dataclasses
from typing import Any

import pytest
from groundplan.release.engine import registry
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Busy, Refused, ReleaseError
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.staging import name_of, staged
from groundplan.release.engine.target import Target
from groundplan.release.engine.waiting import Patience

NAME = "ml-prod-churn-smoke"
THREE = ("CreateModel", "CreateEndpointConfig", "CreateEndpoint")


@pytest.fixture
def clients(releases: Releases) -> Clients:
    return releases._clients


@pytest.fixture
def patience(clock: Any) -> Patience:
    return clock.patience()  # type: ignore[no-any-return]


@pytest.fixture
def version(clients: Clients, target: Target) -> registry.Version:
    return registry.find(clients, target, 3)


def left(cloud: Any) -> list[str]:
    backend = cloud.backend
    return [
        name
        for kind in (backend.endpoints, backend.endpoint_configs, backend._models)
        for name in kind
        if name == NAME
    ]


def sent(cloud: Any, operation: str) -> dict[str, Any]:
    (params,) = [params for name, params in cloud.requests if name == operation]
    return params  # type: ignore[no-any-return]


def test_it_serves_the_version_as_the_release_would_with_one_instance(
    cloud: Any, clients: Clients, target: Target, version: registry.Version, patience: Patience
) -> None:
    with staged(clients, target, version, patience=patience) as name:
        assert name == NAME
        assert left(cloud) == [NAME, NAME, NAME]
    model, config, endpoint = (sent(cloud, operation) for operation in THREE)
    tags = [
        {"Key": "groundplan:smoke-test-of", "Value": "ml-prod-churn"},
        {"Key": "groundplan:version", "Value": "3"},
        {"Key": "team", "Value": "growth"},
    ]
    assert model == {
        "ModelName": NAME,
        "PrimaryContainer": {"ModelPackageName": version.arn, "Environment": {"LOG_LEVEL": "info"}},
        "ExecutionRoleArn": target.role_arn,
        "EnableNetworkIsolation": True,
        "VpcConfig": {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
        "Tags": tags,
    }
    assert config == {
        "EndpointConfigName": NAME,
        "ProductionVariants": [
            {
                "ContainerStartupHealthCheckTimeoutInSeconds": 600,
                "VariantName": "primary",
                "ModelName": NAME,
                "InitialVariantWeight": 1.0,
                "InstanceType": "ml.m5.xlarge",
                "InitialInstanceCount": 1,
            }
        ],
        "KmsKeyId": target.kms_key_arn,
        "Tags": tags,
    }
    assert endpoint == {"EndpointName": NAME, "EndpointConfigName": NAME, "Tags": tags}
    assert left(cloud) == []


def test_a_serverless_one_has_room_for_one_request(
    cloud: Any, clients: Clients, target: Target, version: registry.Version, patience: Patience
) -> None:
    variant = cloud.backend.endpoint_configs["ml-prod-churn-config"].production_variants[0]
    variant["ServerlessConfig"] = {
        "MemorySizeInMB": 4096,
        "MaxConcurrency": 20,
        "ProvisionedConcurrency": 5,
    }
    serverless = dataclasses.replace(target, instance_type=None, instance_count=None)
    with staged(clients, serverless, version, patience=patience):
        pass
    config = sent(cloud, "CreateEndpointConfig")
    assert config["ProductionVariants"][0]["ServerlessConfig"] == {
        "MemorySizeInMB": 4096,
        "MaxConcurrency": 1,
    }
    assert "KmsKeyId" not in config


def test_a_target_without_any_capacity_is_refused(
    cloud: Any, clients: Clients, target: Target, version: registry.Version
) -> None:
    nothing = dataclasses.replace(target, instance_type=None)
    with (
        pytest.raises(Refused, match="has neither instances nor serverless capacity"),
        staged(clients, nothing, version),
    ):
        pass
    assert cloud.writes() == []


@pytest.mark.parametrize("operation", THREE)
@pytest.mark.parametrize("after", [False, True])
def test_failed_creation_leaves_no_resources(
    cloud: Any,
    clients: Clients,
    target: Target,
    version: registry.Version,
    patience: Patience,
    operation: str,
    after: bool,
) -> None:
    cloud.fail(operation, "ResourceLimitExceeded", after=after)
    with (
        pytest.raises(Exception, match="ResourceLimitExceeded"),
        staged(clients, target, version, patience=patience),
    ):
        pass
    assert left(cloud) == []


def test_interruption_leaves_no_resources(
    cloud: Any, clients: Clients, target: Target, version: registry.Version, patience: Patience
) -> None:
    with pytest.raises(KeyboardInterrupt), staged(clients, target, version, patience=patience):
        raise KeyboardInterrupt
    assert left(cloud) == []


def test_endpoint_that_fails_to_start_is_deleted_with_its_reason(
    cloud: Any, clients: Clients, target: Target, version: registry.Version, patience: Patience
) -> None:
    def fails(operation: str) -> None:
        if operation == "CreateEndpoint":
            cloud.endpoint(NAME).endpoint_status = "Failed"
            cloud.endpoint(NAME).failure_reason = "the container did not pass its health check"

    cloud.after = fails
    with (
        pytest.raises(Refused, match="is Failed: the container did not pass"),
        staged(clients, target, version, patience=patience),
    ):
        pass
    assert left(cloud) == []


def test_endpoint_that_never_starts_times_out(
    cloud: Any,
    clients: Clients,
    target: Target,
    version: registry.Version,
    patience: Patience,
    clock: Any,
) -> None:
    def hangs(operation: str) -> None:
        if operation == "CreateEndpoint":
            cloud.endpoint(NAME).endpoint_status = "Creating"

    cloud.after = hangs
    with (
        pytest.raises(Refused, match="within 60 minutes"),
        staged(clients, target, version, patience=patience),
    ):
        pass
    assert clock.seconds >= 3600
    assert left(cloud) == []


def test_a_second_one_waits_its_turn_and_touches_nothing(
    cloud: Any, clients: Clients, target: Target, version: registry.Version, patience: Patience
) -> None:
    with staged(clients, target, version, patience=patience):
        cloud.calls.clear()
        with pytest.raises(Busy, match="is there already"), staged(clients, target, version):
            pass
        assert cloud.writes() == []


def test_a_deletion_is_tried_until_it_works(
    cloud: Any, clients: Clients, target: Target, version: registry.Version, patience: Patience
) -> None:
    with staged(clients, target, version, patience=patience):
        cloud.fail("DeleteEndpoint", "ThrottlingException", times=4)
    assert left(cloud) == []


def test_failed_deletion_is_reported_immediately(
    cloud: Any,
    clients: Clients,
    target: Target,
    version: registry.Version,
    patience: Patience,
    clock: Any,
) -> None:
    with (
        pytest.raises(ReleaseError, match=f"{NAME} could not be deleted, and costs money"),
        staged(clients, target, version, patience=patience),
    ):
        cloud.fail("DeleteEndpoint", "AccessDeniedException", times=1000)
    assert clock.seconds < 60


def test_a_long_name_leaves_room_for_its_end(target: Target) -> None:
    assert name_of(dataclasses.replace(target, endpoint="e" * 63)) == f"{'e' * 57}-smoke"
