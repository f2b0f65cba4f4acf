"""Fields of Kubernetes objects that the API server doesn't change."""

from typing import Any

import pytest
from groundplan.diff.changes import Kind
from groundplan.diff.comparison import compare
from groundplan.diff.value_rules import rules_of
from groundplan.diff.value_rules.kubernetes import quantity
from groundplan.manifest.model import Manifest, Resource

REPLACED, IN_PLACE, REFUSED = "replaced", "in place", "refused"

JOB = "kubernetes:batch/v1:Job"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
K8S_SERVICE = "kubernetes:core/v1:Service"
FLAVOR = "kubernetes:kueue.x-k8s.io/v1beta2:ResourceFlavor"
JOB_SET = "kubernetes:jobset.x-k8s.io/v1alpha2:JobSet"


def outcome(type_: str, old: dict[str, Any], new: dict[str, Any]) -> str:
    urn = f"urn:pulumi:dev::shop::{type_}::it"
    sides = [
        Manifest("shop", "dev", (Resource(urn, type_, "it", None, True, inputs),))
        for inputs in (old, new)
    ]
    (change,) = compare(sides[0], sides[1], "x").changes
    if change.kind is Kind.REPLACE:
        return REPLACED
    return REFUSED if change.refusals else IN_PLACE


def claim(size: Any, **spec: Any) -> dict[str, Any]:
    return {"spec": {"resources": {"requests": {"storage": size}}, **spec}}


@pytest.mark.parametrize(
    ("type_", "old", "new", "expected"),
    [
        (
            JOB,
            {"spec": {"completionMode": "NonIndexed"}},
            {"spec": {"completionMode": "Indexed"}},
            REFUSED,
        ),
        (JOB, {"spec": {"suspend": True}}, {"spec": {"suspend": False}}, IN_PLACE),
        (CLAIM, claim("100Gi"), claim("50Gi"), REFUSED),
        (CLAIM, claim("900Mi"), claim("1Gi"), IN_PLACE),
        (CLAIM, claim("1Ti"), claim("2000Gi"), IN_PLACE),
        (CLAIM, claim("1Gi"), claim("1Gi", volumeMode="Filesystem"), IN_PLACE),
        (CLAIM, claim("1Gi"), claim("1Gi", volumeMode="Block"), REFUSED),
        (CLASS, {"reclaimPolicy": "Delete"}, {"reclaimPolicy": "Retain"}, REFUSED),
        (CLASS, {}, {"reclaimPolicy": "Delete"}, IN_PLACE),
        (CLASS, {}, {"volumeBindingMode": "WaitForFirstConsumer"}, REFUSED),
        (CLASS, {"allowVolumeExpansion": False}, {"allowVolumeExpansion": True}, IN_PLACE),
        (
            K8S_SERVICE,
            {"spec": {"ipFamilies": ["IPv4"]}},
            {"spec": {"ipFamilies": ["IPv6"]}},
            REFUSED,
        ),
        (
            K8S_SERVICE,
            {"spec": {"ipFamilies": ["IPv4"]}},
            {"spec": {"ipFamilies": ["IPv4", "IPv6"]}},
            IN_PLACE,
        ),
        (
            K8S_SERVICE,
            {"spec": {"clusterIP": "10.0.0.1"}},
            {"spec": {"clusterIP": "None"}},
            REPLACED,
        ),
        ("kubernetes:scheduling.k8s.io/v1:PriorityClass", {"value": 1}, {"value": 2}, REFUSED),
        (
            "kubernetes:kueue.x-k8s.io/v1beta2:LocalQueue",
            {"spec": {"clusterQueue": "a"}},
            {"spec": {"clusterQueue": "b"}},
            REFUSED,
        ),
        (
            FLAVOR,
            {"spec": {"topologyName": "racks", "nodeLabels": {"a": "b"}}},
            {"spec": {"topologyName": "racks", "nodeLabels": {"a": "c"}}},
            REFUSED,
        ),
        (
            FLAVOR,
            {"spec": {"nodeLabels": {"a": "b"}}},
            {"spec": {"nodeLabels": {"a": "c"}}},
            IN_PLACE,
        ),
        (
            JOB_SET,
            {"spec": {"replicatedJobs": [{"name": "a", "replicas": 1}]}},
            {"spec": {"replicatedJobs": [{"name": "a", "replicas": 2}]}},
            REFUSED,
        ),
        (
            JOB_SET,
            {"spec": {"suspend": True, "replicatedJobs": [{"name": "a", "replicas": 1}]}},
            {"spec": {"suspend": True, "replicatedJobs": [{"name": "a", "replicas": 2}]}},
            IN_PLACE,
        ),
    ],
)
def test_the_api_server_decides_what_a_change_does(
    type_: str, old: dict[str, Any], new: dict[str, Any], expected: str
) -> None:
    assert outcome(type_, old, new) == expected


def test_rules_hold_for_every_version_of_a_kubernetes_group() -> None:
    assert rules_of("kubernetes:storage.k8s.io/v1beta1:StorageClass") == rules_of(CLASS)
    assert rules_of("kubernetes:apps/v1:Deployment") == rules_of("aws:sqs/queue:Queue") == ()


@pytest.mark.parametrize(
    ("text", "number"),
    [("1Gi", 2**30), ("1G", 1e9), ("500m", 0.5), (3, 3), ("1e3", 1000), ("x", None), ("1Zi", None)],
)
def test_a_quantity_is_a_number_with_a_unit(text: Any, number: float | None) -> None:
    assert quantity(text) == number
