from collections.abc import Callable
from typing import Any

import pytest
from groundplan.manifest.model import Resource
from groundplan.policy.finding import Breach
from groundplan.policy.rules.cluster_endpoint_private import RULE

CLUSTER = "aws:eks/cluster:Cluster"

Build = Callable[..., Resource]
CheckRule = Callable[..., list[Breach]]


@pytest.mark.parametrize(
    "config",
    [
        {"endpointPublicAccess": False},
        {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]},
        {"publicAccessCidrs": ["${office.cidr}"]},
        {"endpointPublicAccess": "${unknown}"},
        {"endpointPublicAccess": True, "publicAccessCidrs": "${unknown until office}"},
        "${unknown until network}",
    ],
)
def test_a_private_cluster_complies(build: Build, check_rule: CheckRule, config: Any) -> None:
    assert check_rule(RULE, build(CLUSTER, "cluster", {"vpcConfig": config})) == []


@pytest.mark.parametrize(
    "config",
    [
        {"subnetIds": []},
        {"endpointPublicAccess": True},
        {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24", "0.0.0.0/0"]},
        {"endpointPublicAccess": True, "publicAccessCidrs": ["::/0"]},
        {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]},
        {"endpointPublicAccess": True, "publicAccessCidrs": ["::/1", "8000::/1"]},
        {"endpointPublicAccess": True, "publicAccessCidrs": ["${office.cidr}", "0.0.0.0/0"]},
    ],
)
def test_a_cluster_that_the_world_can_reach_is_named(
    build: Build, check_rule: CheckRule, config: Any
) -> None:
    cluster = build(CLUSTER, "training", {"vpcConfig": config})
    reason = "the API server of cluster training can be reached from all of the internet"
    assert check_rule(RULE, cluster) == [
        Breach(cluster.urn, reason, "vpcConfig.endpointPublicAccess")
    ]


def test_pulumi_eks_own_component_is_judged_too(build: Build, check_rule: CheckRule) -> None:
    (breach,) = check_rule(RULE, build("eks:index:Cluster", "training", {"version": "1.36"}))
    assert breach.property == "endpointPublicAccess"
    assert (
        check_rule(RULE, build("eks:index:Cluster", "training", {"endpointPublicAccess": False}))
        == []
    )


def test_it_is_about_clusters_only(build: Build, check_rule: CheckRule) -> None:
    assert check_rule(RULE, build("aws:eks/addon:Addon"), build("aws:ecs/cluster:Cluster")) == []
