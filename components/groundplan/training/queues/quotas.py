"""Shares of the pools, as the specs of Kueue's ResourceFlavors and ClusterQueues, and
the rules that shares have to keep.

All ClusterQueues are in one cohort: what a team is guaranteed is its queue's, what
nobody is guaranteed is the default queue's, and what is idle anywhere may be borrowed.

Pure data. Fields: CustomResourceDefinitions of kubernetes-sigs/kueue v0.19.2,
`kueue.x-k8s.io/v1beta2`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from groundplan.kubernetes.device_resources import EFA
from groundplan.problems import Problem, one_of
from groundplan.training.queues.flavor import Flavor
from groundplan.training.teams.team_args import SHARES
from groundplan.training.teams.team_spec import TeamSpec

COHORT = "training"

PRIORITIES = {"low": -1000, "normal": 0, "high": 1000}
"""WorkloadPriorityClasses. A job that names none has priority 0
(pkg/util/priority/priority.go): it is a normal one."""

MAX_FLAVORS = 64
"""`flavors` and `coveredResources` of a resource group, `maxItems`."""

MAX_QUOTAS = 512
"""Flavors times resources in a resource group (pkg/webhooks/clusterqueue_webhook.go,
validateFlavorResourceCombinations)."""


def capacity(flavor: Flavor) -> int:
    """Returns all of a pool, in what it is shared out by: accelerators, or nodes where
    there are none.

    Accelerators and not nodes: they are what jobs ask for and what is scarce, and two
    teams can share a node of eight.
    """
    return flavor.nodes * (flavor.accelerators or 1)


def unit(flavor: Flavor) -> str:
    """Returns what a pool is shared out by, in words."""
    return "accelerators" if flavor.accelerators else "nodes"


def covered(flavors: Sequence[Flavor]) -> list[str]:
    """Returns the resources that queues have quotas for. A job that asks for any other
    one is never admitted."""
    accelerators = dict.fromkeys(f.accelerator for f in flavors if f.accelerator)
    return ["cpu", "memory", *accelerators, *([EFA] if any(f.efa for f in flavors) else [])]


def amounts(flavor: Flavor, share: int) -> dict[str, int]:
    """Returns what a share of a pool holds of each resource: cores, MiB of memory,
    accelerators, EFA interfaces. Rounded down."""
    per_node = {"cpu": flavor.cpu, "memory": flavor.memory_mib, EFA: flavor.efa}
    found = {
        name: amount * share // (flavor.accelerators or 1) for name, amount in per_node.items()
    }
    return found | ({flavor.accelerator: share} if flavor.accelerator else {})


def reach(flavor: Flavor, team: TeamSpec) -> int:
    """Returns the most that a team's jobs can have of a pool at one time: its
    guarantee, and what it may borrow."""
    guaranteed, all_of_it = team.guaranteed.get(flavor.name, 0), capacity(flavor)
    if not team.borrowing:
        return guaranteed
    limit = team.borrowing_limits.get(flavor.name)
    return all_of_it if limit is None else min(all_of_it, guaranteed + limit)


def resource_flavor(flavor: Flavor) -> dict[str, Any]:
    """Returns the spec of a pool's ResourceFlavor: jobs that it is assigned to go to
    the pool's nodes, and tolerate their taints."""
    tolerations = [taint.toleration for taint in flavor.taints]
    spec = {"nodeLabels": dict(flavor.node_labels), "tolerations": tolerations}
    return spec if flavor.topology is None else {**spec, "topologyName": flavor.topology.name}


def default_queue(flavors: Sequence[Flavor], teams: Mapping[str, TeamSpec]) -> dict[str, Any]:
    """Returns the spec of the ClusterQueue of what no team is guaranteed: without
    teams, of all that the pools can hold."""
    names = covered(flavors)

    def rest(flavor: Flavor) -> list[dict[str, str]]:
        left = amounts(flavor, capacity(flavor))
        for team in teams.values():
            for name, amount in amounts(flavor, team.guaranteed.get(flavor.name, 0)).items():
                left[name] -= amount
        return [
            {"name": name, "nominalQuota": _quantity(name, left.get(name, 0))} for name in names
        ]

    spec: dict[str, Any] = {
        # All namespaces: who may submit is decided by who may create a LocalQueue. Left
        # out, it would be none.
        "namespaceSelector": {},
        "resourceGroups": _groups(flavors, rest),
    }
    if teams:
        # No reclaiming: capacity without a guarantee goes to the first job.
        spec |= {
            "cohortName": COHORT,
            "preemption": {"reclaimWithinCohort": "Never", "withinClusterQueue": "LowerPriority"},
        }
    return spec


def team_queue(name: str, team: TeamSpec, flavors: Sequence[Flavor]) -> dict[str, Any]:
    """Returns the spec of a team's ClusterQueue."""
    names = covered(flavors)

    def share(flavor: Flavor) -> list[dict[str, str]]:
        nominal = amounts(flavor, team.guaranteed.get(flavor.name, 0))
        limits = {
            "borrowingLimit": _limit(flavor, team.borrowing_limits if team.borrowing else None),
            "lendingLimit": _limit(flavor, team.lending_limits),
        }
        return [
            {"name": resource, "nominalQuota": _quantity(resource, nominal.get(resource, 0))}
            | {
                field: _quantity(resource, most.get(resource, 0))
                for field, most in limits.items()
                if most is not None
            }
            for resource in names
        ]

    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}},
        "resourceGroups": _groups(flavors, share),
        "cohortName": COHORT,
        # A guarantee holds whatever the priority of the jobs that have to make room;
        # among the team's own it is priority that counts. borrowWithinCohort has no
        # place beside fair sharing (Kueue's documentation, "Preemption", Fair Sharing).
        "preemption": {"reclaimWithinCohort": "Any", "withinClusterQueue": "LowerPriority"},
        "fairSharing": {"weight": str(team.weight)},
    }


def problems(flavors: Sequence[Flavor], teams: Mapping[str, TeamSpec]) -> list[Problem]:
    """Returns what is wrong with the teams' shares; the keys are the teams' names, then
    their fields. Pools have no problems then."""
    if teams and not flavors:
        fix = "give the cluster pools: a queue without any admits nothing"
        return [Problem("", sorted(teams), "no teams where there are no pools", fix)]
    by_name = {flavor.name: flavor for flavor in flavors}
    found: list[Problem] = []
    for name, team in teams.items():
        for field in SHARES:
            for pool, share in getattr(team, field).items():
                found += _share_problems(f"{name}.{field}.{pool}", pool, share, by_name)
        for pool, most in team.lending_limits.items():
            guaranteed = team.guaranteed.get(pool, 0)
            if most > max(guaranteed, 0):
                allowed = f"at most what is guaranteed to the team, which is {guaranteed}"
                fix = f"lower it, or raise teams.{name}.guaranteed.{pool}"
                found.append(Problem(f"{name}.lending_limits.{pool}", most, allowed, fix))
    return found + [p for flavor in flavors for p in _sum_problems(flavor, teams)]


def flavor_problems(flavors: Sequence[Flavor]) -> list[Problem]:
    """Returns whether one resource group holds all pools."""
    if len(flavors) > MAX_FLAVORS:
        return [
            Problem(
                "", len(flavors), f"at most {MAX_FLAVORS} pools", "put pools of like nodes together"
            )
        ]
    quotas = len(flavors) * len(covered(flavors))
    if quotas > MAX_QUOTAS:
        allowed = (
            f"at most {MAX_QUOTAS} pools times resources (cpu, memory, and each kind of "
            "accelerator)"
        )
        return [Problem("", quotas, allowed, "put pools of like nodes together")]
    return []


def _share_problems(key: str, pool: str, share: int, pools: Mapping[str, Flavor]) -> list[Problem]:
    if pool not in pools:
        named = one_of(key, pool, pools)[0]
        return [
            Problem(
                key,
                pool,
                f"one of the pools: {', '.join(pools)}",
                named.fix or "name one of them, or remove it",
            )
        ]
    most = capacity(pools[pool])
    if 0 <= share <= most:
        return []
    return [
        Problem(
            key,
            share,
            (
                f"a whole number from 0 to {most} ({unit(pools[pool])}, all that {pool} has "
                "at its largest)"
            ),
        )
    ]


def _sum_problems(flavor: Flavor, teams: Mapping[str, TeamSpec]) -> list[Problem]:
    given = {
        name: share
        for name, team in teams.items()
        if (share := team.guaranteed.get(flavor.name, 0)) > 0
    }
    total, most = sum(given.values()), capacity(flavor)
    if (
        total <= most or max(given.values()) > most
    ):  # one that is too large by itself has its own problem already
        return []
    size = (
        f"{flavor.nodes} nodes of {flavor.accelerators} each"
        if flavor.accelerators
        else "its largest size"
    )
    allowed = (
        f"guarantees of the pool {flavor.name} that sum to at most {most} {unit(flavor)} ({size})"
    )
    fix = f"they sum to {total}: take {total - most} away, or give the pool more nodes"
    return [Problem(f"*.guaranteed.{flavor.name}", given, allowed, fix)]


def _limit(flavor: Flavor, limits: Mapping[str, int] | None) -> dict[str, int] | None:
    """Returns what a limit of a pool comes to; None without one. No limits at all means
    none of anything."""
    if limits is None:
        return {}
    most = limits.get(flavor.name)
    return None if most is None else amounts(flavor, most)


def _groups(
    flavors: Sequence[Flavor], quotas: Callable[[Flavor], list[dict[str, str]]]
) -> list[dict[str, Any]]:
    # Each flavor has to list the covered resources in their order
    # (pkg/webhooks/clusterqueue_webhook.go).
    entries = [{"name": flavor.name, "resources": quotas(flavor)} for flavor in in_order(flavors)]
    return [{"coveredResources": covered(flavors), "flavors": entries}]


def in_order(flavors: Iterable[Flavor]) -> list[Flavor]:
    """Returns the pools in the order in which Kueue tries them: as given, but those
    without accelerators first.

    So a job that needs none waits for no GPU, and holds none, as long as a pool of its
    own kind has room.
    """
    return sorted(flavors, key=lambda flavor: flavor.accelerators > 0)


def _quantity(resource: str, amount: int) -> str:
    return f"{amount}Mi" if resource == "memory" else str(amount)
