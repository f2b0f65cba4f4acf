"""The environments of this repository, as `groundplan preview` shows them."""

import pathlib
import shutil
from importlib import import_module
from typing import Any

import pytest
from environments import manifests
from groundplan.manifest.model import Manifest, Resource
from groundplan.manifest.run import Request, preview

ROOT = pathlib.Path(__file__).parents[2]
KINDS = {"Network", "ArtifactBucket", "TrainingCluster", "ModelEndpoint", "MonitoringStack"}
REGISTRIES = {"dev": set[str](), "prod": {"ContainerRegistry", "ModelRegistry"}}
EXPORTED = {"dev": set[str](), "prod": {"imageRepositories", "modelPackageGroups"}}

NOT_IAM = ("aws:kms/key:Key", "aws:ecr/lifecyclePolicy:LifecyclePolicy")
"""A key's policy is about the key itself; what expires is no permission."""


def manifest(stack: str) -> Manifest:
    return manifests()[stack]


def named(stack: str, name: str) -> Resource:
    (found,) = (resource for resource in manifest(stack) if resource.name == name)
    return found


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_an_environment_has_all_components(stack: str) -> None:
    top = {resource.type.rsplit(":", 1)[-1] for resource in manifest(stack).children(None)}
    assert top == KINDS | REGISTRIES[stack]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_what_other_stacks_need_is_exported(stack: str) -> None:
    assert manifest(stack).outputs.keys() == {
        "alarmTopicArn",
        "urgentTopicArn",
        "artifactBucket",
        "artifactKeyArn",
        "clusterName",
        "dashboard",
        "endpoints",
        "kubeconfig",
        "privateSubnetIds",
        "vpcId",
        *EXPORTED[stack],
    }
    assert manifest(stack).outputs["endpoints"] == {"churn": f"groundplan-{stack}-churn"}


def test_dev_and_prod_differ_only_by_their_settings() -> None:
    gateways = {
        stack: len(manifest(stack).of_type("aws:ec2/natGateway:NatGateway"))
        for stack in ("dev", "prod")
    }
    assert gateways == {"dev": 1, "prod": 3}
    assert named("dev", "network-vpc").inputs["cidrBlock"] == "10.20.0.0/16"
    assert named("prod", "network-vpc").inputs["cidrBlock"] == "10.40.0.0/16"
    rollout = {
        stack: named(stack, "churn-endpoint").inputs["deploymentConfig"]["blueGreenUpdatePolicy"][
            "trafficRoutingConfiguration"
        ]["type"]
        for stack in ("dev", "prod")
    }
    assert rollout == {"dev": "ALL_AT_ONCE", "prod": "CANARY"}


def test_what_holds_data_is_kept_in_prod_and_can_go_in_dev() -> None:
    for stack, kept in (("prod", True), ("dev", False)):
        for name in ("artifacts-bucket", "artifacts-key-key", "training-cluster", "network-vpc"):
            assert bool(named(stack, name).option("protect")) is kept, name


def test_the_cluster_and_the_endpoint_stand_in_the_private_subnets() -> None:
    subnets = [f"${{network-private-{i}.id}}" for i in (1, 2, 3)]
    assert named("prod", "training-cluster").inputs["vpcConfig"]["subnetIds"] == subnets
    assert named("prod", "churn-model").inputs["vpcConfig"]["subnets"] == subnets


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_prometheus_comes_when_kueue_no_longer_refuses_it(stack: str) -> None:
    identity = named(stack, "monitoring-alertmanager-identity")
    assert identity.inputs["clusterName"] == f"groundplan-{stack}-training"
    assert named(stack, "training-kueue").urn in identity.dependencies
    assert identity.urn in named(stack, "monitoring-prometheus").dependencies


def test_captures_and_models_are_in_the_artifact_bucket() -> None:
    config = named("prod", "churn-config").inputs["dataCaptureConfig"]
    assert config["destinationS3Uri"] == "s3://${artifacts-bucket.bucket}/capture"
    assert config["initialSamplingPercentage"] == 20
    assert (
        "${artifacts-bucket.arn}/models/churn/"
        in named("prod", "churn-role-policy").inputs["policy"]
    )


def test_people_are_called_at_the_thresholds_that_roll_a_release_back() -> None:
    rollback, call = (
        named("prod", "churn-errors"),
        named("prod", "monitoring-endpoint-churn-errors"),
    )
    assert rollback.inputs["threshold"] == call.inputs["threshold"] == 0.5


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_resource_that_can_carry_tags_carries_the_environments(stack: str) -> None:
    without = [
        r.name
        for r in manifest(stack)
        if _taggable(r) and r.inputs.get("tags", {}).get("environment") != stack
    ]
    assert without == []
    templates = manifest(stack).of_type("aws:ec2/launchTemplate:LaunchTemplate")
    assert templates
    for template in templates:
        kinds = {
            spec["resourceType"]
            for spec in template.inputs["tagSpecifications"]
            if spec["tags"]["environment"] == stack
        }
        assert kinds >= {"instance", "volume"}


def _taggable(resource: Resource) -> bool:
    if not resource.type.startswith("aws:"):
        return False
    _, module, kind = resource.type.split(":")
    cls: Any = getattr(import_module(f"pulumi_aws.{module.split('/')[0]}"), kind)
    return isinstance(getattr(cls, "tags_all", None), property)


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_no_statement_allows_every_action_or_service(stack: str) -> None:
    import json

    for resource in manifest(stack):
        for key in ("policy", "assumeRolePolicy"):
            text = resource.inputs.get(key)
            if resource.type in NOT_IAM or not isinstance(text, str):
                continue
            for statement in json.loads(text)["Statement"]:
                actions = (
                    statement["Action"]
                    if isinstance(statement["Action"], list)
                    else [statement["Action"]]
                )
                wide = [action for action in actions if action == "*" or action.endswith(":*")]
                assert statement["Effect"] == "Deny" or not wide, f"{resource.name}: {wide}"


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_no_ignored_change_is_spelled_as_in_python(stack: str) -> None:
    ignored = [
        path for resource in manifest(stack) for path in resource.options.get("ignoreChanges", ())
    ]
    assert ignored
    assert not [path for path in ignored if "_" in path]


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_two_folders_give_the_same_manifest(stack: str, tmp_path: pathlib.Path) -> None:
    other = tmp_path / "a clone elsewhere"
    other.mkdir()
    shutil.copytree(ROOT / "infra", other / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("Pulumi.yaml", f"Pulumi.{stack}.yaml"):
        shutil.copy(ROOT / file, other)

    result = preview(Request(other, stack))
    assert result.manifest is not None, result.message
    assert result.manifest.to_json() == manifest(stack).to_json()


def test_wrong_settings_register_nothing(tmp_path: pathlib.Path) -> None:
    shutil.copytree(
        ROOT / "infra", tmp_path / "infra", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(ROOT / "Pulumi.yaml", tmp_path)
    (tmp_path / "Pulumi.bad.yaml").write_text(
        "config: {'aws:region': us-west-1, 'groundplan:deletionProtection': maybe}\n"
    )

    result = preview(Request(tmp_path, "bad"))
    assert result.manifest is not None
    assert result.manifest.resources == ()
    assert result.frames == ()
    assert result.message.startswith("Pulumi.bad.yaml has invalid settings: 2 problems.")
    assert "      Pulumi.bad.yaml:1\n      1 | ... 'groundplan:deletionProtection': maybe" in (
        result.message
    )
