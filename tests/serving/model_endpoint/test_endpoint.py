from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest
from groundplan.arguments import InvalidArguments
from groundplan.manifest.recorder import Recorder
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.choices import RolloutStrategy
from groundplan.serving.model_endpoint.model_endpoint import ModelEndpoint, RolledBack
from groundplan.testing import Plan, deploy, policy

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
MINIMAL: ModelEndpointArgs = {"image": IMAGE, "instance_type": "ml.m5.large"}
FULL: ModelEndpointArgs = {
    "image": IMAGE,
    "model_data": "models/fraud/3/model.tar.gz",
    "artifacts": {
        "bucket_name": "artifacts-1",
        "bucket_arn": "arn:aws:s3:::artifacts-1",
        "kms_key_arn": "arn:artifact-key",
    },
    "environment": {"LOG_LEVEL": "info"},
    "instance_type": "ml.m5.xlarge",
    "instance_count": 4,
    "scaling": {
        "min_instances": 2,
        "max_instances": 12,
        "invocations_per_instance": 1200,
        "scale_in_cooldown_seconds": 600,
        "scale_out_cooldown_seconds": 30,
    },
    "rollout": {
        "strategy": RolloutStrategy.LINEAR,
        "step_percent": 25,
        "wait_seconds": 240,
        "termination_wait_seconds": 120,
        "timeout_seconds": 3000,
    },
    "alarms": {
        "max_error_percent": 0.5,
        "max_latency_ms": 250.0,
        "evaluation_minutes": 2,
        "actions": ["arn:aws:sns:us-east-1:123456789012:topic"],
    },
    "capture": {"percent": 20, "prefix": "captured/"},
    "network": {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"]},
    "network_isolation": False,
    "health_check_timeout_seconds": 600,
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/volume-key",
    "log_retention_days": 30,
    "log_kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/log-key",
    "endpoint_name": "fraud-scores",
    "tags": {"team": "risk"},
}

MODEL = "aws:sagemaker/model:Model"
CONFIG = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
KEY = "aws:kms/key:Key"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
TARGET = "aws:appautoscaling/target:Target"
SCALING = "aws:appautoscaling/policy:Policy"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/rolePolicy:RolePolicy"
ALARMS = {"fraud-errors", "fraud-latency", "fraud-disk", "fraud-memory"}
TAGS = {"groundplan:component": "fraud"}


def plan_of(args: ModelEndpointArgs, **changed: Any) -> Plan:
    merged: Any = {**args, **changed}
    return deploy(lambda: ModelEndpoint("fraud", merged), project="ml", stack="prod")


def without(args: ModelEndpointArgs, *keys: str) -> ModelEndpointArgs:
    remaining = {key: value for key, value in args.items() if key not in keys}
    return cast(ModelEndpointArgs, remaining)


def problem_keys(name: str, wrong: Any) -> set[str]:
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ModelEndpoint(name, wrong), project="ml", stack="prod")
    manifest = caught.value.manifest  # type: ignore[attr-defined]
    assert [resource for resource in manifest if resource.custom] == []
    return {problem.key for problem in caught.value.problems}


def test_a_minimal_endpoint_is_named_after_its_environment_and_exports_its_outputs() -> None:
    plan = plan_of(MINIMAL)

    component = plan.one("groundplan:index:ModelEndpoint", "fraud")
    assert component.outputs == {
        "endpointName": "ml-prod-fraud",
        "endpointArn": "${fraud-endpoint.arn}",
        "roleArn": "${fraud-role.arn}",
        "alarmNames": [
            "ml-prod-fraud-errors",
            "ml-prod-fraud-latency",
            "ml-prod-fraud-disk",
            "ml-prod-fraud-memory",
        ],
        "variantName": "primary",
        "variantNames": ["primary"],
        "kind": "real-time",
        "configurationName": "${fraud-config.name}",
        "requestUri": "",
        "responseUri": "",
        "releaseTarget": {},
    }
    assert plan.one(ENDPOINT).inputs["name"] == "ml-prod-fraud"


def test_every_child_of_a_minimal_endpoint_is_the_components_own_and_tagged() -> None:
    plan = plan_of(MINIMAL)

    component = plan.one("groundplan:index:ModelEndpoint", "fraud")
    key = plan.one("groundplan:index:EncryptionKey", "fraud-key")
    assert plan.parent(key) == component
    assert {child.name for child in plan.manifest.children(key)} == {
        "fraud-key-key",
        "fraud-key-alias",
    }
    children = {
        resource.name: resource
        for resource in plan.manifest
        if resource not in (component, key) and plan.parent(resource) != key
    }
    assert set(children) == {
        "fraud-logs",
        "fraud-errors",
        "fraud-latency",
        "fraud-disk",
        "fraud-memory",
        "fraud-role",
        "fraud-role-policy",
        "fraud-model",
        "fraud-config",
        "fraud-endpoint",
        "fraud-scaling",
        "fraud-scaling-policy",
    }
    for name, child in children.items():
        assert plan.parent(child) == component, name
        if child.type not in (POLICY, SCALING):  # these carry no tags
            assert child.inputs["tags"] == TAGS, name


def test_the_callers_tags_are_on_every_child() -> None:
    for child in plan_of(FULL).manifest:
        if child.custom and child.type not in (POLICY, SCALING):
            assert child.inputs["tags"] == {**TAGS, "team": "risk"}, child.name


def test_a_minimal_model_has_network_isolation() -> None:
    model = plan_of(MINIMAL).one(MODEL, "fraud-model")

    assert model.inputs == {
        "enableNetworkIsolation": True,
        "executionRoleArn": "${fraud-role.arn}",
        "primaryContainer": {"image": IMAGE},
        "tags": TAGS,
    }


def test_the_model_waits_for_its_permissions_and_its_network() -> None:
    plan = plan_of(FULL)

    assert plan.dependencies(plan.one(MODEL)) == {
        "fraud-role",
        "fraud-role-policy",
        "fraud-security-group",
        "fraud-egress",
    }


def test_a_full_model_has_its_archive_its_variables_and_its_network() -> None:
    model = plan_of(FULL).one(MODEL)

    assert model.inputs["primaryContainer"] == {
        "image": IMAGE,
        "environment": {"LOG_LEVEL": "info"},
        "modelDataSource": {
            "s3DataSources": [
                {
                    "s3Uri": "s3://artifacts-1/models/fraud/3/model.tar.gz",
                    "s3DataType": "S3Object",
                    "compressionType": "Gzip",
                }
            ]
        },
    }
    assert model.inputs["enableNetworkIsolation"] is False
    assert model.inputs["vpcConfig"] == {
        "securityGroupIds": ["${fraud-security-group.id}"],
        "subnets": ["subnet-1", "subnet-2"],
    }


def test_an_uncompressed_model_is_a_folder() -> None:
    (source,) = (
        plan_of(FULL, model_data="models/fraud/3/")
        .one(MODEL)
        .inputs["primaryContainer"]["modelDataSource"]["s3DataSources"]
    )
    assert source == {
        "s3Uri": "s3://artifacts-1/models/fraud/3/",
        "s3DataType": "S3Prefix",
        "compressionType": "None",
    }


def test_a_minimal_configuration_has_one_variant_and_captures_nothing() -> None:
    config = plan_of(MINIMAL).one(CONFIG, "fraud-config")

    assert config.inputs == {
        "productionVariants": [
            {
                "variantName": "primary",
                "modelName": "${fraud-model.name}",
                "instanceType": "ml.m5.large",
                "initialInstanceCount": 2,
                "initialVariantWeight": 1,
            }
        ],
        "tags": TAGS,
    }


def test_a_full_configuration_is_encrypted_and_has_a_health_check_timeout() -> None:
    config = plan_of(FULL).one(CONFIG)

    (variant,) = config.inputs["productionVariants"]
    assert (variant["instanceType"], variant["initialInstanceCount"]) == ("ml.m5.xlarge", 4)
    assert variant["containerStartupHealthCheckTimeoutInSeconds"] == 600
    assert config.inputs["kmsKeyArn"] == "arn:aws:kms:us-east-1:123456789012:key/volume-key"


def test_models_and_configurations_are_replaced_and_retained() -> None:
    plan = plan_of(FULL)

    for resource in (plan.one(MODEL), plan.one(CONFIG)):
        assert "name" not in resource.inputs
        assert resource.option("deleteBeforeReplace") is None
        assert resource.option("retainOnDelete") is True


def test_another_network_replaces_the_model() -> None:
    assert plan_of(FULL).one(MODEL).option("replaceOnChanges") == ["vpcConfig"]


def test_requests_and_responses_are_captured_into_the_artifact_bucket() -> None:
    assert plan_of(FULL).one(CONFIG).inputs["dataCaptureConfig"] == {
        "enableCapture": True,
        "initialSamplingPercentage": 20,
        "destinationS3Uri": "s3://artifacts-1/captured",
        "kmsKeyId": "arn:artifact-key",
        "captureOptions": [{"captureMode": "Input"}, {"captureMode": "Output"}],
        "captureContentTypeHeader": {
            "csvContentTypes": ["text/csv"],
            "jsonContentTypes": ["application/json"],
        },
    }


def test_all_is_captured_by_default_where_there_is_a_bucket_and_nothing_at_zero_percent() -> None:
    capture = plan_of(without(FULL, "capture")).one(CONFIG).inputs["dataCaptureConfig"]
    assert (capture["initialSamplingPercentage"], capture["destinationS3Uri"]) == (
        100,
        "s3://artifacts-1/capture",
    )
    assert "dataCaptureConfig" not in plan_of(FULL, capture={"percent": 0}).one(CONFIG).inputs
    assert "dataCaptureConfig" not in plan_of(MINIMAL, capture={"percent": 0}).one(CONFIG).inputs


def test_a_minimal_endpoint_rolls_out_as_a_canary_and_rolls_back_on_its_alarms() -> None:
    endpoint = plan_of(MINIMAL).one(ENDPOINT, "fraud-endpoint")

    assert endpoint.inputs["endpointConfigName"] == "${fraud-config.name}"
    assert endpoint.inputs["deploymentConfig"] == {
        "blueGreenUpdatePolicy": {
            "trafficRoutingConfiguration": {
                "type": "CANARY",
                "waitIntervalInSeconds": 300,
                "canarySize": {"type": "CAPACITY_PERCENT", "value": 50},
            },
            "terminationWaitInSeconds": 300,
            "maximumExecutionTimeoutInSeconds": 3600,
        },
        "autoRollbackConfiguration": {
            "alarms": [
                {"alarmName": f"ml-prod-fraud-{role}"}
                for role in ("errors", "latency", "disk", "memory")
            ]
        },
    }


def test_a_full_endpoint_rolls_out_in_its_own_steps() -> None:
    policy = plan_of(FULL).one(ENDPOINT).inputs["deploymentConfig"]["blueGreenUpdatePolicy"]

    assert policy == {
        "trafficRoutingConfiguration": {
            "type": "LINEAR",
            "waitIntervalInSeconds": 240,
            "linearStepSize": {"type": "CAPACITY_PERCENT", "value": 25},
        },
        "terminationWaitInSeconds": 120,
        "maximumExecutionTimeoutInSeconds": 3000,
    }


def test_an_endpoint_of_one_instance_shifts_all_at_once_and_still_rolls_back() -> None:
    deployment = plan_of(MINIMAL, instance_count=1).one(ENDPOINT).inputs["deploymentConfig"]

    assert deployment["blueGreenUpdatePolicy"]["trafficRoutingConfiguration"] == {
        "type": "ALL_AT_ONCE",
        "waitIntervalInSeconds": 300,
    }
    assert len(deployment["autoRollbackConfiguration"]["alarms"]) == 4


def test_the_endpoint_waits_for_its_log_group_and_its_alarms() -> None:
    plan = plan_of(MINIMAL)

    assert plan.dependencies(plan.one(ENDPOINT)) == ALARMS | {"fraud-config", "fraud-logs"}


def test_the_log_group_that_sagemaker_writes_to_has_a_retention() -> None:
    assert plan_of(MINIMAL).one(LOGS, "fraud-logs").inputs == {
        "kmsKeyId": "${fraud-key-key.arn}",
        "name": "/aws/sagemaker/Endpoints/ml-prod-fraud",
        "retentionInDays": 90,
        "tags": TAGS,
    }
    full = plan_of(FULL).one(LOGS).inputs
    assert (full["name"], full["retentionInDays"]) == ("/aws/sagemaker/Endpoints/fraud-scores", 30)
    assert full["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/log-key"


def test_the_key_of_the_logs_is_the_endpoints_own_and_outlives_it_by_default() -> None:
    key = plan_of(MINIMAL).one(KEY, "fraud-key-key")
    assert policy(key.inputs["policy"])["UseLogs"]["Principal"] == {
        "Service": "logs.us-east-1.amazonaws.com"
    }
    assert (key.option("protect"), key.option("retainOnDelete")) == (True, True)
    brief = plan_of({**MINIMAL, "deletion_protection": False}).one(KEY, "fraud-key-key")
    assert brief.option("protect") is False
    assert plan_of(FULL).all(KEY) == {}


def test_the_error_alarm_evaluates_the_share_of_requests_that_fail() -> None:
    def metric(name: str) -> dict[str, Any]:
        return {
            "namespace": "AWS/SageMaker",
            "metricName": name,
            "dimensions": {"EndpointName": "ml-prod-fraud", "VariantName": "primary"},
            "stat": "Sum",
            "period": 60,
        }

    assert plan_of(MINIMAL).one(ALARM, "fraud-errors").inputs == {
        "name": "ml-prod-fraud-errors",
        "alarmDescription": "More than 1 % of the requests to endpoint ml-prod-fraud fail with a 5xx error. "  # noqa: E501
        "Runbook: docs/runbooks/endpoint-errors.md",
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 1,
        "evaluationPeriods": 3,
        "datapointsToAlarm": 3,
        "treatMissingData": "notBreaching",
        "metricQueries": [
            {
                "id": "error_percent",
                "expression": "100 * errors / requests",
                "label": "5xx errors, percent of requests",
                "returnData": True,
            },
            {"id": "errors", "metric": metric("Invocation5XXErrors")},
            {"id": "requests", "metric": metric("Invocations")},
        ],
        "tags": TAGS,
    }


def test_the_latency_alarm_evaluates_p90_in_microseconds() -> None:
    assert plan_of(MINIMAL).one(ALARM, "fraud-latency").inputs == {
        "name": "ml-prod-fraud-latency",
        "alarmDescription": "The model of endpoint ml-prod-fraud takes more than 1000 ms for the slowest "  # noqa: E501
        "tenth of its "
        "requests (p90). Runbook: docs/runbooks/endpoint-latency.md",
        "namespace": "AWS/SageMaker",
        "metricName": "ModelLatency",
        "dimensions": {"EndpointName": "ml-prod-fraud", "VariantName": "primary"},
        "extendedStatistic": "p90",
        "period": 60,
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 1_000_000,
        "evaluationPeriods": 3,
        "datapointsToAlarm": 3,
        "treatMissingData": "notBreaching",
        "tags": TAGS,
    }


def test_alarms_have_thresholds_and_actions() -> None:
    plan = plan_of(FULL)

    errors, latency = (
        plan.one(ALARM, "fraud-errors").inputs,
        plan.one(ALARM, "fraud-latency").inputs,
    )
    assert (errors["threshold"], latency["threshold"]) == (0.5, 250_000)
    for alarm in (errors, latency):
        assert (alarm["evaluationPeriods"], alarm["datapointsToAlarm"]) == (2, 2)
        assert (
            alarm["alarmActions"]
            == alarm["okActions"]
            == ["arn:aws:sns:us-east-1:123456789012:topic"]
        )


def test_a_minimal_endpoint_scales_to_twice_its_size() -> None:
    plan = plan_of(MINIMAL)

    assert plan.one(TARGET, "fraud-scaling").inputs == {
        "serviceNamespace": "sagemaker",
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "resourceId": "endpoint/ml-prod-fraud/variant/primary",
        "minCapacity": 2,
        "maxCapacity": 4,
        "tags": TAGS,
    }
    assert plan.dependencies(plan.one(TARGET)) == {"fraud-endpoint"}
    assert plan.one(SCALING, "fraud-scaling-policy").inputs == {
        "policyType": "TargetTrackingScaling",
        "serviceNamespace": "sagemaker",
        "scalableDimension": "sagemaker:variant:DesiredInstanceCount",
        "resourceId": "endpoint/ml-prod-fraud/variant/primary",
        "targetTrackingScalingPolicyConfiguration": {
            "predefinedMetricSpecification": {
                "predefinedMetricType": "SageMakerVariantInvocationsPerInstance"
            },
            "targetValue": 600,
            "scaleInCooldown": 300,
            "scaleOutCooldown": 60,
        },
    }
    assert plan.dependencies(plan.one(SCALING)) == {"fraud-scaling"}


def test_scaling_has_its_own_limits_and_target() -> None:
    plan = plan_of(FULL)

    target = plan.one(TARGET).inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 12)
    tracking = plan.one(SCALING).inputs["targetTrackingScalingPolicyConfiguration"]
    assert (tracking["targetValue"], tracking["scaleInCooldown"], tracking["scaleOutCooldown"]) == (
        1200,
        600,
        30,
    )


def test_a_fixed_count_has_no_autoscaling() -> None:
    plan = plan_of(MINIMAL, scaling={"max_instances": 2})

    assert (plan.all(TARGET), plan.all(SCALING)) == ({}, {})


def test_in_a_vpc_an_endpoint_has_outbound_https_only() -> None:
    plan = plan_of(FULL)

    group = plan.one(GROUP, "fraud-security-group")
    assert group.inputs["vpcId"] == "vpc-1"
    assert "ingress" not in group.inputs
    egress = plan.one(EGRESS, "fraud-egress").inputs
    assert {
        key: egress[key]
        for key in ("securityGroupId", "cidrIpv4", "ipProtocol", "fromPort", "toPort")
    } == {
        "securityGroupId": "${fraud-security-group.id}",
        "cidrIpv4": "0.0.0.0/0",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
    }
    assert plan.all("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule") == {}
    assert "vpcConfig" not in plan_of(MINIMAL).one(MODEL).inputs


def test_an_existing_role_is_used_unchanged() -> None:
    plan = plan_of(FULL, execution_role_arn="arn:aws:iam::123456789012:role/fraud")

    assert (plan.all(ROLE), plan.all(POLICY)) == ({}, {})
    assert plan.one(MODEL).inputs["executionRoleArn"] == "arn:aws:iam::123456789012:role/fraud"
    assert (
        plan.one("groundplan:index:ModelEndpoint").outputs["roleArn"]
        == "arn:aws:iam::123456789012:role/fraud"
    )


def test_children_are_attributes() -> None:
    def program() -> None:
        full, minimal = ModelEndpoint("full", FULL), ModelEndpoint("minimal", MINIMAL)
        for attribute in ("security_group", "egress"):
            assert getattr(full, attribute) is not None
            assert getattr(minimal, attribute) is None
        for child in (
            full.log_group,
            full.error_alarm,
            full.latency_alarm,
            full.model,
            full.configuration,
            full.endpoint,
        ):
            assert isinstance(child, pulumi.CustomResource)
        for optional in (full.role, full.role_policy, full.scaling_target, full.scaling_policy):
            assert isinstance(optional, pulumi.CustomResource)

    deploy(program)


def test_a_silent_rollback_fails_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    register: Callable[..., Any] = Recorder.RegisterResource

    def rolled_back(self: Recorder, request: Any) -> Any:
        response = register(self, request)
        if request.type == ENDPOINT:
            response.object.fields["endpointConfigName"].string_value = "fraud-config-of-yesterday"
        return response

    monkeypatch.setattr(Recorder, "RegisterResource", rolled_back)
    with pytest.raises(
        RolledBack,
        match=r"fraud-config-of-yesterday, not \$\{fraud-config\.name\}, because an alarm went into "  # noqa: E501
        "ALARM state",
    ):
        plan_of(MINIMAL)


def test_all_problems_are_reported_at_once() -> None:
    assert problem_keys(
        "fraud",
        {
            "image": "fraud",
            "model_data": "model.zip",
            "environment": {"LOG-LEVEL": "info"},
            "instance_type": "ml.g5.xlarge",
            "instance_count": 1,
            "scaling": {"min_instances": 2},
            "rollout": {"strategy": "canary"},
            "alarms": {"max_error_percent": 100, "max_latency_ms": 60_000, "evaluation_minutes": 0},
            "capture": {"percent": 101, "prefix": "/captured"},
            "network": {"vpc_id": "vpc-1", "subnet_ids": []},
            "health_check_timeout_seconds": 30,
            "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
            "log_retention_days": 31,
            "endpoint_name": "fraud_scores",
            "instance_typ": "ml.m5.large",
        },
    ) == {
        "image",
        "model_data",
        "artifacts",
        "environment.LOG-LEVEL",
        "scaling.min_instances",
        "rollout.strategy",
        "alarms.max_error_percent",
        "alarms.max_latency_ms",
        "alarms.evaluation_minutes",
        "capture.percent",
        "capture.prefix",
        "network.subnet_ids",
        "health_check_timeout_seconds",
        "kms_key_arn",
        "log_retention_days",
        "endpoint_name",
        "instance_typ",
    }


def test_missing_arguments_are_reported() -> None:
    assert problem_keys("fraud", {}) == {"image", "instance_type"}


@pytest.mark.parametrize(
    "needing",
    [{"capture": {"prefix": "captured/"}}, {"capture": {"percent": 5}}, {"model_data": "m/"}],
)
def test_model_data_and_capture_need_a_bucket(needing: dict[str, Any]) -> None:
    assert problem_keys("fraud", {**MINIMAL, **needing}) == {"artifacts"}


def test_names_that_sagemaker_refuses_are_problems() -> None:
    assert problem_keys("fraud_2", MINIMAL) == {"name", "endpoint_name"}
    assert problem_keys("f" * 49, MINIMAL) == {"name"}
    assert problem_keys("f" * 48, {**MINIMAL, "endpoint_name": "f" * 64}) == {"endpoint_name"}
    deploy(lambda: ModelEndpoint("f" * 48, {**MINIMAL, "endpoint_name": "f" * 63}))


def test_a_step_shorter_than_the_evaluation_of_an_alarm_is_a_problem() -> None:
    assert problem_keys("fraud", {**MINIMAL, "alarms": {"evaluation_minutes": 6}}) == {
        "rollout.wait_seconds"
    }


def test_subnets_may_be_outputs() -> None:
    plan = deploy(
        lambda: ModelEndpoint(
            "fraud",
            {
                **MINIMAL,
                "network": {
                    "vpc_id": "vpc-1",
                    "subnet_ids": pulumi.Output.from_input(["subnet-1"]),
                },
            },
        )
    )
    assert plan.one(MODEL).inputs["vpcConfig"]["subnets"] == ["subnet-1"]
