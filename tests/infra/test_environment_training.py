"""An environment that uses all of what its training cluster can do, from settings."""

import json
from typing import Any

import pulumi
import pytest
from configuration import InvalidSettings, describe
from groundplan.testing import deploy
from groundplan.testing.deploy import Plan
from registration import register

TRAINING: dict[str, Any] = {
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
    "pools": {
        "cpu": {"instanceType": "c7i.8xlarge", "maxSize": 10},
        "h100": {
            "instanceType": "p5.48xlarge",
            "maxSize": 2,
            "capacityType": "capacity-block",
            "reservationId": "cr-0123456789abcdef0",
            "window": {"start": "2026-12-01T11:30:00Z", "end": "2026-12-08T11:30:00Z"},
            "efa": True,
            "zone": "us-east-1b",
        },
        "spot": {
            "instanceType": "g6e.12xlarge",
            "maxSize": 8,
            "capacityType": "spot",
            "provisioner": "karpenter",
        },
    },
    "teams": {"vision": {"guaranteed": {"h100": 8}, "members": ["vision"], "maxUsdPerHour": 120.0}},
    "frameworks": {"ray": True},
    "maxUsdPerHour": 250.0,
    "schedule": {
        "close": "20:00",
        "open": "07:00",
        "timeZone": "Europe/Berlin",
        "runningJobs": "stop",
    },
    "volumeDrivers": ["s3"],
    "datasets": {"clicks": {"readers": ["vision"]}},
    "fileSystems": {
        "scratch": {"zone": "us-east-1b", "links": {"datasets": {"prefix": "datasets/"}}}
    },
}

ENDPOINTS: dict[str, Any] = {
    "churn": {
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4.2",
        "instanceType": "ml.m5.large",
        "release": "registry",
        "modelPackageGroup": "churn",
    },
    "rare": {
        "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/rare:1.0.0",
        "serverless": {"memoryMb": 2048},
    },
}


def sections(**training: Any) -> dict[str, str]:
    values: dict[str, Any] = {
        "training": {**TRAINING, **training},
        "endpoints": ENDPOINTS,
        "network": {"availabilityZones": ["us-east-1a", "us-east-1b"]},
    }
    return {
        "aws:region": "us-east-1",
        **{f"groundplan:{key}": json.dumps(value) for key, value in values.items()},
    }


def problems(**training: Any) -> list[str]:
    with pytest.raises(InvalidSettings) as caught:
        describe("groundplan", "test", sections(**training))
    return [problem.key for problem in caught.value.problems]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return deploy(
        lambda: register(describe("groundplan", "test", sections())), project="groundplan"
    )


def test_the_settings_reach_each_part_of_the_cluster(plan: Plan) -> None:
    names = {resource.name for resource in plan.manifest}
    assert {
        "training-h100-nodes",
        "training-spot-node-pool",
        "training-team-vision-namespace",
        "training-kuberay-operator",
        "training-night",
        "training-vision-dataset-clicks-claim",
        "training-aws-fsx-csi-driver",
    } <= names
    assert "training-scratch-vision-scratch-claim" in names


def test_a_pool_in_a_zone_is_in_that_zones_subnet(plan: Plan) -> None:
    group = plan.one("aws:eks/nodeGroup:NodeGroup", "training-h100-nodes")
    assert group.inputs["subnetIds"] == ["${network-private-2.id}"]


def test_a_file_system_is_in_its_zone_and_shows_the_artifact_bucket(plan: Plan) -> None:
    system = plan.one("aws:fsx/lustreFileSystem:LustreFileSystem")
    assert system.inputs["subnetIds"] == "${network-private-2.id}"
    link = plan.one("aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation")
    assert link.inputs["dataRepositoryPath"] == "s3://${artifacts-bucket.bucket}/datasets/"


def test_the_key_of_the_bucket_allows_file_systems(plan: Plan) -> None:
    policy = plan.one("aws:kms/key:Key", "artifacts-key-key").inputs["policy"]
    assert "AWSServiceRoleForFSxS3Access_" in policy


def test_gpus_are_measured_where_there_are_any(plan: Plan) -> None:
    releases = plan.all("kubernetes:helm.sh/v3:Release")
    assert any("dcgm" in name for name in releases)


def test_a_serverless_endpoint_is_in_no_vpc(plan: Plan) -> None:
    assert "vpcConfig" not in plan.one("aws:sagemaker/model:Model", "rare-model").inputs
    assert "vpcConfig" in plan.one("aws:sagemaker/model:Model", "churn-model").inputs


def test_all_problems_of_the_cluster_name_the_keys_of_the_stack_file() -> None:
    wrong = problems(
        pools={
            "a": {"instanceType": "p5.48xlarge", "maxSize": 2, "efa": True},
            "b": {"instanceType": "p5.48xlarge", "maxSize": 2, "capacityType": "capacity-block"},
            "c": {"instanceType": "g5.xlarge", "maxSize": 1, "zone": "us-east-1f"},
        },
        schedule={"close": "8 pm", "open": "07:00"},
        fileSystems={"scratch": {"capacityGib": 1000}},
        teams={"kube-system": {}},
    )
    assert {
        "groundplan:training.pools.b.reservationId",
        "groundplan:training.pools.b.window",
        "groundplan:training.pools.c.zone",
        "groundplan:training.schedule.close",
        "groundplan:training.fileSystems.scratch.capacityGib",
        "groundplan:training.teams.kube-system",
    } <= set(wrong)
    assert any(key.startswith("groundplan:training.pools.a.") for key in wrong)


def test_a_pool_that_the_subnets_have_no_addresses_for_is_refused() -> None:
    values = sections(
        pools={"cpu": {"instanceType": "c7i.24xlarge", "maxSize": 400}},
        teams={},
        datasets={},
        maxUsdPerHour=1e6,
    )
    values["groundplan:network"] = json.dumps(
        {"availabilityZones": ["us-east-1a", "us-east-1b"], "cidrBlock": "10.0.0.0/22"}
    )
    with pytest.raises(InvalidSettings) as caught:
        describe("groundplan", "test", values)
    assert [problem.key for problem in caught.value.problems] == [
        "groundplan:training.pools.cpu.maxSize"
    ]


def test_a_file_system_in_a_zone_that_the_account_lacks_is_refused_by_its_key() -> None:
    overrides = sections(fileSystems={"scratch": {"zone": "us-east-1c"}})
    del overrides["groundplan:network"]  # the zones are looked up: the first three
    zones = {"names": ["us-east-1a", "us-east-1b", "us-east-1d"]}
    with pytest.raises(
        pulumi.RunError,
        match=r"training\.fileSystems\.scratch\.zone is \"us-east-1c\". Allowed: us-east-1a, us-east-1b",  # noqa: E501
    ):
        deploy(
            lambda: register(describe("groundplan", "test", overrides)),
            answers={"aws:index/getAvailabilityZones:getAvailabilityZones": zones},
        )
