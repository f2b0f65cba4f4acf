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
    assert said(sides[0], sides[1]) == []


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


def pods(**container: Any) -> Any:
    template = {"spec": {"containers": [{"name": "web", **container}]}}
    return resource("kubernetes:apps/v1:Deployment", "d", spec={"template": template})


CHECKED = {"readinessProbe": {"httpGet": {"path": "/"}}}
BIG, SMALL = ({"resources": {"limits": {"memory": size}}} for size in ("8Gi", "512Mi"))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (CHECKED, {}, "gets requests before it is ready, and while it isn't"),
        ({}, CHECKED, ""),
        (BIG, SMALL, "is killed where it uses more than 512Mi of memory, in place of 8Gi"),
        (SMALL, BIG, ""),
        (BIG, {}, ""),
    ],
)
def test_a_container_that_is_checked_less_or_gets_less_is_a_low_risk(
    before: dict[str, Any], after: dict[str, Any], words: str
) -> None:
    found = [each for each in said(pods(**before), pods(**after)) if "container" in each[1]]
    assert found == ([("low", f"The container web of the deployment d {words}.")] if words else [])


BUDGET = "policy/v1:PodDisruptionBudget"


@pytest.mark.parametrize(
    ("type_", "before", "after", "level"),
    [
        (BUDGET, {"minAvailable": 3}, {"minAvailable": 1}, "low"),
        (BUDGET, {"maxUnavailable": "50%"}, {"maxUnavailable": 1}, None),
        (
            BUDGET,
            {"maxUnavailable": "10%"},
            {"maxUnavailable": "5%"},
            None,
        ),
        ("keda.sh/v1alpha1:ScaledObject", {"minReplicaCount": 2}, {"minReplicaCount": 0}, "low"),
        ("keda.sh/v1alpha1:ScaledObject", {"maxReplicaCount": 9}, {"maxReplicaCount": 2}, "medium"),
        (
            "networking.k8s.io/v1:Ingress",
            {"rules": [{"host": "a"}, {"host": "b"}]},
            {"rules": [{"host": "a"}]},
            "medium",
        ),
        ("networking.k8s.io/v1:Ingress", {"rules": [{"host": "a"}]}, {"rules": [{}]}, None),
        (
            "gateway.networking.k8s.io/v1:HTTPRoute",
            {"hostnames": ["a", "b"]},
            {"hostnames": ["b"]},
            "medium",
        ),
        (
            "ray.io/v1:RayCluster",
            {"workerGroupSpecs": [{"groupName": "g", "replicas": 8}]},
            {"workerGroupSpecs": [{"groupName": "g", "replicas": 2}]},
            "medium",
        ),
        (
            "apps/v1:StatefulSet",
            {"template": {"spec": {"securityContext": {"runAsNonRoot": True}}}},
            {"template": {"spec": {}}},
            "low",
        ),
    ],
)
def test_what_a_specification_no_longer_has_is_reported(
    type_: str, before: dict[str, Any], after: dict[str, Any], level: str | None
) -> None:
    sides = [resource(f"kubernetes:{type_}", "x", spec=spec) for spec in (before, after)]
    assert [each for each, _ in said(sides[0], sides[1])] == ([level] if level else [])


def test_a_webhook_that_lets_everything_pass_is_a_low_risk() -> None:
    type_ = "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration"
    sides = [
        resource(type_, "x", webhooks=[{"name": "a", "failurePolicy": policy}])
        for policy in ("Fail", "Ignore")
    ]
    words = (
        "The webhook a of the validating webhook x lets everything pass while it doesn't answer."
    )
    assert said(sides[0], sides[1]) == [("low", words)]
    assert said(sides[1], sides[0]) == []
