"""Karpenter's NodePool of a pool: which nodes it may start, how many, and which it may
end.

Fields: CustomResourceDefinition nodepools.karpenter.sh,
aws/karpenter-provider-aws@1d927085 (v1.14.1).
"""

from typing import Any

from groundplan.training.choices import CapacityType
from groundplan.training.karpenter import node_class
from groundplan.training.nodes.pool import Pool

API_VERSION = "karpenter.sh/v1"
KIND = "NodePool"

FOREGROUND = {"pulumi.com/deletionPropagationPolicy": "foreground"}
"""A NodePool is gone only when its nodes are: NodeClaims block the deletion of their
owner, and each keeps a finalizer until its instance has ended
(kubernetes-sigs/karpenter@22664681,
pkg/controllers/provisioning/scheduling/nodeclaimtemplate.go). It is the default of
pulumi-kubernetes too, said here because instances would outlive the cluster without
it."""

CAPACITY = {
    CapacityType.ON_DEMAND: "on-demand",
    CapacityType.SPOT: "spot",
    # Reserved alone: with on-demand beside it, a full reservation would be exceeded at
    # the full price.
    CapacityType.RESERVATION: "reserved",
    CapacityType.CAPACITY_BLOCK: "reserved",
}

IDLE = "10m"
"""How long a node stays that nothing runs on: the next job of a queue finds it with its
images pulled, which takes minutes for images of 10 to 30 GB. The cluster autoscaler
waits as long (its `scale-down-unneeded-time`)."""

AUTO_MODE_LIFETIME = {"expireAfter": "480h", "terminationGracePeriod": "24h"}
"""The longest that Auto Mode allows: it ends nodes after 21 days (Amazon EKS User
Guide, "Manage compute for AI/ML workloads with EKS Auto Mode and Karpenter", node
lifetime). The last day is for jobs to end."""

BUDGETS = (
    # Jobs run for days and start over when they are evicted: a node with pods is never
    # ended for another image, for other settings or to save money. It goes when it is
    # idle, and the next one has what is new.
    {"nodes": "0", "reasons": ["Drifted", "Underutilized"]},
    # Idle nodes all at once; the default is a tenth at a time.
    {"nodes": "100%", "reasons": ["Empty"]},
)


def object_name(pool: Pool) -> str:
    """Returns the NodePool's name in the cluster.

    Karpenter refuses to change a NodePool from dynamic to static capacity, and back:
    the two have different names, and the second starts before the first ends. No pool
    has a dot in its name.
    """
    return f"{pool.name}.static" if pool.is_static else pool.name


def spec(pool: Pool) -> dict[str, Any]:
    """Returns the spec of a pool's NodePool, whose EC2NodeClass has the same name.

    Has no `terminationGracePeriod`: when it is over, pods are ended that may not be
    disrupted, and with one, changed nodes are drained in spite of them (v1.14
    documentation, "Disruption").
    """
    return {
        **({"replicas": pool.min_size} if pool.is_static else {}),
        "template": {
            "metadata": {"labels": pool.labels},
            "spec": {
                "nodeClassRef": {
                    "group": node_class.GROUP,
                    "kind": node_class.KIND,
                    "name": pool.name,
                },
                "requirements": [
                    _one_of("node.kubernetes.io/instance-type", pool.instance.name),
                    _one_of("karpenter.sh/capacity-type", CAPACITY[pool.capacity_type]),
                ],
                "taints": [
                    {"key": taint.key, "value": taint.value, "effect": taint.effect.value}
                    for taint in pool.taints
                ],
                # The default of 30 days would drain nodes whatever runs there: budgets
                # don't hold it up.
                "expireAfter": "Never",
            },
        },
        "disruption": {
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": IDLE,
            "budgets": [dict(b) for b in BUDGETS],
        },
        "limits": limits(pool),
    }


def auto_mode_spec(pool: Pool, group: str, kind: str) -> dict[str, Any]:
    """Returns the spec of the NodePool of a pool of EKS Auto Mode, whose NodeClass has
    the same name."""
    found = spec(pool)
    template = found["template"]["spec"]
    template["nodeClassRef"] = {"group": group, "kind": kind, "name": pool.name}
    return {
        **found,
        "template": {**found["template"], "spec": {**template, **AUTO_MODE_LIFETIME}},
    }


def limits(pool: Pool) -> dict[str, str]:
    """Returns the pool's ceiling: what all of its nodes have together. Karpenter starts
    no node beyond any of it. Static capacity may have none but `nodes`, and needs no
    more than its nodes: a new one never starts before an old one has ended."""
    nodes, instance = pool.max_size, pool.instance
    if pool.is_static:
        return {"nodes": str(nodes)}
    ceiling = {
        "nodes": str(nodes),
        "cpu": str(nodes * instance.vcpus),
        "memory": f"{nodes * instance.memory_mib}Mi",
    }
    if pool.accelerator:
        ceiling[pool.accelerator] = str(nodes * instance.accelerator_count)
    return ceiling


def _one_of(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": [value]}
