"""Values outside of their bounds: settings have no other validation."""

from typing import Any

import pytest
from groundplan.arguments import read
from groundplan.context import Context
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.validation import validate

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
ARTIFACTS = {
    "bucket_name": "b",
    "bucket_arn": "arn:aws:s3:::b",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
}
INSTANCES: dict[str, Any] = {"image": IMAGE, "instance_type": "ml.m5.large"}
GPUS: dict[str, Any] = {"image": IMAGE, "instance_type": "ml.g5.xlarge"}
SERVERLESS: dict[str, Any] = {"image": IMAGE, "serverless": {"provisioned_concurrency": 2}}
ASYNCHRONOUS: dict[str, Any] = {**INSTANCES, "asynchronous": {}, "artifacts": ARTIFACTS}
TWO: dict[str, Any] = {**INSTANCES, "variants": {"a": {}, "b": {}}}
SHADOW: dict[str, Any] = {**INSTANCES, "shadow": {}}


def keys(args: dict[str, Any]) -> list[str]:
    checked, shape = read(ModelEndpointArgs, args)
    assert shape == []
    return [problem.key for problem in validate(checked, Context("fraud", "ml", "prod"))]


def with_value(args: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    inner = with_value(dict(args.get(first, {})), rest, value) if rest else value
    return {**args, first: inner}


@pytest.mark.parametrize("base", [INSTANCES, GPUS, SERVERLESS, ASYNCHRONOUS, TWO, SHADOW])
def test_the_bases_are_accepted(base: dict[str, Any]) -> None:
    assert keys(base) == []


@pytest.mark.parametrize(
    ("base", "path", "values"),
    [
        (INSTANCES, "instance_count", [0, -1]),
        (INSTANCES, "scaling.min_instances", [0, -1]),
        (ASYNCHRONOUS, "scaling.min_instances", [-1]),
        (INSTANCES, "scaling.max_instances", [0, -1]),
        (INSTANCES, "scaling.invocations_per_instance", [0, -1]),
        (INSTANCES, "scaling.concurrent_requests_per_instance", [0, -1]),
        (ASYNCHRONOUS, "scaling.backlog_per_instance", [0, -1]),
        (INSTANCES, "scaling.scale_in_cooldown_seconds", [-1]),
        (INSTANCES, "scaling.scale_out_cooldown_seconds", [-1]),
        (INSTANCES, "rollout.canary_percent", [0, -1, 51]),
        (INSTANCES, "rollout.wait_seconds", [-1, 3601]),
        (INSTANCES, "rollout.termination_wait_seconds", [-1, 3601]),
        (INSTANCES, "rollout.timeout_seconds", [0, 599, 14_401]),
        (INSTANCES, "alarms.max_error_percent", [-1.0, 100.0, float("nan")]),
        (INSTANCES, "alarms.max_latency_ms", [0.0, -1.0, 60_000.0]),
        (INSTANCES, "alarms.max_disk_percent", [0.0, -1.0, 101.0]),
        (INSTANCES, "alarms.max_memory_percent", [0.0, -1.0, 101.0]),
        (GPUS, "alarms.max_gpu_memory_percent", [0.0, -1.0, 101.0]),
        (GPUS, "alarms.max_gpu_percent", [0.0, -1.0, 101.0]),
        (ASYNCHRONOUS, "alarms.max_backlog_age_seconds", [0, 59, 86_401]),
        (INSTANCES, "alarms.evaluation_minutes", [0, -1, 61]),
        (SERVERLESS, "serverless.memory_mb", [0, -1024, 1000, 7168]),
        (SERVERLESS, "serverless.max_concurrency", [201]),
        (SERVERLESS, "serverless.provisioned_concurrency", [0, -1, 21]),
        (SERVERLESS, "serverless.max_provisioned_concurrency", [0, -1, 21]),
        (SERVERLESS, "serverless.target_utilization_percent", [0, 9, 91]),
        (ASYNCHRONOUS, "asynchronous.max_concurrent_invocations_per_instance", [0, -1, 1001]),
        (TWO, "variants.a.instance_count", [0, -1]),
        (TWO, "variants.a.weight", [-1.0, float("nan"), float("inf")]),
        (TWO, "variants.a.scaling.max_instances", [0]),
        (SHADOW, "shadow.instance_count", [0, -1]),
        (SHADOW, "shadow.sample_percent", [0, -1, 101]),
        (INSTANCES | {"artifacts": ARTIFACTS}, "capture.percent", [-1, 101]),
        (INSTANCES, "health_check_timeout_seconds", [0, 59, 3601]),
        (INSTANCES, "model_download_timeout_seconds", [0, 59, 3601]),
        (INSTANCES, "volume_size_gb", [0, -1, 513]),
        (INSTANCES, "log_retention_days", [0, -1, 2]),
        (INSTANCES, "endpoint_name", ["", "a_b", "a" * 64]),
        (INSTANCES, "image", [""]),
        (INSTANCES, "instance_type", [""]),
        (INSTANCES | {"artifacts": ARTIFACTS}, "model_data", [""]),
        (INSTANCES, "kms_key_arn", ["", "alias/key"]),
        (INSTANCES, "log_kms_key_arn", ["", "alias/key"]),
        (INSTANCES, "execution_role_arn", ["", "fraud-role"]),
        (ASYNCHRONOUS, "asynchronous.success_topic_arn", ["", "results"]),
        (ASYNCHRONOUS, "asynchronous.error_topic_arn", ["", "errors"]),
        (INSTANCES, "variants", [{}]),
    ],
)
def test_a_value_outside_of_its_bounds_is_a_problem(
    base: dict[str, Any], path: str, values: list[Any]
) -> None:
    for value in values:
        assert keys(with_value(base, path, value)) == [path], value


@pytest.mark.parametrize(
    ("strategy", "key", "values"),
    [
        ("linear", "step_percent", [0, 9, 51]),
        ("rolling", "batch_percent", [0, 4, 51]),
        ("rolling", "rollback_batch_percent", [0, 4, 101]),
    ],
)
def test_a_step_outside_of_its_bounds_is_a_problem(
    strategy: str, key: str, values: list[int]
) -> None:
    for value in values:
        args = {**INSTANCES, "rollout": {"strategy": strategy, key: value}}
        assert keys(args) == [f"rollout.{key}"], value


def test_the_topics_of_alarms_are_arns() -> None:
    topics = ["arn:aws:sns:us-east-1:123456789012:alarms", "alarms"]
    assert keys({**INSTANCES, "alarms": {"actions": topics}}) == ["alarms.actions[1]"]


def test_a_serverless_endpoint_has_at_least_one_concurrent_request() -> None:
    assert keys({"image": IMAGE, "serverless": {"max_concurrency": 0}}) == [
        "serverless.max_concurrency"
    ]
