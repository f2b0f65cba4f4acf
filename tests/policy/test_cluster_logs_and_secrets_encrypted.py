from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.cluster_logs_and_secrets_encrypted import RULE

CLUSTER = "aws:eks/cluster:Cluster"
GOOD: dict[str, Any] = {
    "enabledClusterLogTypes": ["api", "audit", "authenticator"],
    "encryptionConfig": {"provider": {"keyArn": "${key.arn}"}, "resources": ["secrets"]},
}

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"enabledClusterLogTypes": "${unknown}"},
        {"encryptionConfig": "${unknown}"},
        {"encryptionConfig": [GOOD["encryptionConfig"]]},
    ],
)
def test_a_cluster_with_logs_and_a_key_complies(
    build: Build, check_rule: CheckRule, other: dict[str, Any]
) -> None:
    assert check_rule(RULE, build(CLUSTER, "cluster", {**GOOD, **other})) == []


def test_missing_logs_are_named(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(
        RULE, build(CLUSTER, "training", {**GOOD, "enabledClusterLogTypes": ["api", "audit"]})
    )
    assert (
        breach.reason
        == "cluster training doesn't have authenticator logs: changes and access can't be traced"
    )
    assert breach.fix == "add authenticator to enabled_cluster_log_types"
    assert breach.property == "enabledClusterLogTypes"


@pytest.mark.parametrize(
    "value", [None, {"resources": ["secrets"]}, {"provider": {"keyArn": "k"}, "resources": []}]
)
def test_a_missing_key_is_named(build: Build, check_rule: CheckRule, value: Any) -> None:
    (breach,) = check_rule(RULE, build(CLUSTER, "training", {**GOOD, "encryptionConfig": value}))
    assert breach.reason.startswith(
        "the secrets of cluster training are encrypted with AWS's own key only"
    )
    assert breach.property == "encryptionConfig"


def test_both_are_found_at_once(build: Build, check_rule: CheckRule) -> None:
    assert len(check_rule(RULE, build(CLUSTER))) == 2


def test_it_is_about_clusters_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("aws:eks/addon:Addon")) == []
