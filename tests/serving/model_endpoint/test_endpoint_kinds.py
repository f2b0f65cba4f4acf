"""The resources of each kind of endpoint: serverless, asynchronous, with several
variants, with a shadow."""

from typing import Any

import pulumi
from groundplan.serving.model_endpoint.model_endpoint import ModelEndpoint
from groundplan.testing import Plan, deploy, policy

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
CHALLENGER = "123456789012.dkr.ecr.us-east-1.amazonaws.com/challenger:2.0.0"
ARTIFACTS = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:artifact-key",
}
TOPIC = "arn:aws:sns:us-east-1:123456789012:results"
TAGS = {"groundplan:component": "fraud"}

COMPONENT = "groundplan:index:ModelEndpoint"
MODEL = "aws:sagemaker/model:Model"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TARGET = "aws:appautoscaling/target:Target"
SCALING = "aws:appautoscaling/policy:Policy"
POLICY = "aws:iam/rolePolicy:RolePolicy"


def plan_of(**args: Any) -> Plan:
    arguments: Any = {"image": IMAGE, **args}
    return deploy(lambda: ModelEndpoint("fraud", arguments), project="ml", stack="prod")


def children(plan: Plan) -> set[str]:
    """Returns the names of the children, without the key of the logs and its
    children."""
    component = plan.one(COMPONENT)
    key = plan.one("groundplan:index:EncryptionKey", "fraud-key")
    result = [
        resource
        for resource in plan.manifest
        if resource not in (component, key) and plan.parent(resource) != key
    ]
    for resource in result:
        assert plan.parent(resource) == component, resource.name
        if resource.type not in (POLICY, SCALING):
            assert resource.inputs["tags"] == TAGS, resource.name
    return {resource.name for resource in result}


def roles(plan: Plan) -> list[str]:
    return [name.removeprefix("fraud-") for name in plan.all(ALARM)]


# Serverless


def test_a_minimal_serverless_endpoint_has_memory_and_concurrency_and_no_instances() -> None:
    plan = plan_of(serverless={})

    assert children(plan) == {
        "fraud-logs",
        "fraud-role",
        "fraud-role-policy",
        "fraud-model",
        "fraud-config",
        "fraud-endpoint",
    }
    assert plan.one(CONFIG).inputs == {
        "productionVariants": [
            {
                "variantName": "primary",
                "modelName": "${fraud-model.name}",
                "initialVariantWeight": 1,
                "serverlessConfig": {"memorySizeInMb": 2048, "maxConcurrency": 20},
            }
        ],
        "tags": TAGS,
    }
    assert plan.one(MODEL).inputs["enableNetworkIsolation"] is False
    assert "deploymentConfig" not in plan.one(ENDPOINT).inputs
    assert "ReadRollbackAlarms" not in policy(plan.one(POLICY).inputs["policy"])
    outputs = plan.one(COMPONENT).outputs
    assert (outputs["kind"], outputs["alarmNames"]) == ("serverless", [])


def test_provisioned_concurrency_scales_by_its_utilization() -> None:
    plan = plan_of(
        serverless={
            "memory_mb": 6144,
            "max_concurrency": 50,
            "provisioned_concurrency": 10,
            "target_utilization_percent": 60,
        }
    )

    (variant,) = plan.one(CONFIG).inputs["productionVariants"]
    assert variant["serverlessConfig"] == {
        "memorySizeInMb": 6144,
        "maxConcurrency": 50,
        "provisionedConcurrency": 10,
    }
    assert plan.one(TARGET, "fraud-scaling").inputs == {
        "serviceNamespace": "sagemaker",
        "scalableDimension": "sagemaker:variant:DesiredProvisionedConcurrency",
        "resourceId": "endpoint/ml-prod-fraud/variant/primary",
        "minCapacity": 10,
        "maxCapacity": 20,
        "tags": TAGS,
    }
    scaling = plan.one(SCALING, "fraud-scaling-policy").inputs
    assert scaling["scalableDimension"] == "sagemaker:variant:DesiredProvisionedConcurrency"
    assert scaling["targetTrackingScalingPolicyConfiguration"] == {
        "predefinedMetricSpecification": {
            "predefinedMetricType": "SageMakerVariantProvisionedConcurrencyUtilization"
        },
        "targetValue": 0.6,
        "scaleInCooldown": 300,
        "scaleOutCooldown": 60,
    }


def test_provisioned_concurrency_has_a_maximum_and_can_be_fixed() -> None:
    most = plan_of(serverless={"max_concurrency": 12, "provisioned_concurrency": 10})
    assert most.one(TARGET).inputs["maxCapacity"] == 12
    asked = plan_of(serverless={"provisioned_concurrency": 2, "max_provisioned_concurrency": 8})
    assert asked.one(TARGET).inputs["maxCapacity"] == 8
    fixed = plan_of(serverless={"provisioned_concurrency": 5, "max_provisioned_concurrency": 5})
    assert (fixed.all(TARGET), fixed.all(SCALING)) == ({}, {})


def test_a_serverless_endpoint_has_alarms_with_actions_only_and_captures_nothing() -> None:
    plan = plan_of(
        serverless={},
        alarms={"actions": [TOPIC]},
        artifacts=ARTIFACTS,
        model_data="models/fraud/3/model.tar.gz",
    )

    assert roles(plan) == ["errors", "latency", "memory"]
    assert plan.one(ALARM, "fraud-memory").inputs["alarmActions"] == [TOPIC]
    assert "deploymentConfig" not in plan.one(ENDPOINT).inputs
    assert "dataCaptureConfig" not in plan.one(CONFIG).inputs
    assert "WriteObjects" not in policy(plan.one(POLICY).inputs["policy"])


# Asynchronous


def test_a_minimal_asynchronous_endpoint_writes_to_the_bucket_and_scales_to_zero() -> None:
    plan = plan_of(asynchronous={}, artifacts=ARTIFACTS, instance_type="ml.g5.xlarge")

    assert children(plan) == {
        *(
            f"fraud-{role}"
            for role in (
                "logs",
                "errors",
                "disk",
                "memory",
                "backlog",
                "role",
                "role-policy",
                "model",
            )
        ),
        *(
            f"fraud-{role}"
            for role in ("config", "endpoint", "scaling", "scaling-policy", "wake", "wake-policy")
        ),
    }
    assert plan.one(CONFIG).inputs == {
        "productionVariants": [
            {
                "variantName": "primary",
                "modelName": "${fraud-model.name}",
                "instanceType": "ml.g5.xlarge",
                "initialInstanceCount": 1,
                "initialVariantWeight": 1,
            }
        ],
        "asyncInferenceConfig": {
            "outputConfig": {
                "s3OutputPath": "s3://artifacts-1/responses/ml-prod-fraud",
                "s3FailurePath": "s3://artifacts-1/responses/ml-prod-fraud/failures",
                "kmsKeyId": "arn:artifact-key",
            }
        },
        "tags": TAGS,
    }
    outputs = plan.one(COMPONENT).outputs
    assert (outputs["kind"], outputs["requestUri"], outputs["responseUri"]) == (
        "asynchronous",
        "s3://artifacts-1/requests/ml-prod-fraud",
        "s3://artifacts-1/responses/ml-prod-fraud",
    )
    assert outputs["alarmNames"] == [
        f"ml-prod-fraud-{role}" for role in ("errors", "disk", "memory", "backlog")
    ]
    assert plan.one(ENDPOINT).inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"] == [
        {"alarmName": name} for name in outputs["alarmNames"]
    ]


def test_a_queue_scales_by_its_backlog_and_from_zero_by_an_alarm() -> None:
    plan = plan_of(
        asynchronous={},
        artifacts=ARTIFACTS,
        instance_type="ml.m5.large",
        scaling={"backlog_per_instance": 8},
    )

    target = plan.one(TARGET, "fraud-scaling").inputs
    assert (target["scalableDimension"], target["minCapacity"], target["maxCapacity"]) == (
        "sagemaker:variant:DesiredInstanceCount",
        0,
        2,
    )
    assert plan.one(SCALING, "fraud-scaling-policy").inputs[
        "targetTrackingScalingPolicyConfiguration"
    ] == {
        "customizedMetricSpecification": {
            "namespace": "AWS/SageMaker",
            "metricName": "ApproximateBacklogSizePerInstance",
            "dimensions": [{"name": "EndpointName", "value": "ml-prod-fraud"}],
            "statistic": "Average",
        },
        "targetValue": 8,
        "scaleInCooldown": 300,
        "scaleOutCooldown": 60,
    }
    assert plan.one(SCALING, "fraud-wake-policy").inputs == {
        "policyType": "StepScaling",
        "serviceNamespace": "sagemaker",
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "resourceId": "endpoint/ml-prod-fraud/variant/primary",
        "stepScalingPolicyConfiguration": {
            "adjustmentType": "ChangeInCapacity",
            "metricAggregationType": "Average",
            "cooldown": 300,
            "stepAdjustments": [{"metricIntervalLowerBound": "0", "scalingAdjustment": 1}],
        },
    }
    assert plan.dependencies(plan.one(SCALING, "fraud-wake-policy")) == {"fraud-scaling"}
    assert plan.one(ALARM, "fraud-wake").inputs == {
        "name": "ml-prod-fraud-wake",
        "alarmDescription": "Requests wait in the queue of endpoint ml-prod-fraud, which has no instance: it "  # noqa: E501
        "starts one. "
        "Runbook: docs/runbooks/endpoint-backlog.md",
        "namespace": "AWS/SageMaker",
        "metricName": "HasBacklogWithoutCapacity",
        "dimensions": {"EndpointName": "ml-prod-fraud"},
        "statistic": "Average",
        "period": 60,
        "comparisonOperator": "GreaterThanOrEqualToThreshold",
        "threshold": 1,
        "evaluationPeriods": 2,
        "datapointsToAlarm": 2,
        "treatMissingData": "missing",
        "alarmActions": ["${fraud-wake-policy.arn}"],
        "tags": TAGS,
    }


def test_a_queue_with_instances_does_not_scale_from_zero() -> None:
    plan = plan_of(
        asynchronous={},
        artifacts=ARTIFACTS,
        instance_type="ml.m5.large",
        scaling={"min_instances": 1},
    )

    assert set(plan.all(SCALING)) == {"fraud-scaling-policy"}
    assert "fraud-wake" not in plan.all(ALARM)


def test_a_full_asynchronous_endpoint_has_its_folders_and_notifies_its_topics() -> None:
    plan = plan_of(
        asynchronous={
            "input_prefix": "in/",
            "output_prefix": "out/",
            "max_concurrent_invocations_per_instance": 4,
            "success_topic_arn": TOPIC,
            "error_topic_arn": f"{TOPIC}-failed",
            "include_response": True,
        },
        artifacts=ARTIFACTS,
        model_data="models/fraud/3/model.tar.gz",
        instance_type="ml.m5.large",
    )

    assert plan.one(CONFIG).inputs["asyncInferenceConfig"] == {
        "clientConfig": {"maxConcurrentInvocationsPerInstance": 4},
        "outputConfig": {
            "s3OutputPath": "s3://artifacts-1/out/ml-prod-fraud",
            "s3FailurePath": "s3://artifacts-1/out/ml-prod-fraud/failures",
            "kmsKeyId": "arn:artifact-key",
            "notificationConfig": {
                "successTopic": TOPIC,
                "errorTopic": f"{TOPIC}-failed",
                "includeInferenceResponseIns": [
                    "ERROR_NOTIFICATION_TOPIC",
                    "SUCCESS_NOTIFICATION_TOPIC",
                ],
            },
        },
    }
    result = policy(plan.one(POLICY).inputs["policy"])
    assert result["ReadObjects"]["Resource"] == "arn:aws:s3:::artifacts-1/models/fraud/*"
    assert result["ReadRequests"]["Resource"] == "arn:aws:s3:::artifacts-1/in/ml-prod-fraud/*"
    assert result["ListRequests"]["Condition"] == {
        "StringLike": {"s3:prefix": "in/ml-prod-fraud/*"}
    }
    assert result["WriteObjects"]["Resource"] == "arn:aws:s3:::artifacts-1/out/ml-prod-fraud/*"
    assert (result["PublishResults"]["Action"], result["PublishResults"]["Resource"]) == (
        "sns:Publish",
        [TOPIC, f"{TOPIC}-failed"],
    )


def test_notifications_of_one_topic_without_the_response() -> None:
    plan = plan_of(
        asynchronous={"error_topic_arn": TOPIC}, artifacts=ARTIFACTS, instance_type="ml.m5.large"
    )

    output = plan.one(CONFIG).inputs["asyncInferenceConfig"]["outputConfig"]
    assert output["notificationConfig"] == {"errorTopic": TOPIC}
    assert policy(plan.one(POLICY).inputs["policy"])["PublishResults"]["Resource"] == [TOPIC]


# Variants


def test_several_variants_share_the_requests_and_scale_separately() -> None:
    plan = plan_of(
        instance_type="ml.m5.large",
        environment={"LOG_LEVEL": "info", "THRESHOLD": "1"},
        variants={
            "primary": {"weight": 3.0},
            "challenger": {
                "image": CHALLENGER,
                "environment": {"THRESHOLD": "2"},
                "instance_type": "ml.c5.xlarge",
                "instance_count": 3,
                "weight": 1.0,
                "scaling": {
                    "max_instances": 3,
                    "min_instances": 1,
                    "concurrent_requests_per_instance": 5,
                },
            },
        },
    )

    assert plan.one(CONFIG).inputs["productionVariants"] == [
        {
            "variantName": "challenger",
            "modelName": "${fraud-challenger-model.name}",
            "instanceType": "ml.c5.xlarge",
            "initialInstanceCount": 3,
            "initialVariantWeight": 1,
        },
        {
            "variantName": "primary",
            "modelName": "${fraud-model.name}",
            "instanceType": "ml.m5.large",
            "initialInstanceCount": 2,
            "initialVariantWeight": 3,
        },
    ]
    assert plan.one(MODEL, "fraud-challenger-model").inputs["primaryContainer"] == {
        "image": CHALLENGER,
        "environment": {"LOG_LEVEL": "info", "THRESHOLD": "2"},
    }
    assert (
        plan.one(MODEL, "fraud-model").inputs["primaryContainer"]["environment"]["THRESHOLD"] == "1"
    )
    assert {name: target.inputs["resourceId"] for name, target in plan.all(TARGET).items()} == {
        "fraud-challenger-scaling": "endpoint/ml-prod-fraud/variant/challenger",
        "fraud-scaling": "endpoint/ml-prod-fraud/variant/primary",
    }
    tracking = plan.one(SCALING, "fraud-challenger-scaling-policy").inputs[
        "targetTrackingScalingPolicyConfiguration"
    ]
    assert tracking["targetValue"] == 5
    assert tracking["predefinedMetricSpecification"] == {
        "predefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    }
    assert plan.one(COMPONENT).outputs["variantNames"] == ["challenger", "primary"]
    assert children(plan) >= {"fraud-errors", "fraud-latency", "fraud-disk", "fraud-memory"}


def test_the_order_of_variants_has_no_effect() -> None:
    one = plan_of(instance_type="ml.m5.large", variants={"a": {}, "b": {"weight": 2.0}})
    other = plan_of(instance_type="ml.m5.large", variants={"b": {"weight": 2.0}, "a": {}})
    assert one.one(CONFIG).inputs == other.one(CONFIG).inputs


def test_a_canary_is_as_small_as_the_smallest_variant_needs() -> None:
    variants = {"a": {"instance_count": 3}, "b": {"instance_count": 10}}
    plan = plan_of(instance_type="ml.m5.large", variants=variants)

    routing = plan.one(ENDPOINT).inputs["deploymentConfig"]["blueGreenUpdatePolicy"][
        "trafficRoutingConfiguration"
    ]
    assert routing["canarySize"] == {"type": "CAPACITY_PERCENT", "value": 33}


def test_the_role_reaches_the_images_and_models_of_all_variants() -> None:
    plan = plan_of(
        instance_type="ml.m5.large",
        artifacts=ARTIFACTS,
        model_data="models/fraud/3/model.tar.gz",
        capture={"percent": 0},
        variants={
            "a": {},
            "b": {"image": CHALLENGER, "model_data": "models/other/1/"},
            "c": {"model_data": "models/fraud/4/"},
        },
    )
    result = policy(plan.one(POLICY).inputs["policy"])

    assert result["PullImage"]["Resource"] == [
        "arn:aws:ecr:us-east-1:123456789012:repository/challenger",
        "arn:aws:ecr:us-east-1:123456789012:repository/fraud",
    ]
    assert result["ReadObjects"]["Resource"] == "arn:aws:s3:::artifacts-1/models/fraud/*"
    assert result["ReadObjects2"]["Resource"] == "arn:aws:s3:::artifacts-1/models/other/*"
    assert result["ListObjects2"]["Condition"] == {"StringLike": {"s3:prefix": "models/other/*"}}
    assert "ReadObjects3" not in result


# Shadow


def test_a_shadow_receives_copies_of_requests_and_is_no_part_of_rollbacks() -> None:
    plan = plan_of(
        instance_type="ml.m5.large",
        routing="least-outstanding-requests",
        shadow={
            "image": CHALLENGER,
            "instance_type": "ml.c5.large",
            "instance_count": 1,
            "sample_percent": 50,
        },
    )

    config = plan.one(CONFIG).inputs
    assert config["productionVariants"] == [
        {
            "variantName": "primary",
            "modelName": "${fraud-model.name}",
            "instanceType": "ml.m5.large",
            "initialInstanceCount": 2,
            "initialVariantWeight": 1,
            "routingConfigs": [{"routingStrategy": "LEAST_OUTSTANDING_REQUESTS"}],
        }
    ]
    assert config["shadowProductionVariants"] == [
        {
            "variantName": "shadow",
            "modelName": "${fraud-shadow-model.name}",
            "instanceType": "ml.c5.large",
            "initialInstanceCount": 1,
            "initialVariantWeight": 0.5,
            "routingConfigs": [{"routingStrategy": "LEAST_OUTSTANDING_REQUESTS"}],
        }
    ]
    target = plan.one(TARGET, "fraud-shadow-scaling").inputs
    assert target["resourceId"] == "endpoint/ml-prod-fraud/variant/shadow"
    assert (target["minCapacity"], target["maxCapacity"]) == (1, 2)
    for alarm in plan.all(ALARM).values():
        assert "shadow" not in str(alarm.inputs)
    assert plan.one(COMPONENT).outputs["variantNames"] == ["primary"]


def test_a_shadow_has_the_endpoints_arguments_and_receives_all_requests_by_default() -> None:
    (shadow,) = (
        plan_of(instance_type="ml.m5.large", shadow={})
        .one(CONFIG)
        .inputs["shadowProductionVariants"]
    )

    assert (
        shadow["instanceType"],
        shadow["initialInstanceCount"],
        shadow["initialVariantWeight"],
    ) == ("ml.m5.large", 2, 1)


# Real-time


def test_a_large_model_has_timeouts_a_volume_size_and_a_machine_image() -> None:
    plan = plan_of(
        instance_type="ml.p3.2xlarge",
        health_check_timeout_seconds=1800,
        model_download_timeout_seconds=2400,
        volume_size_gb=256,
        inference_ami_version="al2023-ami-sagemaker-inference-gpu-4-1",
        routing="random",
    )

    (variant,) = plan.one(CONFIG).inputs["productionVariants"]
    assert variant == {
        "variantName": "primary",
        "modelName": "${fraud-model.name}",
        "instanceType": "ml.p3.2xlarge",
        "initialInstanceCount": 2,
        "initialVariantWeight": 1,
        "containerStartupHealthCheckTimeoutInSeconds": 1800,
        "modelDataDownloadTimeoutInSeconds": 2400,
        "volumeSizeInGb": 256,
        "inferenceAmiVersion": "al2023-ami-sagemaker-inference-gpu-4-1",
        "routingConfigs": [{"routingStrategy": "RANDOM"}],
    }


def test_every_child_of_a_kind_is_reached_through_the_component() -> None:
    def program() -> None:
        queue: Any = {
            "image": IMAGE,
            "asynchronous": {},
            "artifacts": ARTIFACTS,
            "instance_type": "ml.m5.large",
        }
        queued = ModelEndpoint("asleep", queue)
        assert queued.scale_from_zero is not None
        assert isinstance(queued.scale_from_zero.alarm, pulumi.CustomResource)
        assert set(queued.alarms) == {"errors", "disk", "memory", "backlog"}
        assert queued.latency_alarm is None
        several: Any = {
            "image": IMAGE,
            "instance_type": "ml.m5.large",
            "variants": {"a": {}, "b": {}},
        }
        shared = ModelEndpoint("shared", several)
        assert set(shared.models) == set(shared.scaling) == {"a", "b"}
        warm: Any = {"image": IMAGE, "serverless": {}}
        assert ModelEndpoint("warm", warm).scaling_target is None

    deploy(program)
