"""What SageMaker's API refuses is a problem with its key and its fix,
before anything is registered."""

from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.problems import Problem
from groundplan.serving.model_endpoint.model_endpoint import ModelEndpoint
from groundplan.testing import deploy

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
ARTIFACTS = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:artifact-key",
}
NETWORK = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1"]}
INSTANCES: dict[str, Any] = {"image": IMAGE, "instance_type": "ml.m5.large"}
SERVERLESS: dict[str, Any] = {"image": IMAGE, "serverless": {}}
ASYNCHRONOUS: dict[str, Any] = {**INSTANCES, "asynchronous": {}, "artifacts": ARTIFACTS}
REGISTRY: dict[str, Any] = {**INSTANCES, "release": "registry", "model_package_group": "fraud"}
GPU = "al2023-ami-sagemaker-inference-gpu-4-1"


def problems(args: dict[str, Any], name: str = "fraud") -> list[Problem]:
    values: Any = args
    with pytest.raises(InvalidArguments) as caught:
        deploy(lambda: ModelEndpoint(name, values), project="ml", stack="prod")
    manifest = caught.value.manifest  # type: ignore[attr-defined]
    assert [resource for resource in manifest if resource.custom] == []
    return list(caught.value.problems)


def variants(count: int, **own: Any) -> dict[str, Any]:
    return {f"v{number}": dict(own) for number in range(count)}


@pytest.mark.parametrize("base", [INSTANCES, SERVERLESS, ASYNCHRONOUS, REGISTRY])
def test_the_bases_of_the_refused_arguments_are_accepted(base: dict[str, Any]) -> None:
    values: Any = base
    deploy(lambda: ModelEndpoint("fraud", values), project="ml", stack="prod")


@pytest.mark.parametrize(
    ("base", "wrong", "key", "text"),
    [
        # Rollouts
        (INSTANCES, {"rollout": {"canary_percent": 51}}, "rollout.canary_percent", "1 to 50"),
        (
            INSTANCES,
            {"rollout": {"strategy": "linear", "step_percent": 9}},
            "rollout.step_percent",
            "10 to 50",
        ),
        (
            INSTANCES,
            {"rollout": {"strategy": "linear", "step_percent": 51}},
            "rollout.step_percent",
            "10 to 50",
        ),
        (
            INSTANCES,
            {"rollout": {"strategy": "rolling", "batch_percent": 4}},
            "rollout.batch_percent",
            "5 to 50",
        ),
        (
            INSTANCES,
            {"rollout": {"strategy": "rolling", "batch_percent": 51}},
            "rollout.batch_percent",
            "5 to 50",
        ),
        (
            INSTANCES,
            {"rollout": {"strategy": "rolling"}, "instance_count": 1},
            "rollout.strategy",
            "one instance",
        ),
        (
            INSTANCES,
            {"rollout": {"strategy": "canary"}, "instance_count": 1},
            "rollout.strategy",
            "one instance",
        ),
        (
            INSTANCES,
            {"rollout": {"strategy": "linear"}, "instance_count": 1},
            "rollout.strategy",
            "one instance",
        ),
        (
            INSTANCES,
            {"rollout": {"strategy": "rolling"}, "shadow": {}},
            "rollout.strategy",
            "a shadow",
        ),
        (
            INSTANCES,
            {"rollout": {"strategy": "rolling"}, "variants": variants(2)},
            "rollout.strategy",
            "several variants",
        ),
        (
            INSTANCES,
            {"rollout": {"strategy": "canary"}, "variants": {"a": {}, "b": {"instance_count": 1}}},
            "rollout.strategy",
            "one instance",
        ),
        (
            INSTANCES,
            {"rollout": {"timeout_seconds": 900}},
            "rollout.timeout_seconds",
            "more than 900",
        ),
        (
            INSTANCES,
            {"rollout": {"timeout_seconds": 599}},
            "rollout.timeout_seconds",
            "600 to 14400",
        ),
        (
            INSTANCES,
            {"rollout": {"timeout_seconds": 28_800}},
            "rollout.timeout_seconds",
            "600 to 14400",
        ),
        (INSTANCES, {"rollout": {"wait_seconds": 3601}}, "rollout.wait_seconds", "0 to 3600"),
        (INSTANCES, {"rollout": {"wait_seconds": 1700}}, "rollout.wait_seconds", "less than 3600"),
        # 20 batches of three minutes each are the hour after which Pulumi gives up.
        (
            INSTANCES,
            {
                "rollout": {"strategy": "rolling", "batch_percent": 5, "wait_seconds": 180},
                "instance_count": 40,
            },
            "rollout.wait_seconds",
            "less than 3600",
        ),
        (
            INSTANCES,
            {"instance_type": "ml.inf1.xlarge", "rollout": {"strategy": "canary"}},
            "rollout.strategy",
            "Inf1",
        ),
        # Instances
        (
            INSTANCES,
            {
                "instance_type": "ml.g5.xlarge",
                "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
            },
            "kms_key_arn",
            "local NVMe",
        ),
        (
            INSTANCES,
            {
                "shadow": {"instance_type": "ml.g5.xlarge"},
                "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
            },
            "kms_key_arn",
            "local NVMe",
        ),
        (
            INSTANCES,
            {"instance_type": "ml.g5.xlarge", "volume_size_gb": 100},
            "volume_size_gb",
            "local NVMe",
        ),
        (INSTANCES, {"volume_size_gb": 513}, "volume_size_gb", "1 to 512"),
        (
            INSTANCES,
            {"health_check_timeout_seconds": 59},
            "health_check_timeout_seconds",
            "60 to 3600",
        ),
        (
            INSTANCES,
            {"model_download_timeout_seconds": 3601},
            "model_download_timeout_seconds",
            "60 to 3600",
        ),
        (
            INSTANCES,
            {"inference_ami_version": GPU},
            "inference_ami_version",
            "nothing with ml.m5.large",
        ),
        (
            INSTANCES,
            {"instance_type": "ml.inf2.xlarge", "inference_ami_version": GPU},
            "inference_ami_version",
            "al2-ami-sagemaker-inference-neuron-2 with ml.inf2.xlarge",
        ),
        (
            INSTANCES,
            {
                "instance_type": "ml.g5.xlarge",
                "inference_ami_version": "al2023-ami-sagemaker-inference-gpu-41",
            },
            "inference_ami_version",
            GPU,
        ),
        (INSTANCES, {"scaling": {"min_instances": 0}}, "scaling.min_instances", "at least 1"),
        (
            INSTANCES,
            {"scaling": {"backlog_per_instance": 5}},
            "scaling.backlog_per_instance",
            "no queue",
        ),
        # Serverless
        (SERVERLESS, {"instance_type": "ml.m5.large"}, "instance_type", "no instances"),
        (SERVERLESS, {"instance_count": 2}, "instance_count", "no instances"),
        (
            SERVERLESS,
            {"scaling": {"max_instances": 4}},
            "scaling",
            "serverless.provisioned_concurrency",
        ),
        (SERVERLESS, {"rollout": {"strategy": "rolling"}}, "rollout", "all traffic at once"),
        (SERVERLESS, {"network": NETWORK}, "network", "VPC"),
        (SERVERLESS, {"network_isolation": True}, "network_isolation", "networks"),
        (
            SERVERLESS,
            {"capture": {"percent": 5}, "artifacts": ARTIFACTS},
            "capture",
            "real-time endpoints only",
        ),
        (SERVERLESS, {"volume_size_gb": 10}, "volume_size_gb", "no instances"),
        (
            SERVERLESS,
            {"model_download_timeout_seconds": 600},
            "model_download_timeout_seconds",
            "no instances",
        ),
        (
            SERVERLESS,
            {"health_check_timeout_seconds": 600},
            "health_check_timeout_seconds",
            "no instances",
        ),
        (SERVERLESS, {"inference_ami_version": GPU}, "inference_ami_version", "no instances"),
        (SERVERLESS, {"routing": "random"}, "routing", "no instances"),
        (SERVERLESS, {"variants": variants(2)}, "variants", "one variant"),
        (SERVERLESS, {"shadow": {}}, "shadow", "real-time endpoints only"),
        (SERVERLESS, {"serverless": {"memory_mb": 512}}, "serverless.memory_mb", "steps of 1024"),
        (SERVERLESS, {"serverless": {"memory_mb": 1536}}, "serverless.memory_mb", "steps of 1024"),
        (SERVERLESS, {"serverless": {"memory_mb": 7168}}, "serverless.memory_mb", "steps of 1024"),
        (
            SERVERLESS,
            {"serverless": {"max_concurrency": 201}},
            "serverless.max_concurrency",
            "1 to 200",
        ),
        (
            SERVERLESS,
            {"serverless": {"provisioned_concurrency": 21}},
            "serverless.provisioned_concurrency",
            "1 to 20",
        ),
        (
            SERVERLESS,
            {"serverless": {"provisioned_concurrency": 0}},
            "serverless.provisioned_concurrency",
            "1 to 20",
        ),
        (
            SERVERLESS,
            {"serverless": {"provisioned_concurrency": 4, "max_provisioned_concurrency": 3}},
            "serverless.max_provisioned_concurrency",
            "4 to 20",
        ),
        (
            SERVERLESS,
            {"serverless": {"max_provisioned_concurrency": 3}},
            "serverless.max_provisioned_concurrency",
            "without serverless.provisioned_concurrency",
        ),
        (
            SERVERLESS,
            {"serverless": {"target_utilization_percent": 70}},
            "serverless.target_utilization_percent",
            "without serverless.provisioned_concurrency",
        ),
        (SERVERLESS, {"asynchronous": {}, "artifacts": ARTIFACTS}, "asynchronous", "not both"),
        (
            SERVERLESS,
            {"alarms": {"max_disk_percent": 80}},
            "alarms.max_disk_percent",
            "disk isn't measured",
        ),
        # Asynchronous
        (ASYNCHRONOUS, {"capture": {"percent": 10}}, "capture", "real-time endpoints only"),
        (ASYNCHRONOUS, {"variants": variants(2)}, "variants", "one variant"),
        (ASYNCHRONOUS, {"shadow": {}}, "shadow", "real-time endpoints only"),
        (ASYNCHRONOUS, {"routing": "random"}, "routing", "queue"),
        (ASYNCHRONOUS, {"instance_type": "ml.inf1.xlarge"}, "instance_type", "Inf1"),
        (ASYNCHRONOUS, {"artifacts": None}, "artifacts", "requests and responses"),
        (
            ASYNCHRONOUS,
            {"scaling": {"invocations_per_instance": 60}},
            "scaling.invocations_per_instance",
            "doesn't measure by invocations",
        ),
        (
            ASYNCHRONOUS,
            {"scaling": {"concurrent_requests_per_instance": 6}},
            "scaling.concurrent_requests_per_instance",
            "doesn't measure by invocations",
        ),
        (
            ASYNCHRONOUS,
            {"asynchronous": {"max_concurrent_invocations_per_instance": 1001}},
            "asynchronous.max_concurrent_invocations_per_instance",
            "1 to 1000",
        ),
        (
            ASYNCHRONOUS,
            {"asynchronous": {"include_response": True}},
            "asynchronous.include_response",
            "without a topic",
        ),
        (
            ASYNCHRONOUS,
            {"asynchronous": {"output_prefix": "out"}},
            "asynchronous.output_prefix",
            "a folder",
        ),
        (
            ASYNCHRONOUS,
            {"asynchronous": {"input_prefix": "/in/"}},
            "asynchronous.input_prefix",
            "a folder",
        ),
        (
            ASYNCHRONOUS,
            {"alarms": {"max_latency_ms": 3_600_000}},
            "alarms.max_latency_ms",
            "below 3600000",
        ),
        (
            ASYNCHRONOUS,
            {"alarms": {"max_backlog_age_seconds": 59}},
            "alarms.max_backlog_age_seconds",
            "60 to 86400",
        ),
        # Alarms
        (
            INSTANCES,
            {"alarms": {"max_backlog_age_seconds": 600}},
            "alarms.max_backlog_age_seconds",
            "no queue",
        ),
        (INSTANCES, {"alarms": {"max_gpu_percent": 90}}, "alarms.max_gpu_percent", "no GPU"),
        (
            INSTANCES,
            {"alarms": {"max_gpu_memory_percent": 90}},
            "alarms.max_gpu_memory_percent",
            "no GPU",
        ),
        (
            INSTANCES,
            {"alarms": {"max_disk_percent": 101}},
            "alarms.max_disk_percent",
            "at most 100",
        ),
        (INSTANCES, {"alarms": {"max_memory_percent": 0}}, "alarms.max_memory_percent", "above 0"),
        # Variants
        (INSTANCES, {"variants": {}}, "variants", "1 to 10"),
        (INSTANCES, {"variants": variants(11)}, "variants", "1 to 10"),
        (INSTANCES, {"variants": variants(2, weight=0)}, "variants", "aren't all 0"),
        (
            INSTANCES,
            {"variants": {"a": {"weight": -1}, "b": {}}},
            "variants.a.weight",
            "at least 0",
        ),
        (
            INSTANCES,
            {"variants": {"a_b": {}, "b": {}}},
            "variants.a_b",
            "letters, digits and hyphens",
        ),
        (INSTANCES, {"variants": {"b" * 44: {}}}, f"variants.{'b' * 44}", "at most 43"),
        (INSTANCES, {"variants": {"a": {"image": "a"}}}, "variants.a.image", "Amazon ECR"),
        (INSTANCES, {"variants": {"a": {"model_data": "m/"}}}, "artifacts", "model_data"),
        (
            INSTANCES,
            {"variants": {"a": {"environment": {"A-B": "1"}}}},
            "variants.a.environment.A-B",
            "letters, digits and _",
        ),
        (
            INSTANCES,
            {"variants": variants(6, instance_type="ml.g5.xlarge")},
            "variants",
            "no CloudWatch alarm evaluates more",
        ),
        # Shadow
        (
            INSTANCES,
            {"shadow": {}, "variants": {"a": {}}},
            "variants",
            "one production variant beside a shadow",
        ),
        (INSTANCES, {"shadow": {"sample_percent": 0}}, "shadow.sample_percent", "1 to 100"),
        (INSTANCES, {"shadow": {"sample_percent": 101}}, "shadow.sample_percent", "1 to 100"),
        (
            INSTANCES,
            {"shadow": {"instance_type": "ml.inf1.xlarge"}},
            "shadow.instance_type",
            "Inf1",
        ),
        # Releases
        (INSTANCES, {"release": "registry"}, "model_package_group", "the group whose versions"),
        (
            INSTANCES,
            {"model_package_group": "fraud"},
            "model_package_group",
            "unless release is registry",
        ),
        (REGISTRY, {"model_package_group": "fraud models"}, "model_package_group", "its ARN"),
        (REGISTRY, {"variants": variants(2)}, "release", "one model to release"),
        (REGISTRY, {"shadow": {}}, "release", "one model to release"),
    ],
)
def test_what_the_api_refuses_is_a_problem_with_its_key(
    base: dict[str, Any], wrong: dict[str, Any], key: str, text: str
) -> None:
    (result,) = problems({**base, **wrong})

    assert result.key == key
    assert text in f"{result.allowed} {result.fix}", result
    assert result.fix or "from" in result.allowed, result


@pytest.mark.parametrize(
    "args",
    [
        {**INSTANCES, "rollout": {"strategy": "rolling"}},
        {
            **INSTANCES,
            "rollout": {"strategy": "rolling", "batch_percent": 10, "wait_seconds": 180},
            "instance_count": 40,
        },
        {**INSTANCES, "shadow": {}, "rollout": {"strategy": "linear"}},
        {**INSTANCES, "variants": variants(10)},
        {**INSTANCES, "variants": variants(5, instance_type="ml.g5.xlarge")},
        {**INSTANCES, "variants": {"a": {"weight": 0}, "b": {}}},
        {"variants": {"a": {"image": IMAGE, "instance_type": "ml.m5.large"}}},
        {
            **SERVERLESS,
            "serverless": {
                "memory_mb": 1024,
                "max_concurrency": 200,
                "provisioned_concurrency": 200,
            },
        },
        {**SERVERLESS, "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k"},
        {**SERVERLESS, "network_isolation": False, "capture": {"percent": 0}},
        {**ASYNCHRONOUS, "capture": {"percent": 0}, "network": NETWORK},
        {**ASYNCHRONOUS, "instance_count": 2, "rollout": {"strategy": "rolling"}},
        {
            **REGISTRY,
            "model_package_group": "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/fraud",  # noqa: E501
        },
        {**REGISTRY, "rollout": {"wait_seconds": 3600, "timeout_seconds": 14400}},
        {
            **INSTANCES,
            "instance_type": "ml.inf2.xlarge",
            "inference_ami_version": "al2-ami-sagemaker-inference-neuron-2",
        },
    ],
)
def test_what_the_api_accepts_is_accepted(args: dict[str, Any]) -> None:
    values: Any = args
    deploy(lambda: ModelEndpoint("fraud", values), project="ml", stack="prod")


def test_problems_that_variants_share_are_reported_once() -> None:
    args = {
        "image": "fraud",
        "instance_type": "ml.m5.lage",
        "variants": {"a": {}, "b": {"instance_count": 0}},
        "scaling": {"min_instances": 3},
    }
    assert sorted(problem.key for problem in problems(args)) == [
        "image",
        "instance_type",
        "scaling.min_instances",
        "variants.b.instance_count",
    ]


def test_a_missing_argument_of_a_variant_has_the_key_of_the_endpoint() -> None:
    assert [
        problem.key for problem in problems({"variants": {"a": {"image": IMAGE}, "b": {}}})
    ] == ["image", "instance_type"]
