"""Releases from the registry: Pulumi ignores changes of the live configuration, and
exports what the release runtime needs."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.manifest.recorder import Recorder
from groundplan.serving.model_endpoint import deployment
from groundplan.serving.model_endpoint.model_endpoint import ModelEndpoint
from groundplan.serving.model_endpoint.rollout import Fleet, resolve
from groundplan.serving.model_endpoint.rollout_args import RolloutArgs
from groundplan.testing import Plan, deploy

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
ARTIFACTS = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:artifact-key",
}
COMPONENT = "groundplan:index:ModelEndpoint"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
REGISTRY: dict[str, Any] = {
    "image": IMAGE,
    "instance_type": "ml.m5.large",
    "release": "registry",
    "model_package_group": "fraud",
}


def plan_of(**args: Any) -> Plan:
    values: Any = {**REGISTRY, **args}
    return deploy(
        lambda: ModelEndpoint("fraud", values), project="ml", stack="prod", region="eu-west-1"
    )


def target(plan: Plan) -> dict[str, Any]:
    result = plan.one(COMPONENT).outputs["releaseTarget"]
    assert json.loads(json.dumps(result)) == result
    return dict(result)


def test_changes_of_the_live_configuration_and_of_its_rollout_are_ignored() -> None:
    endpoint = plan_of().one(ENDPOINT)

    assert endpoint.option("ignoreChanges") == ["endpointConfigName", "deploymentConfig"]
    assert endpoint.inputs["endpointConfigName"] == "${fraud-config.name}"  # the first one
    assert endpoint.inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"]


def test_a_declared_release_ignores_no_changes_and_has_no_target() -> None:
    plan = plan_of(release="declared", model_package_group=None)

    assert plan.one(ENDPOINT).option("ignoreChanges") is None
    assert plan.one(COMPONENT).outputs["releaseTarget"] == {}


def test_a_release_of_the_runtime_is_no_rollback(monkeypatch: pytest.MonkeyPatch) -> None:
    register: Callable[..., Any] = Recorder.RegisterResource

    def released(self: Recorder, request: Any) -> Any:
        response = register(self, request)
        if request.type == ENDPOINT:
            response.object.fields["endpointConfigName"].string_value = "fraud-of-the-registry"
        return response

    monkeypatch.setattr(Recorder, "RegisterResource", released)
    outputs = plan_of().one(COMPONENT).outputs
    assert outputs["endpointArn"] == "${fraud-endpoint.arn}"
    assert outputs["configurationName"] == "${fraud-config.name}"


def test_a_minimal_target_has_all_that_the_next_configuration_needs() -> None:
    alarms = [f"ml-prod-fraud-{role}" for role in ("errors", "latency", "disk", "memory")]
    assert target(plan_of()) == {
        "endpoint": "ml-prod-fraud",
        "region": "eu-west-1",
        "kind": "real-time",
        "variant": "primary",
        "instance_type": "ml.m5.large",
        "instance_count": 2,
        "role_arn": "${fraud-role.arn}",
        "subnets": [],
        "security_groups": [],
        "network_isolation": True,
        "environment": {},
        "capture": None,
        "kms_key_arn": None,
        "async_inference_config": None,
        "production_variant": {
            "VariantName": "primary",
            "InitialVariantWeight": 1,
            "InstanceType": "ml.m5.large",
            "InitialInstanceCount": 2,
        },
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
            "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarms]},
        },
        "model_package_group": "fraud",
        "gates": None,
        "alarms": alarms,
        "tags": {"groundplan:component": "fraud"},
    }


def test_a_full_target_has_the_values_of_the_endpoint() -> None:
    plan = plan_of(
        artifacts=ARTIFACTS,
        model_data="models/fraud/3/model.tar.gz",
        environment={"LOG_LEVEL": "info"},
        network={"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"]},
        network_isolation=False,
        kms_key_arn="arn:aws:kms:us-east-1:123456789012:key/volume-key",
        health_check_timeout_seconds=600,
        model_download_timeout_seconds=900,
        volume_size_gb=100,
        routing="least-outstanding-requests",
        capture={"percent": 20},
        execution_role_arn="arn:aws:iam::123456789012:role/own",
        tags={"team": "risk"},
    )
    result = target(plan)

    assert (result["subnets"], result["security_groups"]) == (
        ["subnet-1", "subnet-2"],
        ["${fraud-security-group.id}"],
    )
    assert (result["network_isolation"], result["environment"]) == (False, {"LOG_LEVEL": "info"})
    assert (result["role_arn"], result["kms_key_arn"]) == (
        "arn:aws:iam::123456789012:role/own",
        "arn:aws:kms:us-east-1:123456789012:key/volume-key",
    )
    assert result["tags"] == {"groundplan:component": "fraud", "team": "risk"}
    assert result["capture"] == {
        "EnableCapture": True,
        "InitialSamplingPercentage": 20,
        "DestinationS3Uri": "s3://artifacts-1/capture",
        "KmsKeyId": "arn:artifact-key",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json"],
        },
    }
    assert result["production_variant"] == {
        "VariantName": "primary",
        "InitialVariantWeight": 1,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
        "ContainerStartupHealthCheckTimeoutInSeconds": 600,
        "ModelDataDownloadTimeoutInSeconds": 900,
        "VolumeSizeInGB": 100,
        "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
    }


def test_a_queue_and_serverless_capacity_are_part_of_the_target() -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:results"
    queue = {
        "max_concurrent_invocations_per_instance": 4,
        "success_topic_arn": topic,
        "include_response": True,
    }
    asynchronous = target(plan_of(asynchronous=queue, artifacts=ARTIFACTS))
    assert asynchronous["kind"] == "asynchronous"
    assert asynchronous["async_inference_config"] == {
        "ClientConfig": {"MaxConcurrentInvocationsPerInstance": 4},
        "OutputConfig": {
            "S3OutputPath": "s3://artifacts-1/responses/ml-prod-fraud",
            "S3FailurePath": "s3://artifacts-1/responses/ml-prod-fraud/failures",
            "KmsKeyId": "arn:artifact-key",
            "NotificationConfig": {
                "SuccessTopic": topic,
                "IncludeInferenceResponseIn": ["SUCCESS_NOTIFICATION_TOPIC"],
            },
        },
    }

    serverless = target(plan_of(serverless={"provisioned_concurrency": 2}, instance_type=None))
    assert serverless["production_variant"] == {
        "VariantName": "primary",
        "InitialVariantWeight": 1,
        "ServerlessConfig": {
            "MemorySizeInMB": 2048,
            "MaxConcurrency": 20,
            "ProvisionedConcurrency": 2,
        },
    }
    assert serverless["network_isolation"] is False
    for absent in ("deployment_config", "instance_type", "instance_count", "capture"):
        assert serverless[absent] is None


# What the API gets from the runtime is what it gets from Pulumi, whose names are the
# API's but for the first letter.

SPELLINGS = {
    "memorySizeInMb": "MemorySizeInMB",
    "volumeSizeInGb": "VolumeSizeInGB",
    "kmsKeyId": "KmsKeyId",
}
PLURALS = {"includeInferenceResponseIns": "IncludeInferenceResponseIn"}


def api(value: Any) -> Any:
    if isinstance(value, list):
        return [api(item) for item in value]
    if isinstance(value, dict):
        return {_name(key): api(item) for key, item in value.items()}
    return value


def _name(key: str) -> str:
    return {**SPELLINGS, **PLURALS}.get(key) or re.sub("^.", lambda first: first[0].upper(), key)


@pytest.mark.parametrize(
    "rollout",
    [
        {},
        {"strategy": "linear"},
        {"strategy": "linear", "step_percent": 25},
        {"strategy": "rolling"},
        {
            "strategy": "rolling",
            "batch_percent": 10,
            "rollback_batch_percent": 50,
            "wait_seconds": 200,
        },
        {"strategy": "all-at-once"},
    ],
)
def test_the_runtime_rolls_out_as_pulumi_does(rollout: dict[str, Any]) -> None:
    plan = plan_of(rollout=rollout, instance_count=7)

    assert api(plan.one(ENDPOINT).inputs["deploymentConfig"]) == target(plan)["deployment_config"]


def test_the_runtime_configures_as_pulumi_does() -> None:
    real_time = plan_of(artifacts=ARTIFACTS, volume_size_gb=50, health_check_timeout_seconds=90)
    queue = {
        "error_topic_arn": "arn:aws:sns:us-east-1:123456789012:topic",
        "include_response": True,
    }
    asynchronous = plan_of(asynchronous=queue, artifacts=ARTIFACTS)
    serverless = plan_of(serverless={}, instance_type=None)

    for plan in (real_time, asynchronous, serverless):
        config, result = api(dict(plan.one(CONFIG).inputs)), target(plan)
        (variant,) = config["ProductionVariants"]
        del variant["ModelName"]
        assert variant == result["production_variant"]
        assert config.get("DataCaptureConfig") == result.get("capture")
        assert config.get("AsyncInferenceConfig") == result.get("async_inference_config")


def test_a_rolling_deployment_has_batches_and_no_second_fleet() -> None:
    rolling: RolloutArgs = {"strategy": "rolling", "rollback_batch_percent": 50}
    plan = plan_of(rollout=rolling, instance_count=6)
    assert plan.one(ENDPOINT).inputs["deploymentConfig"]["rollingUpdatePolicy"] == {
        "maximumBatchSize": {"type": "INSTANCE_COUNT", "value": 2},
        "waitIntervalInSeconds": 300,
        "maximumExecutionTimeoutInSeconds": 3600,
        "rollbackMaximumBatchSize": {"type": "CAPACITY_PERCENT", "value": 50},
    }
    assert "blueGreenUpdatePolicy" not in plan.one(ENDPOINT).inputs["deploymentConfig"]


def test_a_deployment_without_alarms_is_still_complete() -> None:
    assert deployment.api_shape(resolve(Fleet(1), {}), [])["AutoRollbackConfiguration"] == {
        "Alarms": []
    }


def test_the_target_has_the_gates() -> None:
    gates = {
        "metrics": {"auc": {"min": 0.8, "max_regression": 0.01}},
        "smoke": {"payloads": "s3://ml-artifacts/smoke/"},
    }
    assert target(plan_of(gates=gates))["gates"] == gates


def test_gates_are_for_releases_from_the_registry_only() -> None:
    with pytest.raises(InvalidArguments, match="gates is"):
        plan_of(
            release="declared", model_package_group=None, gates={"metrics": {"auc": {"min": 0.8}}}
        )


def test_gates_without_limits_are_refused() -> None:
    with pytest.raises(InvalidArguments, match=r"gates\.metrics\.auc"):
        plan_of(gates={"metrics": {"auc": {}}})
