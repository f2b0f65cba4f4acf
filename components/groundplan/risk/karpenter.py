"""Karpenter's node pools: drift, spot capacity, consolidation, missing limits.

Fields: aws/karpenter-provider-aws@1d927085 (v1.14.1), pkg/apis/crds."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan import catalog
from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk.context import ChangeContext, at, objects, texts
from groundplan.risk.interruption import INTERRUPTION
from groundplan.risk.risk import Level, Risk

POOL, CLASS = "kubernetes.NodePool", "kubernetes.EC2NodeClass"
AUTO_CLASS = "kubernetes.NodeClass"
"""Of EKS Auto Mode."""
CAPACITY_TYPE = "karpenter.sh/capacity-type"


def nodes(context: ChangeContext) -> Iterator[Risk]:
    """Nodes that drift: their pool or node class describes others."""
    path = {POOL: "spec.template.spec", CLASS: "spec", AUTO_CLASS: "spec"}.get(context.type)
    if path is None or context.kind is not Kind.UPDATE or not context.changed(path):
        return
    if all(_keeps_drifted(pool) for pool in _pools(context)):
        words = (
            f"{context.subject} describes other nodes: new ones start so, and those that run "
            "stay as they are until they are empty."
        )
        yield context.risk(Level.LOW, INTERRUPTION, words, context.change_text(path))
    else:
        words = (
            f"{context.subject} describes other nodes: Karpenter replaces those that differ, and "
            "jobs on them are interrupted."
        )
        yield context.risk(Level.MEDIUM, INTERRUPTION, words, context.change_text(path))


def spot(context: ChangeContext) -> Iterator[Risk]:
    """A pool that may now start spot instances."""
    if context.type != POOL or not (context.old and context.new):
        return
    old, new = (_capacity(side) for side in (context.old, context.new))
    if "spot" in new and old and "spot" not in old:
        words = (
            f"{context.subject} switches to spot capacity: AWS may terminate its nodes, and the "
            "jobs on them, at two minutes' notice."
        )
        yield context.risk(
            Level.MEDIUM,
            INTERRUPTION,
            words,
            f"{CAPACITY_TYPE}: {', '.join(old)} -> {', '.join(new)}",
        )


def consolidation(context: ChangeContext) -> Iterator[Risk]:
    """A pool whose nodes are now consolidated while pods run on them."""
    path = "spec.disruption.consolidationPolicy"
    old, new = context.values(path)
    if (
        context.type == POOL
        and context.old
        and context.new
        and old == "WhenEmpty"
        and new != "WhenEmpty"
    ):
        words = (
            f"{context.subject} may now terminate nodes that are in use to save cost: jobs on "
            "them are interrupted."
        )
        yield context.risk(Level.MEDIUM, INTERRUPTION, words, context.change_text(path))


def unbounded(context: ChangeContext) -> Iterator[Risk]:
    """A pool without limits: only the account's quotas limit it."""
    old, new = (side not in (ABSENT, {}) for side in context.values("spec.limits"))
    if context.type == POOL and context.new and not new and (old or not context.old):
        words = (
            f"{context.subject} has no limits{' any more' if context.old else ''}: it may grow, "
            "and cost, as much as pods ask for."
        )
        yield context.risk(Level.MEDIUM, "cost", words, context.change_text("spec.limits"))


def _pools(context: ChangeContext) -> list[Mapping[str, Any]]:
    """Returns the pool itself, or the pools of a node class; an empty one for pools
    outside of the program."""
    if context.type == POOL:
        return [context.new]
    name = at(context.new, "metadata.name")
    kind = context.type.rpartition(".")[2]
    pools = [pool.inputs for pool in context.plan.resources_after if catalog.key(pool.type) == POOL]
    return [pool for pool in pools if _refers(pool, kind, name)] or [{}]


def _refers(pool: Mapping[str, Any], kind: str, name: Any) -> bool:
    path = "spec.template.spec.nodeClassRef"
    own = at(pool, f"{path}.kind")
    return at(pool, f"{path}.name") == name and own in (kind, ABSENT)


def _keeps_drifted(pool: Mapping[str, Any]) -> bool:
    """Returns whether a disruption budget of the pool, at all times, prevents the
    replacement of drifted nodes."""
    disruption = (
        (pool.get("spec") or {}).get("disruption")
        if isinstance(pool.get("spec"), Mapping)
        else None
    )
    budgets = objects(disruption.get("budgets")) if isinstance(disruption, Mapping) else []
    return any(
        str(budget.get("nodes")) in ("0", "0%")
        and not budget.get("schedule")
        and ("Drifted" in texts(budget.get("reasons")) or not budget.get("reasons"))
        for budget in budgets
    )


def _capacity(inputs: Mapping[str, Any]) -> list[str]:
    """Returns the capacity types that a pool may start."""
    spec = at(inputs, "spec.template.spec")
    requirements = objects(spec.get("requirements")) if isinstance(spec, Mapping) else []
    return [
        text
        for one in requirements
        if one.get("key") == CAPACITY_TYPE
        for text in texts(one.get("values"))
    ]
