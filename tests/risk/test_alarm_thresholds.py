"""Thresholds of alarms whose metric is a sum over cores or GPUs."""

from typing import Any

import pytest
from groundplan.diff.changes import Kind
from groundplan.manifest.model import Resource
from risk_changes import change, resource, risks_of

NAMESPACE = "/aws/sagemaker/Endpoints"


def config(instance_type: str) -> Resource:
    return resource(
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
        "churn-config",
        productionVariants=[{"variantName": "primary", "instanceType": instance_type}],
    )


ENDPOINT = resource(
    "aws:sagemaker/endpoint:Endpoint",
    "churn-endpoint",
    name="churn",
    endpointConfigName="${churn-config.name}",
)


def alarm(threshold: float, metric: str = "CPUUtilization", **inputs: Any) -> Resource:
    stated = {
        "namespace": NAMESPACE,
        "metricName": metric,
        "dimensions": {"EndpointName": "${churn-endpoint.name}", "VariantName": "primary"},
    }
    type_ = "aws:cloudwatch/metricAlarm:MetricAlarm"
    return resource(type_, "cpu", threshold=threshold, **{**stated, **inputs})


def reported(before: Resource, after: Resource, types: tuple[str, str]) -> list[str]:
    sides = config(types[0]), config(types[1])
    changes = [change(before, after)]
    if types[0] != types[1]:
        changes.append(change(*sides, Kind.REPLACE, "productionVariants"))
        risks = risks_of(*changes, also=(ENDPOINT,))
    else:
        risks = risks_of(*changes, also=(ENDPOINT, sides[0]))
    return [risk.words for risk in risks if "ALARM" in risk.words]


@pytest.mark.parametrize(
    ("metric", "thresholds", "types"),
    [
        ("CPUUtilization", (360, 720), ("ml.m5.xlarge", "ml.m5.2xlarge")),
        ("CPUUtilization", (180, 1440), ("ml.m5.large", "ml.m5.4xlarge")),
        ("GPUUtilization", (90, 360), ("ml.g5.2xlarge", "ml.g5.12xlarge")),
        ("GPUMemoryUtilization", (95, 380), ("ml.g5.2xlarge", "ml.g5.12xlarge")),
    ],
)
def test_a_threshold_that_grows_with_the_instance_is_no_risk(
    metric: str, thresholds: tuple[int, int], types: tuple[str, str]
) -> None:
    sides = [alarm(threshold, metric) for threshold in thresholds]
    assert reported(sides[0], sides[1], types) == []


def test_a_threshold_that_grows_faster_than_the_cores_is_reported_per_core() -> None:
    types = ("ml.m5.xlarge", "ml.m5.2xlarge")
    assert reported(alarm(360), alarm(1440), types) == [
        "The alarm cpu goes into ALARM state only at 180 per core in place of 90."
    ]


def test_nearly_the_same_threshold_on_fewer_cores_is_a_higher_one_per_core() -> None:
    types = ("ml.m5.4xlarge", "ml.m5.xlarge")
    assert reported(alarm(700), alarm(710), types) == [
        "The alarm cpu goes into ALARM state only at 177.5 per core in place of 43.75."
    ]


def test_the_endpoint_may_be_named_by_its_physical_name() -> None:
    named = {"EndpointName": "churn", "VariantName": "primary"}
    sides = [alarm(threshold, dimensions=named) for threshold in (360, 720)]
    assert reported(sides[0], sides[1], ("ml.m5.xlarge", "ml.m5.2xlarge")) == []


def test_the_metric_may_be_in_a_query() -> None:
    def query(threshold: int) -> Resource:
        metric = {key: value for key, value in alarm(1).inputs.items() if key != "threshold"}
        type_ = "aws:cloudwatch/metricAlarm:MetricAlarm"
        return resource(type_, "cpu", threshold=threshold, metricQueries=[{"metric": metric}])

    assert reported(query(360), query(720), ("ml.m5.xlarge", "ml.m5.2xlarge")) == []


def test_a_sum_over_an_unknown_number_of_cores_is_reported_as_such() -> None:
    types = ("ml.future.large", "ml.future.xlarge")
    assert reported(alarm(360), alarm(720), types) == [
        (
            "The alarm cpu goes into ALARM state at 720 in place of 360, a sum over every core: "
            "later only if the instances don't have as many more."
        )
    ]


def test_a_metric_that_is_no_sum_is_compared_as_it_is() -> None:
    types = ("ml.m5.xlarge", "ml.m5.2xlarge")
    sides = [alarm(threshold, "MemoryUtilization") for threshold in (40, 80)]
    assert reported(sides[0], sides[1], types) == [
        "The alarm cpu goes into ALARM state only at 80 in place of 40."
    ]
