"""The cost guard: budgets of the environment, and what of it may be stopped."""

from collections.abc import Callable, Iterator
from typing import Any

from description import Component, Reference
from groundplan.training.choices import Provisioner
from references import ACCESS, CLUSTER_NAME
from settings import Settings

from wiring.components import component, notes

NAME = "costs"


def described(settings: Settings) -> Iterator[Component]:
    if NAME not in settings:
        return
    endpoints = settings.get("endpoints", {})
    args: dict[str, Any] = {
        "bucket": ACCESS,
        "endpoints": {name: Reference(name, "endpoint_name") for name in endpoints},
        "endpoint_key_arns": _volume_keys(settings),
        "node_groups": _node_groups(settings),
        "topic_arn": Reference("monitoring", "topic_arn"),
        "topic_key_arn": Reference("monitoring", "key_arn"),
        "alarm_actions": [Reference("monitoring", "topic_arn")],
        **({"cluster_name": CLUSTER_NAME} if "training" in settings else {}),
        **notes(settings),
        **settings["costs"],
    }
    yield component(settings, "CostGuard", NAME, args, key=NAME)


def _volume_keys(settings: Settings) -> list[Any]:
    """Returns the keys of the volumes of the endpoints that may be stopped, each
    once."""
    stopped = settings["costs"].get("stops", {}).get("endpoints", ())
    endpoints = settings.get("endpoints", {})
    named = [endpoints[name] for name in stopped if name in endpoints]
    return list(dict.fromkeys(e["kms_key_arn"] for e in named if "kms_key_arn" in e))


def _node_groups(settings: Settings) -> dict[str, Reference]:
    """Returns the names of the managed node groups of pools. Karpenter's pools have
    none, and limits of their own; the system pool is no pool of jobs."""
    pools = settings.get("training", {}).get("pools", {})
    return {
        name: Reference("training", "node_groups", select=_group_name(name))
        for name, pool in pools.items()
        if pool.get("provisioner", Provisioner.MANAGED) == Provisioner.MANAGED
    }


def _group_name(pool: str) -> Callable[[Any], Any]:
    return lambda groups: groups[pool].node_group_name
