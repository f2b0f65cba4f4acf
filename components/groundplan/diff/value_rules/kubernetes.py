"""Rules of Kubernetes objects: fields that the API server doesn't change, and that the
Pulumi provider doesn't replace for.

What the provider replaces for is in `facts/replacements-kubernetes.json`. Sources: the
Kubernetes API reference and kubernetes/kubernetes, pkg/apis/*/validation (the
Validate...Update functions); the validations (`self == oldSelf`) and webhooks of
JobSet, Kueue, Kubeflow Trainer, Gateway API and external-snapshotter.
"""

import re
from collections.abc import Mapping
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.value_rules.conditions import (
    all_of,
    at,
    has_value,
    is_symbol,
    loses_members,
    members,
    number,
    turned_off,
    unless,
)
from groundplan.diff.value_rules.rule import Condition, Rule, Sides, refused

UNITS: Mapping[str, float] = (
    {"": 1.0, "m": 1e-3}
    | {unit: 1000.0**power for power, unit in enumerate("kMGTPE", 1)}
    | {f"{unit}i": 1024.0**power for power, unit in enumerate("KMGTPE", 1)}
)
"""Suffixes of a quantity:
https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity."""


def quantity(value: Any) -> float | None:
    """Returns the number of a quantity: `100Gi`; `None` where it isn't one."""
    match = re.fullmatch(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]{0,2})", str(value).strip())
    if match is None or match.group(2) not in UNITS:
        return None
    amount = number(match.group(1))
    return None if amount is None else amount * UNITS[match.group(2)]


def _smaller(sides: Sides) -> bool | None:
    if ABSENT in (sides.old, sides.new):
        return False
    old, new = quantity(sides.old), quantity(sides.new)
    return None if old is None or new is None else new < old


def _other(default: Any = ABSENT) -> Condition:
    """Another value, where a value that isn't set is `default`."""

    def holds(sides: Sides) -> bool | None:
        old, new = (side if has_value(side) else default for side in (sides.old, sides.new))
        if old != new and (is_symbol(old) or is_symbol(new)):
            return None
        return bool(old != new)

    return holds


def _replaced_value(sides: Sides) -> bool:
    """Another value where there was one: it is set once."""
    return has_value(sides.old) and sides.old != sides.new


def _other_first(sides: Sides) -> bool | None:
    """Another first member: the others may come and go."""
    old, new = members(sides.old), members(sides.new)
    if not old or not new or old[0] == new[0]:
        return False
    return None if is_symbol(old[0]) or is_symbol(new[0]) else True


_SUSPENDED: Condition = lambda sides: any(  # noqa: E731 (a condition like the others)
    at(side, "spec.suspend") is True for side in (sides.before, sides.after)
)


def _fixed(kind: str, path: str, default: Any = ABSENT, when: Condition | None = None) -> Rule:
    """A field that can't be changed."""
    condition = when or _other(default)
    why = f"the API server doesn't change {path} of {kind}"
    return refused(path, condition, why)


def _all_fixed(kind: str, *paths: str) -> tuple[Rule, ...]:
    return tuple(_fixed(kind, path) for path in paths)


def _of_topology(sides: Sides) -> bool:
    """A flavor that names a topology: then nothing of it changes."""
    return has_value(at(sides.before, "spec.topologyName"))


_JOB = "a Job"
_CLAIM = "a PersistentVolumeClaim"
_JOB_SET = "a JobSet that isn't suspended"
_STORAGE_CLASS = "a StorageClass"

RULES: Mapping[str, tuple[Rule, ...]] = {
    "batch:Job": (
        _fixed(_JOB, "spec.completionMode", "NonIndexed"),
        *_all_fixed(
            _JOB,
            "spec.podFailurePolicy",
            "spec.successPolicy",
            "spec.backoffLimitPerIndex",
            "spec.managedBy",
        ),
    ),
    "core:PersistentVolumeClaim": (
        refused("spec.resources.requests.storage", _smaller, "a volume of a claim can't shrink"),
        _fixed(_CLAIM, "spec.volumeMode", "Filesystem"),
        *_all_fixed(_CLAIM, "spec.dataSource", "spec.dataSourceRef"),
    ),
    "core:PersistentVolume": (
        _fixed("a PersistentVolume", "spec.volumeMode", "Filesystem"),
        _fixed("a PersistentVolume", "spec.nodeAffinity", when=_replaced_value),
    ),
    "core:Service": (
        _fixed("a Service", "spec.clusterIPs", when=_other_first),
        _fixed("a Service", "spec.ipFamilies", when=_other_first),
        _fixed("a Service", "spec.loadBalancerClass", when=_replaced_value),
    ),
    "core:ConfigMap": (_fixed("a ConfigMap", "immutable", when=turned_off),),
    "core:Secret": (_fixed("a Secret", "immutable", when=turned_off),),
    "core:Pod": (
        *_all_fixed(
            "a Pod",
            "spec.topologySpreadConstraints",
            "spec.hostUsers",
            "spec.resourceClaims",
            "spec.setHostnameAsFQDN",
        ),
        _fixed("a Pod", "spec.tolerations", when=loses_members),
    ),
    "apps:ReplicaSet": _all_fixed("a ReplicaSet", "spec.selector"),
    "storage.k8s.io:StorageClass": (
        _fixed(_STORAGE_CLASS, "reclaimPolicy", "Delete"),
        _fixed(_STORAGE_CLASS, "volumeBindingMode", "Immediate"),
    ),
    "storage.k8s.io:CSIDriver": (
        _fixed("a CSIDriver", "spec.attachRequired", True),
        *_all_fixed("a CSIDriver", "spec.volumeLifecycleModes"),
    ),
    "scheduling.k8s.io:PriorityClass": (
        _fixed("a PriorityClass", "value", 0),
        _fixed("a PriorityClass", "preemptionPolicy", "PreemptLowerPriority"),
    ),
    "networking.k8s.io:IngressClass": _all_fixed("an IngressClass", "spec.controller"),
    "node.k8s.io:RuntimeClass": _all_fixed("a RuntimeClass", "handler"),
    "discovery.k8s.io:EndpointSlice": _all_fixed("an EndpointSlice", "addressType"),
    "apiextensions.k8s.io:CustomResourceDefinition": _all_fixed(
        "a CustomResourceDefinition", "spec.group", "spec.scope"
    ),
    "gateway.networking.k8s.io:GatewayClass": _all_fixed("a GatewayClass", "spec.controllerName"),
    "snapshot.storage.k8s.io:VolumeSnapshot": _all_fixed("a VolumeSnapshot", "spec.source"),
    "jobset.x-k8s.io:JobSet": tuple(
        _fixed(_JOB_SET, path, when=all_of(_other(), unless(_SUSPENDED)))
        for path in (
            *("spec.replicatedJobs", "spec.network", "spec.successPolicy", "spec.failurePolicy"),
            *("spec.startupPolicy", "spec.managedBy", "spec.coordinator"),
        )
    ),
    "kueue.x-k8s.io:LocalQueue": _all_fixed("a LocalQueue", "spec.clusterQueue"),
    "kueue.x-k8s.io:AdmissionCheck": _all_fixed("an AdmissionCheck", "spec.controllerName"),
    "kueue.x-k8s.io:ResourceFlavor": tuple(
        _fixed("a ResourceFlavor with a topology", path, when=all_of(_other(), _of_topology))
        for path in ("spec.nodeLabels", "spec.nodeTaints", "spec.tolerations", "spec.topologyName")
    ),
    "kueue.x-k8s.io:Topology": _all_fixed("a Topology", "spec.levels"),
    "trainer.kubeflow.org:TrainJob": _all_fixed("a TrainJob", "spec.runtimeRef", "spec.managedBy"),
}
"""API group and kind, of any version -> its rules."""


def rules_of(token: str) -> tuple[Rule, ...]:
    """Returns the rules of a type token: `kubernetes:apps/v1:StatefulSet`."""
    package, _, rest = token.partition(":")
    group, _, kind = rest.partition(":")
    if package != "kubernetes":
        return ()
    kind = kind.removesuffix("Patch")
    return RULES.get(f"{group.rsplit('/', 1)[0]}:{kind}", ())
