"""The logs of an environment: wired to its cluster, endpoints, functions and topic."""

import json
from typing import Any

import environments
import pytest
from configuration import InvalidSettings, describe
from description import Component, Provider, Reference
from groundplan.manifest.model import Manifest
from references import CLUSTER_NAME

OUTPUT = {"type": "opensearch", "host": "opensearch.search.svc", "namespace": "search"}
TRAINING = {
    "administrators": ["arn:aws:iam::123456789012:role/ml-platform"],
    "pools": {"cpu": {"instanceType": "m6i.xlarge", "maxSize": 2}},
    "teams": {"vision": {}, "speech": {}},
}
POOLS = {"cpu": {"nodes": 1, "cpu": 4, "memoryGib": 8, "nodeLabels": {"kind": "cpu"}}}
ENDPOINT = {
    "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
    "instanceType": "ml.m5.large",
}


def steps_of(region: str | None = "us-east-1", **sections: Any) -> dict[str, Any]:
    values = {f"groundplan:{key}": json.dumps(value) for key, value in sections.items()}
    place = {"aws:region": region} if region else {}
    found = describe("groundplan", "test", {**place, **values})
    return {step.name: step for step in found.steps if isinstance(step, Component | Provider)}


def args_of(**sections: Any) -> dict[str, Any]:
    return dict(steps_of(**sections)["logs"].args)


def loop() -> Manifest:
    return environments.manifests()["loop"]


def test_without_the_section_there_are_none() -> None:
    assert "logs" not in steps_of(training=TRAINING)


def test_the_teams_of_the_cluster_are_those_of_the_logs() -> None:
    args = args_of(
        training=TRAINING, logs={"teams": {"vision": {"namespaces": ["vision", "chat"]}}}
    )
    assert args["teams"] == {"vision": {"namespaces": ["vision", "chat"]}, "speech": {}}
    assert args["cluster"] == {"prometheus": True, "cluster_name": CLUSTER_NAME}
    assert args["alarm_actions"] == [Reference("monitoring", "topic_arn")]


def test_fluent_bit_comes_after_prometheus_which_brings_its_kinds() -> None:
    provider = steps_of(training=TRAINING, logs={"retentionDays": 30})["logs-cluster"]
    assert provider.depends_on == ("monitoring",)
    without = {"cluster": {"prometheus": False}}
    args = args_of(training=TRAINING, logs={"retentionDays": 30}, monitoring=without)
    assert args["cluster"]["prometheus"] is False


def test_endpoints_and_search_are_wired() -> None:
    args = args_of(endpoints={"churn": ENDPOINT}, logs={"search": {"domain": {}}})
    assert args["endpoints"] == {"churn": Reference("churn", "endpoint_name")}
    assert args["search"]["network"] == {
        "vpc_id": Reference("network", "vpc_id"),
        "subnet_ids": Reference("network", "private_subnet_ids"),
    }
    assert "cluster" not in args


def test_an_output_of_ones_own_takes_the_lines_of_the_cluster_and_nothing_of_aws() -> None:
    args = args_of(
        training=TRAINING, endpoints={"churn": ENDPOINT}, logs={"cluster": {"output": OUTPUT}}
    )
    assert "cluster_name" not in args["cluster"]
    assert "endpoints" not in args


def test_an_environment_without_aws_has_fluent_bit_alone() -> None:
    steps = steps_of(
        region=None,
        platform={"kubeconfig": "~/.kube/config", "pools": POOLS, "teams": {"vision": {}}},
        logs={"cluster": {"output": OUTPUT, "prometheus": False}},
    )
    assert steps["logs"].provider == Reference("platform", "kubernetes_provider")
    assert steps["logs"].args["teams"] == {"vision": {}}
    assert "alarm_actions" not in steps["logs"].args


@pytest.mark.parametrize(
    ("region", "sections", "key"),
    [
        (
            None,
            {"platform": {"kubeconfig": "x"}, "logs": {"retentionDays": 30}},
            "logs.cluster.output",
        ),
        ("us-east-1", {"logs": {"cluster": {"memoryMib": 512}}}, "logs.cluster"),
        (
            "us-east-1",
            {"logs": {"teams": {"a": {"endpoints": ["churn"]}}}},
            "logs.teams.a.endpoints",
        ),
        ("us-east-1", {"logs": {"search": {}}}, "logs.search.domain"),
    ],
)
def test_what_can_not_be_is_named(region: str | None, sections: Any, key: str) -> None:
    with pytest.raises(InvalidSettings, match=key.replace(".", r"\.")):
        steps_of(region=region, **sections)


def test_lines_of_the_environments_functions_and_endpoints_are_delivered() -> None:
    kind = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
    names = {r.name for r in loop().of_type(kind)}
    assert {
        "logs-endpoint-churn-subscription",
        "logs-function-churn-checks-subscription",
        "logs-function-releases-subscription",
        "logs-team-churn-subscription",
        "logs-team-platform-subscription",
        "logs-sagemaker-training-subscription",
    } <= names


def test_no_function_reads_its_own_lines() -> None:
    kind = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
    groups = {str(r.inputs["logGroup"]) for r in loop().of_type(kind)}
    assert not [group for group in groups if "logs-forward" in group or "logs-setup" in group]
