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

Make = Callable[..., Resource]
Judge = Callable[..., list[Breach]]


@pytest.mark.parametrize(
    "other",
    [{}, {"enabledClusterLogTypes": "${unknown}"}, {"encryptionConfig": "${unknown}"},
     {"encryptionConfig": [GOOD["encryptionConfig"]]}],
)  # fmt: skip
def test_a_cluster_with_logs_and_a_key_complies(
    make: Make, judge: Judge, other: dict[str, Any]
) -> None:
    assert judge(RULE, make(CLUSTER, "cluster", {**GOOD, **other})) == []


def test_missing_logs_are_named(make: Make, judge: Judge) -> None:
    (breach,) = judge(
        RULE, make(CLUSTER, "training", {**GOOD, "enabledClusterLogTypes": ["api", "audit"]})
    )
    assert (
        breach.reason
        == "cluster training doesn't keep its authenticator logs: nobody can tell who did what"
    )
    assert breach.fix == "add authenticator to enabled_cluster_log_types"
    assert breach.property == "enabledClusterLogTypes"


@pytest.mark.parametrize(
    "value", [None, {"resources": ["secrets"]}, {"provider": {"keyArn": "k"}, "resources": []}]
)
def test_a_missing_key_is_named(make: Make, judge: Judge, value: Any) -> None:
    (breach,) = judge(RULE, make(CLUSTER, "training", {**GOOD, "encryptionConfig": value}))
    assert breach.reason.startswith(
        "the secrets of cluster training are encrypted with AWS's own key only"
    )
    assert breach.property == "encryptionConfig"


def test_both_are_found_at_once(make: Make, judge: Judge) -> None:
    assert len(judge(RULE, make(CLUSTER))) == 2


def test_it_is_about_clusters_only(make: Make, judge: Judge) -> None:
    assert judge(RULE, make("aws:eks/addon:Addon")) == []
