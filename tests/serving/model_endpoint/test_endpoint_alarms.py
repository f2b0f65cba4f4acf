"""The alarms that roll an endpoint back: what each evaluates, with one variant and with
several."""

import json
import pathlib
import re
from typing import Any

import pytest
from groundplan.arguments import InvalidArguments
from groundplan.serving.model_endpoint.model_endpoint import ModelEndpoint
from groundplan.testing import Plan, deploy

ROOT = pathlib.Path(__file__).parents[3]
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
ARTIFACTS = {
    "bucket_name": "artifacts-1",
    "bucket_arn": "arn:aws:s3:::artifacts-1",
    "kms_key_arn": "arn:artifact-key",
}
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
COMMON = {
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 3,
    "datapointsToAlarm": 3,
    "treatMissingData": "notBreaching",
    "tags": {"groundplan:component": "fraud"},
}


def plan_of(**args: Any) -> Plan:
    arguments: Any = {"image": IMAGE, "instance_type": "ml.m5.large", **args}
    return deploy(lambda: ModelEndpoint("fraud", arguments), project="ml", stack="prod")


def alarm(plan: Plan, role: str) -> dict[str, Any]:
    return dict(plan.one(ALARM, f"fraud-{role}").inputs)


def metric(
    id: str, name: str, variant: str, stat: str, namespace: str = "/aws/sagemaker/Endpoints"
) -> dict[str, Any]:
    of = {"EndpointName": "ml-prod-fraud", "VariantName": variant}
    return {
        "id": id,
        "metric": {
            "namespace": namespace,
            "metricName": name,
            "dimensions": of,
            "stat": stat,
            "period": 60,
        },
    }


@pytest.mark.parametrize(
    ("role", "name", "limit", "text"),
    [
        (
            "disk",
            "DiskUtilization",
            90,
            "An instance of endpoint ml-prod-fraud uses more than 90 % of its disk.",
        ),
        (
            "memory",
            "MemoryUtilization",
            95,
            "An instance of endpoint ml-prod-fraud uses more than 95 % of its memory.",
        ),
    ],
)
def test_alarms_evaluate_the_fullest_instance(role: str, name: str, limit: int, text: str) -> None:
    assert alarm(plan_of(), role) == {
        **COMMON,
        "name": f"ml-prod-fraud-{role}",
        "alarmDescription": f"{text} Runbook: docs/runbooks/endpoint-{role}.md",
        "namespace": "/aws/sagemaker/Endpoints",
        "metricName": name,
        "dimensions": {"EndpointName": "ml-prod-fraud", "VariantName": "primary"},
        "statistic": "Maximum",
        "period": 60,
        "threshold": limit,
    }


def test_the_memory_alarm_evaluates_gpus_in_proportion_to_their_number() -> None:
    result = alarm(plan_of(instance_type="ml.g5.12xlarge"), "memory")  # 4 GPUs

    assert result == {
        **COMMON,
        "name": "ml-prod-fraud-memory",
        "alarmDescription": "An instance of endpoint ml-prod-fraud uses more than 95 % of its memory, or more "  # noqa: E501
        "than 98 % of "
        "its GPUs'. Runbook: docs/runbooks/endpoint-memory.md",
        "threshold": 100,
        "metricQueries": [
            {
                "id": "fullest",
                "expression": "100 * MAX([memory / 95, gpu_memory / 392])",
                "label": "memory in use, percent of the limit",
                "returnData": True,
            },
            metric("memory", "MemoryUtilization", "primary", "Maximum"),
            metric("gpu_memory", "GPUMemoryUtilization", "primary", "Maximum"),
        ],
    }


def test_thresholds_of_disk_memory_and_gpus_are_arguments() -> None:
    limits = {
        "max_disk_percent": 80.0,
        "max_memory_percent": 70.0,
        "max_gpu_memory_percent": 50.0,
        "max_gpu_percent": 85.0,
    }
    plan = plan_of(instance_type="ml.p4d.24xlarge", alarms=limits)  # 8 GPUs

    assert alarm(plan, "disk")["threshold"] == 80
    assert (
        alarm(plan, "memory")["metricQueries"][0]["expression"]
        == "100 * MAX([memory / 70, gpu_memory / 400])"
    )
    gpu = alarm(plan, "gpu")
    assert gpu["threshold"] == 85
    assert gpu["metricQueries"] == [
        {
            "id": "busiest",
            "expression": "MAX([gpu / 8])",
            "label": "GPUs busy, percent",
            "returnData": True,
        },
        metric("gpu", "GPUUtilization", "primary", "Maximum"),
    ]
    assert gpu["alarmDescription"].endswith("Runbook: docs/runbooks/endpoint-gpu.md")
    rollback = plan.one(ENDPOINT).inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"]
    assert {"alarmName": "ml-prod-fraud-gpu"} in rollback


def test_several_variants_have_one_alarm_for_each_concern() -> None:
    plan = plan_of(
        variants={"a": {}, "b": {"instance_type": "ml.g5.12xlarge"}},
        alarms={"max_gpu_percent": 90.0},
    )

    assert set(plan.all(ALARM)) == {
        f"fraud-{role}" for role in ("errors", "latency", "disk", "memory", "gpu")
    }
    errors = alarm(plan, "errors")
    assert errors["threshold"] == 1
    assert errors["metricQueries"] == [
        {
            "id": "error_percent",
            "expression": "100 * MAX([errors_1, errors_2])",
            "label": "5xx errors, percent of requests",
            "returnData": True,
        },
        metric("errors_1", "Invocation5XXErrors", "a", "Average", "AWS/SageMaker"),
        metric("errors_2", "Invocation5XXErrors", "b", "Average", "AWS/SageMaker"),
    ]
    latency = alarm(plan, "latency")
    assert (latency["threshold"], latency["metricQueries"][0]["expression"]) == (
        1_000_000,
        "MAX([latency_1, latency_2])",
    )
    assert latency["metricQueries"][2] == metric(
        "latency_2", "ModelLatency", "b", "p90", "AWS/SageMaker"
    )
    assert alarm(plan, "disk")["metricQueries"][0]["expression"] == "MAX([disk_1, disk_2])"
    memory = alarm(plan, "memory")["metricQueries"]
    assert memory[0]["expression"] == "100 * MAX([memory_1 / 95, memory_2 / 95, gpu_memory / 392])"
    assert memory[3] == metric("gpu_memory", "GPUMemoryUtilization", "b", "Maximum")
    assert alarm(plan, "gpu")["metricQueries"][0]["expression"] == "MAX([gpu / 4])"


def test_the_names_of_the_alarms_do_not_depend_on_the_variants_or_their_instances() -> None:
    """The provider replaces an endpoint whose rollback alarms get other names."""
    uses: list[dict[str, Any]] = [
        {},
        {"instance_type": "ml.g5.xlarge"},
        {"variants": {"a": {}, "b": {}}},
        {"shadow": {}},
        {"instance_count": 1},
    ]
    outputs = [plan_of(**use).one("groundplan:index:ModelEndpoint").outputs for use in uses]
    names = {tuple(output["alarmNames"]) for output in outputs}
    assert len(names) == 1


def test_a_queue_has_alarms_on_its_oldest_request_and_on_the_share_of_errors() -> None:
    plan = plan_of(asynchronous={}, artifacts=ARTIFACTS)

    assert alarm(plan, "backlog") == {
        **COMMON,
        "name": "ml-prod-fraud-backlog",
        "alarmDescription": "A request has been in the queue of endpoint ml-prod-fraud for more than 1800 "  # noqa: E501
        "seconds. "
        "Runbook: docs/runbooks/endpoint-backlog.md",
        "namespace": "AWS/SageMaker",
        "metricName": "ApproximateAgeOfOldestRequest",
        "dimensions": {"EndpointName": "ml-prod-fraud"},
        "statistic": "Maximum",
        "period": 60,
        "threshold": 1800,
    }
    errors = alarm(plan, "errors")["metricQueries"]
    assert errors[0]["expression"] == "100 * MAX([errors])"
    assert errors[1:] == [
        metric("errors", "Invocation5XXErrors", "primary", "Average", "AWS/SageMaker")
    ]


def test_a_queue_has_a_latency_alarm_only_with_a_threshold() -> None:
    asked = {"max_latency_ms": 120_000.0, "max_backlog_age_seconds": 600}
    plan = plan_of(asynchronous={}, artifacts=ARTIFACTS, alarms=asked)

    assert alarm(plan, "latency")["threshold"] == 120_000_000
    assert alarm(plan, "backlog")["threshold"] == 600
    assert "fraud-latency" not in plan_of(asynchronous={}, artifacts=ARTIFACTS).all(ALARM)


def everything() -> list[Plan]:
    return [
        plan_of(instance_type="ml.g5.12xlarge", alarms={"max_gpu_percent": 90.0}),
        plan_of(asynchronous={}, artifacts=ARTIFACTS),
    ]


def test_there_are_never_more_alarms_than_sagemaker_accepts_for_a_rollback() -> None:
    busiest = {"max_gpu_percent": 90.0, "max_latency_ms": 5000.0}
    most = plan_of(
        asynchronous={}, artifacts=ARTIFACTS, instance_type="ml.g5.xlarge", alarms=busiest
    )
    rollback = most.one(ENDPOINT).inputs["deploymentConfig"]["autoRollbackConfiguration"]["alarms"]
    assert len(rollback) == 6


def test_no_alarm_has_more_metrics_than_cloudwatch_accepts() -> None:
    fleet: dict[str, Any] = {f"v{number}": {} for number in range(10)}
    for result in plan_of(variants=fleet).all(ALARM).values():
        assert sum(1 for part in result.inputs["metricQueries"] if "metric" in part) == 10


def test_every_alarm_has_a_runbook_of_the_common_form() -> None:
    named = set(
        re.findall(
            r"Runbook: (docs/runbooks/[a-z-]+\.md)",
            json.dumps([dict(a.inputs) for plan in everything() for a in plan.all(ALARM).values()]),
        )
    )

    assert named == {
        f"docs/runbooks/endpoint-{role}.md"
        for role in ("errors", "latency", "disk", "memory", "gpu", "backlog")
    }
    for file in named:
        text = (ROOT / file).read_text()
        assert text.startswith("# "), file
        for needed in ("## First look", "## Likely causes", "## Change the threshold"):
            assert needed in text, (file, needed)
        for link in re.findall(r"\]\(([a-z0-9-]+\.md)[)#]", text):
            assert (ROOT / "docs" / "runbooks" / link).is_file(), (file, link)


def test_alarms_link_their_runbooks_where_the_folder_has_a_url() -> None:
    plan = plan_of(alarms={"runbooks_url": "https://example.com/runbooks"})
    for role in ("errors", "latency", "disk", "memory"):
        text = alarm(plan, role)["alarmDescription"]
        assert text.endswith(f"Runbook: https://example.com/runbooks/endpoint-{role}.md")


def test_the_url_of_runbooks_is_validated() -> None:
    with pytest.raises(InvalidArguments, match=r"alarms\.runbooks_url"):
        plan_of(alarms={"runbooks_url": "docs/runbooks"})
