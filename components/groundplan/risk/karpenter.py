"""Karpenter's pools: nodes that differ from what the pool or its class says, nodes that
may be taken away, and no more limits.

Fields: aws/karpenter-provider-aws@1d927085 (v1.14.1), pkg/apis/crds.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import ABSENT, Kind
from groundplan.risk import types
from groundplan.risk.context import Case, at, objects, texts
from groundplan.risk.interruption import INTERRUPTION
from groundplan.risk.risk import Danger, Level

POOL, CLASS = "kubernetes.NodePool", "kubernetes.EC2NodeClass"
CAPACITY_TYPE = "karpenter.sh/capacity-type"


def nodes(case: Case) -> Iterator[Danger]:
    """Nodes that no longer are what their pool or class describes: Karpenter calls them
    drifted."""
    path = {POOL: "spec.template.spec", CLASS: "spec"}.get(case.type)
    if path is None or case.kind is not Kind.UPDATE or not case.changed(path):
        return
    if all(_keeps_drifted(pool) for pool in _pools(case)):
        words = f"{case.told} describes other nodes: new ones start so, and those that run stay as they are until they are empty."
        yield case.danger(Level.LOW, INTERRUPTION, words, case.moved(path))
    else:
        words = f"{case.told} describes other nodes: Karpenter replaces those that differ, and jobs on them are interrupted."
        yield case.danger(Level.MEDIUM, INTERRUPTION, words, case.moved(path))


def spot(case: Case) -> Iterator[Danger]:
    """A pool that may now start spot instances."""
    if case.type != POOL or not (case.old and case.new):
        return
    old, new = (_capacity(side) for side in (case.old, case.new))
    if "spot" in new and old and "spot" not in old:
        words = f"{case.told} turns to spot capacity: AWS may take its nodes from under a job at two minutes' notice."
        yield case.danger(
            Level.MEDIUM,
            INTERRUPTION,
            words,
            f"{CAPACITY_TYPE}: {', '.join(old)} -> {', '.join(new)}",
        )


def evicting(case: Case) -> Iterator[Danger]:
    """A pool whose nodes are now taken away while pods run on them, to save money."""
    path = "spec.disruption.consolidationPolicy"
    old, new = case.both(path)
    if case.type == POOL and case.old and case.new and old == "WhenEmpty" and new != "WhenEmpty":
        words = f"{case.told} may now end nodes that are in use to save money: jobs on them are interrupted."
        yield case.danger(Level.MEDIUM, INTERRUPTION, words, case.moved(path))


def unbounded(case: Case) -> Iterator[Danger]:
    """A pool that may now grow as far as the account's quotas."""
    old, new = (side not in (ABSENT, {}) for side in case.both("spec.limits"))
    if case.type == POOL and case.new and not new and (old or not case.old):
        words = f"{case.told} has no limits{' any more' if case.old else ''}: it may grow, and cost, as much as pods ask for."
        yield case.danger(Level.MEDIUM, "cost", words, case.moved("spec.limits"))


def _pools(case: Case) -> list[Mapping[str, Any]]:
    """The pool itself, or those that start nodes of a class; an empty one stands for
    pools that the program doesn't have."""
    if case.type == POOL:
        return [case.new]
    name = at(case.new, "metadata.name")
    pools = [pool.inputs for pool in case.plan.now if types.kind(pool.type) == POOL]
    return [pool for pool in pools if at(pool, "spec.template.spec.nodeClassRef.name") == name] or [
        {}
    ]


def _keeps_drifted(pool: Mapping[str, Any]) -> bool:
    """Whether a budget of the pool, at all times, lets no node be ended for being
    another than is described."""
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
    """The capacity types that a pool may start."""
    spec = at(inputs, "spec.template.spec")
    requirements = objects(spec.get("requirements")) if isinstance(spec, Mapping) else []
    return [
        text
        for one in requirements
        if one.get("key") == CAPACITY_TYPE
        for text in texts(one.get("values"))
    ]
