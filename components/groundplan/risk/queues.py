"""Quotas that are lowered: of Kueue's queues, of Karpenter's pools, of a namespace, of
Batch."""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.diff.changes import ABSENT
from groundplan.diff.value_rules.kubernetes import quantity
from groundplan.risk.context import ChangeContext, at, objects
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text, listed, text


def lowered(context: ChangeContext) -> Iterator[Risk]:
    """One risk for each resource whose quotas are lowered."""
    if not (context.old and context.new):
        return
    quotas = QUOTAS.get(context.type)
    if quotas is None:
        return
    old, new = quotas(context.old), quotas(context.new)
    keys = [
        key
        for key in sorted(old, key=lambda key: ("gpu" not in key, key))
        if _less(context, old[key], new.get(key))
    ]
    if keys:
        quotas_text = listed(
            [
                f"{text(new[key]) if key in new else 'no'} {key} in place of {text(old[key])}"
                for key in keys
            ]
        )
        words = f"{context.subject} allows less, {quotas_text}: jobs wait longer, or are stopped."
        because = "; ".join(change_text(f"quota of {key}", old[key], new.get(key)) for key in keys)
        yield context.risk(Level.MEDIUM, "interruption", words, because)


def _less(context: ChangeContext, old: Any, new: Any) -> bool:
    """Returns whether a quota is lowered. A flavor that a queue no longer names has
    none; a limit that is no longer set is none."""
    if new is None:
        return context.type == "kubernetes.ClusterQueue" and bool(quantity(old))
    then, now = quantity(old), quantity(new)
    return then is not None and now is not None and now < then


def _kueue(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """`nvidia.com/gpu in gpu-spot` -> quota, of a ClusterQueue."""
    return {
        f"{resource.get('name')} in {flavor.get('name')}": resource.get("nominalQuota", 0)
        for group in _list(inputs, "spec", "resourceGroups")
        for flavor in objects(group.get("flavors"))
        for resource in objects(flavor.get("resources"))
    }


def _limits(inputs: Mapping[str, Any]) -> dict[str, Any]:
    limits = at(inputs, "spec.limits")
    return dict(limits) if isinstance(limits, Mapping) else {}


def _hard(inputs: Mapping[str, Any]) -> dict[str, Any]:
    hard = at(inputs, "spec.hard")
    return dict(hard) if isinstance(hard, Mapping) else {}


def _vcpus(inputs: Mapping[str, Any]) -> dict[str, Any]:
    most = at(inputs, "computeResources.maxVcpus")
    return {} if most is ABSENT else {"vCPUs": most}


QUOTAS = {
    "batch.ComputeEnvironment": _vcpus,
    "kubernetes.ClusterQueue": _kueue,
    "kubernetes.NodePool": _limits,
    "kubernetes.ResourceQuota": _hard,
}
"""Type -> the function that reads its quotas."""


def _list(inputs: Mapping[str, Any], key: str, name: str) -> list[Mapping[str, Any]]:
    inner = inputs.get(key)
    return objects(inner.get(name)) if isinstance(inner, Mapping) else []
