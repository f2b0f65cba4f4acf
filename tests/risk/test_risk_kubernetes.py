"""Risks of Kubernetes objects whose kind the other modules don't look at: `aws-auth`,
network policies, services, volumes of stateful sets, custom resources."""

import json
from typing import Any

import pytest
from groundplan.diff.changes import Kind
from risk_changes import change, resource, stated

Said = list[tuple[str, str]]
NODES, ADMIN = "system:nodes", "system:masters"


def auth(**roles: list[str]) -> Any:
    entries = [{"rolearn": role, "groups": groups} for role, groups in roles.items()]
    metadata = {"name": "aws-auth", "namespace": "kube-system"}
    data = {"mapRoles": json.dumps(entries)}
    return resource("kubernetes:core/v1:ConfigMap", "auth", metadata=metadata, data=data)


def said(old: Any, new: Any, kind: Kind = Kind.UPDATE) -> list[tuple[str, str]]:
    return [(level, words) for level, _, words in stated(change(old, new, kind))]


def test_a_role_that_becomes_an_administrator_by_aws_auth_is_a_high_risk() -> None:
    before, after = auth(dev=["readers"]), auth(dev=["readers", ADMIN])
    words = "The role dev joins the groups system:masters, and may do everything in the cluster."
    assert ("high", words) in said(before, after)


def test_a_new_group_of_nodes_in_aws_auth_is_no_risk() -> None:
    assert said(auth(a=[NODES]), auth(a=[NODES], b=[NODES, "system:bootstrappers"])) == []


def test_another_config_map_has_no_such_risks() -> None:
    sides = [auth(dev=["readers"]), auth()]
    for side in sides:
        side.inputs["metadata"]["name"] = "settings"
    assert said(sides[0], sides[1]) == said(sides[0], None) == []


def policy(**spec: Any) -> Any:
    return resource("kubernetes:networking.k8s.io/v1:NetworkPolicy", "deny", spec=spec)


ANYWHERE = "The network policy deny now lets all ingress traffic of its pods through."
MORE = "The network policy deny now lets more ingress traffic of its pods through."
INSIDE = {"podSelector": {"matchLabels": {"app": "api"}}}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {"ingress": [{}]}, [("medium", ANYWHERE)]),
        (
            {},
            {"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]},
            [("medium", ANYWHERE)],
        ),
        ({}, {"policyTypes": ["Egress"]}, [("medium", ANYWHERE)]),
        ({}, {"ingress": [{"from": [INSIDE]}]}, [("low", MORE)]),
        ({}, {"ingress": [{"ports": [{"port": 80}]}]}, [("low", MORE)]),
        ({"ingress": [{"from": [INSIDE]}]}, {}, []),
        ({"ingress": [{}]}, {"ingress": [{"from": [INSIDE]}]}, []),
    ],
)
def test_a_network_policy_that_lets_more_through(
    old: dict[str, Any], new: dict[str, Any], expected: Said
) -> None:
    base = {"policyTypes": ["Ingress"]}
    assert said(policy(**{**base, **old}), policy(**{**base, **new})) == expected


def service(**spec: Any) -> Any:
    return resource("kubernetes:core/v1:Service", "api", spec=spec)


def test_a_service_without_a_port_no_longer_answers_on_it() -> None:
    both, one = [{"port": 80}, {"port": 443}], [{"port": 443}]
    words = "The service api no longer answers on port 80."
    assert said(service(ports=both), service(ports=one)) == [("medium", words)]
    assert said(service(ports=one), service(ports=both)) == []


def claims(replicas: int, **policy: str) -> Any:
    spec = {"replicas": replicas, "persistentVolumeClaimRetentionPolicy": policy}
    return resource("kubernetes:apps/v1:StatefulSet", "db", spec=spec)


def test_a_stateful_set_that_deletes_its_volumes_loses_data_when_it_goes() -> None:
    lost = (
        "high",
        "The volumes of the stateful set db are deleted with it, with all data on them.",
    )
    assert lost in said(claims(3, whenDeleted="Delete"), None)
    both = claims(3, whenDeleted="Delete")
    assert lost in said(both, both, Kind.REPLACE)
    assert lost not in said(claims(3, whenDeleted="Retain"), None)


def test_a_stateful_set_that_scales_down_keeps_volumes_by_default() -> None:
    kinds = [kind for _, kind, _ in stated(change(claims(3), claims(1)))]
    assert kinds == ["downtime"]
    assert said(claims(1, whenScaled="Delete"), claims(3, whenScaled="Delete")) == []


@pytest.mark.parametrize(
    ("type_", "reported"),
    [
        ("kubernetes:postgresql.cnpg.io/v1:Cluster", True),
        ("kubernetes:scheduling.k8s.io/v1:PriorityClass", False),
        ("kubernetes:core/v1:Endpoints", False),
    ],
)
def test_a_deleted_custom_resource_is_worth_a_look(type_: str, reported: bool) -> None:
    assert bool(said(resource(type_, "db"), None)) is reported
