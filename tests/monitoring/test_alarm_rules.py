"""The alarms as registered: metric, threshold, period and missing data."""

from typing import Any

from groundplan.monitoring.monitoring_stack import MonitoringStack
from groundplan.testing import Plan, deploy

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def watch(**args: Any) -> Plan:
    untyped: Any = args
    return deploy(lambda: MonitoringStack("watch", untyped))


def rule(plan: Plan, name: str) -> dict[str, Any]:
    """Returns the inputs of an alarm, without those that all alarms share."""
    shared = ("alarmDescription", "alarmActions", "okActions", "tags")
    return {key: value for key, value in plan.one(ALARM, name).inputs.items() if key not in shared}


def query(
    id: str,
    namespace: str,
    metric: str,
    dimensions: dict[str, str],
    stat: str = "Sum",
    period: int = 60,
) -> dict[str, Any]:
    return {
        "id": id,
        "metric": {
            "namespace": namespace,
            "metricName": metric,
            "dimensions": dimensions,
            "period": period,
            "stat": stat,
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
        "project-test: More than 1 % of the requests to endpoint answers fail with a "
        "server error (5xx). Severity: critical. Runbook: docs/runbooks/serving-errors.md"
    )


def test_the_threshold_of_rejected_requests_is_a_tenth() -> None:
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


def test_latency_is_set_in_milliseconds_and_evaluated_in_microseconds() -> None:
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


def test_arguments_set_thresholds_and_variant() -> None:
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


def test_memory_and_disk_are_those_of_the_fullest_instance() -> None:
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


def test_the_cpu_threshold_depends_on_the_cores_and_needs_their_number() -> None:
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


def test_silence_is_an_alarm_only_if_requests_are_expected() -> None:
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


def test_a_nat_gateway_without_ports_is_an_alarm_at_the_first_failed_allocation() -> None:
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


# Endpoints with several variants.

A, B = ({"EndpointName": "answers-prod", "VariantName": variant} for variant in "ab")
SEVERAL: dict[str, Any] = {
    "endpoint_name": "answers-prod",
    "min_invocations_per_hour": 20,
    "variants": [
        {"name": "a", "instance_type": "ml.g5.xlarge"},
        {"name": "b", "instance_type": "ml.m5.2xlarge"},
    ],
}


def total(expression: str, label: str) -> dict[str, Any]:
    return {"id": "share", "expression": expression, "label": label, "returnData": True}


def test_alarms_of_several_variants_have_the_names_of_those_of_one() -> None:
    one = watch(
        endpoints={
            "answers": {
                "endpoint_name": "answers-prod",
                "instance_type": "ml.g5.xlarge",
                "min_invocations_per_hour": 20,
            }
        }
    )

    assert set(watch(endpoints={"answers": SEVERAL}).all(ALARM)) == set(one.all(ALARM))


def test_errors_of_several_variants_are_those_of_the_worst() -> None:
    plan = watch(endpoints={"answers": SEVERAL})

    for role, metric, threshold in (
        ("errors", "Invocation5XXErrors", 1),
        ("rejections", "Invocation4XXErrors", 10),
    ):
        assert rule(plan, f"watch-endpoint-answers-{role}") == {
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": threshold,
            "evaluationPeriods": 5,
            "datapointsToAlarm": 3,
            "treatMissingData": "notBreaching",
            "metricQueries": [
                query("m1", "AWS/SageMaker", metric, A, "Average"),
                query("m2", "AWS/SageMaker", metric, B, "Average"),
                total("100 * MAX([m1, m2])", f"{metric} in percent"),
            ],
        }


def test_latency_of_several_variants_is_that_of_the_slowest() -> None:
    found = rule(watch(endpoints={"answers": SEVERAL}), "watch-endpoint-answers-latency")

    assert found["threshold"] == 1_000_000
    assert not {"metricName", "dimensions", "extendedStatistic", "period"} & set(found)
    assert found["metricQueries"] == [
        query("m1", "AWS/SageMaker", "ModelLatency", A, "p99"),
        query("m2", "AWS/SageMaker", "ModelLatency", B, "p99"),
        total("MAX([m1, m2])", "p99 of the slowest variant"),
    ]


def test_memory_and_disk_of_several_variants_are_those_of_the_fullest_instance() -> None:
    plan = watch(endpoints={"answers": SEVERAL})

    for role, metric, threshold in (
        ("memory", "MemoryUtilization", 90),
        ("disk", "DiskUtilization", 85),
    ):
        assert rule(plan, f"watch-endpoint-answers-{role}") == {
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": threshold,
            "evaluationPeriods": 3,
            "datapointsToAlarm": 3,
            "treatMissingData": "notBreaching",
            "metricQueries": [
                query("m1", "/aws/sagemaker/Endpoints", metric, A, "Maximum", 300),
                query("m2", "/aws/sagemaker/Endpoints", metric, B, "Maximum", 300),
                total("MAX([m1, m2])", f"{metric} of the fullest instance"),
            ],
        }


def test_cpu_of_several_variants_is_that_of_the_busiest() -> None:
    found = rule(watch(endpoints={"answers": SEVERAL}), "watch-endpoint-answers-cpu")

    assert found["threshold"] == 90
    assert found["metricQueries"] == [
        query("m1", "/aws/sagemaker/Endpoints", "CPUUtilization", A, "Average", 300),
        query("m2", "/aws/sagemaker/Endpoints", "CPUUtilization", B, "Average", 300),
        # ml.g5.xlarge has 4 cores, ml.m5.2xlarge 8.
        total("MAX([m1 / 4, m2 / 8])", "cores of the busiest variant, in percent"),
    ]


def test_a_variant_of_unknown_cores_is_not_part_of_the_cpu_alarm() -> None:
    variants = [{"name": "a"}, {"name": "b", "instance_type": "ml.m5.2xlarge"}]
    plan = watch(endpoints={"answers": {**SEVERAL, "variants": variants}})

    assert rule(plan, "watch-endpoint-answers-cpu")["metricQueries"] == [
        query("m1", "/aws/sagemaker/Endpoints", "CPUUtilization", B, "Average", 300),
        total("MAX([m1 / 8])", "cores of the busiest variant, in percent"),
    ]


def test_silence_of_several_variants_is_that_of_their_sum() -> None:
    assert rule(watch(endpoints={"answers": SEVERAL}), "watch-endpoint-answers-silence") == {
        "comparisonOperator": "LessThanThreshold",
        "threshold": 20,
        "evaluationPeriods": 1,
        "treatMissingData": "breaching",
        "metricQueries": [
            query("m1", "AWS/SageMaker", "Invocations", A, "Sum", 3600),
            query("m2", "AWS/SageMaker", "Invocations", B, "Sum", 3600),
            total("SUM([FILL(m1, 0), FILL(m2, 0)])", "requests to all variants"),
        ],
    }


def test_no_alarm_of_ten_variants_exceeds_the_ten_metrics_of_cloudwatch() -> None:
    variants = [{"name": f"v{n}", "instance_type": "ml.g5.xlarge"} for n in range(10)]
    plan = watch(endpoints={"answers": {**SEVERAL, "variants": variants}})

    for alarm in plan.all(ALARM).values():
        metrics = [q for q in alarm.inputs["metricQueries"] if "metric" in q]
        assert len(metrics) == 10


def test_a_list_of_one_variant_registers_the_same_as_its_own_keys() -> None:
    one = {"name": "green", "instance_type": "ml.g5.xlarge"}
    listed = watch(endpoints={"answers": {"endpoint_name": "a", "variants": [one]}})
    own = watch(
        endpoints={
            "answers": {
                "endpoint_name": "a",
                "variant_name": "green",
                "instance_type": "ml.g5.xlarge",
            }
        }
    )

    assert [(r.name, r.inputs) for r in listed.manifest] == [
        (r.name, r.inputs) for r in own.manifest
    ]


# Kinds of endpoints.


def roles(plan: Plan) -> set[str]:
    return {name.rsplit("-", 1)[-1] for name in plan.all(ALARM)}


def test_a_serverless_endpoint_has_no_alarms_on_disk_and_cpu() -> None:
    plan = watch(endpoints={"answers": {"endpoint_name": "answers-prod", "kind": "serverless"}})

    assert roles(plan) == {"errors", "rejections", "latency", "memory"}
    assert (
        "its memory" in plan.one(ALARM, "watch-endpoint-answers-memory").inputs["alarmDescription"]
    )


def test_an_asynchronous_endpoint_has_an_alarm_on_latency_only_with_a_threshold() -> None:
    queued = {"endpoint_name": "answers-prod", "kind": "asynchronous"}

    assert roles(watch(endpoints={"answers": queued})) == {
        "errors",
        "rejections",
        "memory",
        "disk",
    }
    plan = watch(endpoints={"answers": {**queued, "max_latency_ms": 60_000}})
    assert rule(plan, "watch-endpoint-answers-latency")["threshold"] == 60_000_000


def test_errors_of_an_asynchronous_endpoint_need_no_metric_of_invocations() -> None:
    plan = watch(endpoints={"answers": {"endpoint_name": "answers-prod", "kind": "asynchronous"}})

    assert rule(plan, "watch-endpoint-answers-errors")["metricQueries"] == [
        query("m1", "AWS/SageMaker", "Invocation5XXErrors", ANSWERS, "Average"),
        total("100 * MAX([m1])", "Invocation5XXErrors in percent"),
    ]
