"""The monitoring of an environment covers its endpoints, its network and its data."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest
from configuration import InvalidSettings, describe
from groundplan.arguments import camel_case, hints_of
from groundplan.serving.model_endpoint.rollout_args import EndpointAlarmsArgs
from groundplan.testing import Plan, deploy
from registration import register

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4.2"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
ROLES = {"errors", "rejections", "latency", "memory", "disk", "cpu"}
GPU = {"image": IMAGE, "instanceType": "ml.g5.xlarge"}
CPU = {"image": IMAGE, "instanceType": "ml.m5.large"}
QUEUED = {**CPU, "asynchronous": {}}


def environment(**sections: Any) -> Plan:
    overrides = {"network": {"availabilityZones": ["us-east-1a", "us-east-1b"]}, **sections}
    settings = {f"groundplan:{key}": json.dumps(value) for key, value in overrides.items()}

    def program() -> None:
        outputs = register(describe("groundplan", "test", {"aws:region": "us-east-1", **settings}))
        for key, value in outputs.items():
            pulumi.export(key, value)

    return deploy(program, project="groundplan")


def alarms(plan: Plan, prefix: str) -> dict[str, Mapping[str, Any]]:
    """Returns role -> inputs of the monitoring's alarms."""
    start = f"monitoring-{prefix}-"
    return {
        name.removeprefix(start): alarm.inputs
        for name, alarm in plan.all(ALARM).items()
        if name.startswith(start)
    }


def variants(alarm: Mapping[str, Any]) -> set[str]:
    """Returns the variants that an alarm evaluates."""
    queries = [query["metric"] for query in alarm.get("metricQueries", []) if "metric" in query]
    return {metric["dimensions"]["VariantName"] for metric in queries or [alarm]}


def test_an_endpoint_with_variants_a_and_b_has_alarms_on_both() -> None:
    endpoint = {**CPU, "variants": {"b": {"weight": 1}, "a": {"instanceType": "ml.g5.xlarge"}}}
    watched = alarms(environment(endpoints={"churn": endpoint}), "endpoint-churn")

    assert set(watched) == ROLES
    assert all(variants(alarm) == {"a", "b"} for alarm in watched.values())


def test_an_endpoint_without_variants_has_alarms_on_primary() -> None:
    watched = alarms(environment(endpoints={"churn": CPU}), "endpoint-churn")

    assert set(watched) == ROLES
    assert set.union(*map(variants, watched.values())) == {"primary"}


def test_a_serverless_endpoint_has_no_alarms_on_instances() -> None:
    serverless = {"image": IMAGE, "serverless": {"memoryMb": 2048}}
    watched = alarms(environment(endpoints={"churn": serverless}), "endpoint-churn")

    assert set(watched) == ROLES - {"disk", "cpu"}


def test_an_asynchronous_endpoint_has_no_alarm_on_latency_by_default() -> None:
    plan = environment(
        endpoints={"churn": QUEUED, "fraud": {**QUEUED, "alarms": {"maxLatencyMs": 9}}}
    )

    assert set(alarms(plan, "endpoint-churn")) == ROLES - {"latency"}
    assert alarms(plan, "endpoint-fraud")["latency"]["threshold"] == 9000


def test_an_instance_type_of_unknown_cores_is_monitored_without_a_cpu_alarm() -> None:
    endpoint = {"image": IMAGE, "instanceType": "ml.p3.2xlarge"}
    watched = alarms(environment(endpoints={"churn": endpoint}), "endpoint-churn")

    assert set(watched) == ROLES - {"cpu"}


LIMITS: dict[str, tuple[dict[str, Any], Any]] = {
    "max_error_percent": (CPU, 2.5),
    "max_latency_ms": (CPU, 250.0),
    "max_disk_percent": (CPU, 80.0),
    "max_memory_percent": (CPU, 80.0),
    "max_gpu_memory_percent": (GPU, 80.0),
    "max_gpu_percent": (GPU, 80.0),
    "max_backlog_age_seconds": (QUEUED, 600),
    "evaluation_minutes": (CPU, 2),
    "actions": (CPU, ["arn:aws:sns:us-east-1:123456789012:oncall"]),
    "runbooks_url": (CPU, "https://example.com/runbooks"),
}
"""Key of an endpoint's alarms -> an endpoint, and a value."""


def test_all_keys_of_alarms_are_tested() -> None:
    assert set(LIMITS) == set(hints_of(EndpointAlarmsArgs))


@pytest.mark.parametrize("key", LIMITS)
def test_every_key_of_alarms_registers(key: str) -> None:
    endpoint, value = LIMITS[key]
    churn = {**endpoint, "alarms": {camel_case(key): value}}
    watched = alarms(environment(endpoints={"churn": churn}), "endpoint-churn")

    assert {"errors", "memory"} <= set(watched)
    assert watched["errors"]["threshold"] == (value if key == "max_error_percent" else 1)
    if key == "max_latency_ms":
        assert watched["latency"]["threshold"] == value * 1000


def test_thresholds_of_the_monitoring_override_those_of_the_endpoint() -> None:
    plan = environment(
        endpoints={"churn": {**CPU, "alarms": {"maxErrorPercent": 2, "maxLatencyMs": 250}}},
        monitoring={"endpoints": {"churn": {"maxErrorPercent": 4, "minInvocationsPerHour": 7}}},
    )
    watched = alarms(plan, "endpoint-churn")

    assert watched["errors"]["threshold"] == 4
    assert watched["latency"]["threshold"] == 250_000
    assert watched["silence"]["threshold"] == 7


@pytest.mark.parametrize("alarms", [{"maxErrorPercent": 200}, {"maxLatencyMs": -1}])
def test_a_wrong_threshold_of_an_endpoint_is_reported_once(alarms: dict[str, Any]) -> None:
    (key,) = alarms
    with pytest.raises(InvalidSettings) as caught:
        environment(endpoints={"churn": {**CPU, "alarms": alarms}})

    keys = [problem.key for problem in caught.value.problems]
    assert keys == [f"groundplan:endpoints.churn.alarms.{key}"]


@pytest.mark.parametrize(("gateways", "count"), [("per-zone", 2), ("single", 1), ("none", 0)])
def test_every_nat_gateway_is_monitored(gateways: str, count: int) -> None:
    zones = ["us-east-1a", "us-east-1b"]
    plan = environment(network={"availabilityZones": zones, "natGateways": gateways})

    found = alarms(plan, "nat")
    assert set(found) == {f"{n}-{role}" for n in range(count) for role in ("ports", "packets")}
    watched = [found[f"{n}-ports"]["dimensions"]["NatGatewayId"] for n in range(count)]
    assert watched == [f"${{network-nat-{n + 1}.id}}" for n in range(count)]


@pytest.mark.parametrize("protected", [True, False])
def test_deletion_protection_applies_to_the_monitoring(protected: bool) -> None:
    plan = environment(deletionProtection=protected, monitoring={"logGroups": {"pipeline": {}}})

    data = [
        plan.one("aws:cloudwatch/logGroup:LogGroup", "monitoring-logs-pipeline"),
        plan.one("aws:kms/key:Key", "monitoring-key-key"),
    ]
    for resource in data:
        options = (resource.option("protect"), resource.option("retainOnDelete"))
        assert options == (protected, protected)


def test_deletion_protection_is_on_by_default() -> None:
    plan = environment(monitoring={"logGroups": {"pipeline": {}}})

    group = plan.one("aws:cloudwatch/logGroup:LogGroup", "monitoring-logs-pipeline")
    assert (group.option("protect"), group.option("retainOnDelete")) == (True, True)


def test_an_endpoint_has_the_objective_of_the_settings() -> None:
    plan = environment(
        endpoints={"churn": CPU},
        monitoring={"objectives": {"churn": {"availabilityPercent": 99.9}}},
    )
    assert set(plan.all("aws:cloudwatch/compositeAlarm:CompositeAlarm")) == {
        "monitoring-endpoint-churn-availability-burns",
        "monitoring-endpoint-churn-availability-burns-fast",
    }


def test_an_objective_of_an_endpoint_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidSettings) as caught:
        environment(
            endpoints={"churn": CPU},
            monitoring={"objectives": {"chrun": {"availabilityPercent": 99.9}}},
        )
    (problem,) = caught.value.problems
    assert problem.key == "groundplan:monitoring.objectives.chrun"
    assert "churn" in problem.fix
