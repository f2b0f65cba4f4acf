"""The alarms as AWS gets them: metric, threshold, time, and what silence means."""

from typing import Any

from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.testing import Plan, deploy

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def watch(**args: Any) -> Plan:
    given: Any = args
    return deploy(lambda: MonitoringStack("watch", given))


def rule(plan: Plan, name: str) -> dict[str, Any]:
    """What an alarm looks at, without what all alarms have."""
    shared = ("alarmDescription", "alarmActions", "okActions", "tags")
    return {key: value for key, value in plan.one(ALARM, name).inputs.items() if key not in shared}


def query(id: str, namespace: str, metric: str, dimensions: dict[str, str]) -> dict[str, Any]:
    return {
        "id": id,
        "metric": {
            "namespace": namespace,
            "metricName": metric,
            "dimensions": dimensions,
            "period": 60,
            "stat": "Sum",
        },
        "returnData": False,
    }


ANSWERS = {"EndpointName": "answers-prod", "VariantName": "primary"}


def test_server_errors_are_a_share_of_all_requests_in_three_of_five_minutes() -> None:
    plan = watch(endpoints={"answers": {"endpoint_name": "answers-prod"}})

    assert rule(plan, "watch-endpoint-answers-errors") == {
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 1,
        "evaluationPeriods": 5,
        "datapointsToAlarm": 3,
        "treatMissingData": "notBreaching",
        "metricQueries": [
            query("errors", "AWS/SageMaker", "Invocation5XXErrors", ANSWERS),
            query("invocations", "AWS/SageMaker", "Invocations", ANSWERS),
            {
                "id": "share",
                "expression": "100 * errors / invocations",
                "label": "Invocation5XXErrors in percent",
                "returnData": True,
            },
        ],
    }
    assert plan.one(ALARM, "watch-endpoint-answers-errors").inputs["alarmDescription"] == (
        "project-test: More than 1 % of the requests to endpoint answers end in a server error (5xx). "
        "Runbook: docs/runbooks/serving-errors.md"
    )


def test_rejected_requests_count_from_a_tenth_of_all() -> None:
    plan = watch(endpoints={"answers": {"endpoint_name": "answers-prod"}})

    found = rule(plan, "watch-endpoint-answers-rejections")
    assert (found["threshold"], found["evaluationPeriods"], found["datapointsToAlarm"]) == (
        10,
        5,
        3,
    )
    assert found["metricQueries"][0] == query(
        "errors", "AWS/SageMaker", "Invocation4XXErrors", ANSWERS
    )


def test_latency_is_given_in_milliseconds_and_compared_in_microseconds() -> None:
    plan = watch(endpoints={"answers": {"endpoint_name": "answers-prod", "max_latency_ms": 250}})

    assert rule(plan, "watch-endpoint-answers-latency") == {
        "namespace": "AWS/SageMaker",
        "metricName": "ModelLatency",
        "dimensions": ANSWERS,
        "extendedStatistic": "p99",
        "period": 60,
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 250_000,
        "evaluationPeriods": 5,
        "datapointsToAlarm": 3,
        "treatMissingData": "notBreaching",
        "evaluateLowSampleCountPercentiles": "evaluate",
    }
    default = watch(endpoints={"answers": {"endpoint_name": "answers-prod"}})
    assert rule(default, "watch-endpoint-answers-latency")["threshold"] == 1_000_000


def test_thresholds_and_variant_are_the_callers() -> None:
    plan = watch(
        endpoints={
            "answers": {"endpoint_name": "a", "variant_name": "green", "max_error_percent": 0.5}
        }
    )

    found = rule(plan, "watch-endpoint-answers-errors")
    assert found["threshold"] == 0.5
    assert found["metricQueries"][0]["metric"]["dimensions"] == {
        "EndpointName": "a",
        "VariantName": "green",
    }
    assert "0.5 %" in plan.one(ALARM, "watch-endpoint-answers-errors").inputs["alarmDescription"]


def test_the_fullest_instance_counts_for_memory_and_disk() -> None:
    plan = watch(endpoints={"answers": {"endpoint_name": "answers-prod"}})

    memory = {
        "namespace": "/aws/sagemaker/Endpoints",
        "metricName": "MemoryUtilization",
        "dimensions": ANSWERS,
        "statistic": "Maximum",
        "period": 300,
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 90,
        "evaluationPeriods": 3,
        "datapointsToAlarm": 3,
        "treatMissingData": "notBreaching",
    }
    assert rule(plan, "watch-endpoint-answers-memory") == memory
    assert rule(plan, "watch-endpoint-answers-disk") == memory | {
        "metricName": "DiskUtilization",
        "threshold": 85,
    }


def test_the_cpu_alarm_counts_cores_and_is_left_out_where_they_are_unknown() -> None:
    plan = watch(
        endpoints={
            "answers": {"endpoint_name": "answers-prod", "instance_type": "ml.g5.xlarge"},
            "search": {"endpoint_name": "search-prod"},
        }
    )

    assert rule(plan, "watch-endpoint-answers-cpu") == {
        "namespace": "/aws/sagemaker/Endpoints",
        "metricName": "CPUUtilization",
        "dimensions": ANSWERS,
        "statistic": "Average",
        "period": 300,
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 360,  # 90 % of four cores
        "evaluationPeriods": 3,
        "datapointsToAlarm": 3,
        "treatMissingData": "notBreaching",
    }
    assert "watch-endpoint-search-cpu" not in plan.all(ALARM)


def test_silence_is_an_alarm_only_where_requests_are_expected() -> None:
    plan = watch(
        endpoints={
            "answers": {"endpoint_name": "answers-prod", "min_invocations_per_hour": 20},
            "search": {"endpoint_name": "search-prod"},
        }
    )

    assert rule(plan, "watch-endpoint-answers-silence") == {
        "namespace": "AWS/SageMaker",
        "metricName": "Invocations",
        "dimensions": ANSWERS,
        "statistic": "Sum",
        "period": 3600,
        "comparisonOperator": "LessThanThreshold",
        "threshold": 20,
        "evaluationPeriods": 1,
        "treatMissingData": "breaching",
    }
    assert "watch-endpoint-search-silence" not in plan.all(ALARM)


def test_a_nat_gateway_without_ports_is_an_alarm_at_the_first_refusal() -> None:
    plan = watch(network={"nat_gateway_ids": ["nat-0a", "nat-0b"]})

    assert rule(plan, "watch-nat-1-ports") == {
        "namespace": "AWS/NATGateway",
        "metricName": "ErrorPortAllocation",
        "dimensions": {"NatGatewayId": "nat-0b"},
        "statistic": "Sum",
        "period": 300,
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 0,
        "evaluationPeriods": 1,
        "treatMissingData": "notBreaching",
    }
    assert set(plan.all(ALARM)) == {
        f"watch-nat-{position}-{role}" for position in (0, 1) for role in ("ports", "packets")
    }


def test_dropped_packets_are_a_share_of_all_packets() -> None:
    plan = watch(network={"nat_gateway_ids": ["nat-0a"]})

    dimensions = {"NatGatewayId": "nat-0a"}
    assert rule(plan, "watch-nat-0-packets") == {
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 0.01,
        "evaluationPeriods": 5,
        "datapointsToAlarm": 3,
        "treatMissingData": "notBreaching",
        "metricQueries": [
            query("dropped", "AWS/NATGateway", "PacketsDropCount", dimensions),
            query("sent", "AWS/NATGateway", "PacketsInFromSource", dimensions),
            query("received", "AWS/NATGateway", "PacketsInFromDestination", dimensions),
            {
                "id": "share",
                "expression": "100 * dropped / (sent + received)",
                "label": "dropped packets in percent",
                "returnData": True,
            },
        ],
    }
