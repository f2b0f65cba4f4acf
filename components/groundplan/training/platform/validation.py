"""Validates the arguments of a TrainingPlatform."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.context import Context
from groundplan.kubernetes import node_labels
from groundplan.kubernetes.device_resources import EXTENDED_RESOURCE
from groundplan.kubernetes.namespaces import SHORT_NAME
from groundplan.kubernetes.taints import NodeTaintArgs
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.training.platform import platform
from groundplan.training.platform.args import (
    PlatformPoolArgs,
    TrainingPlatformArgs,
)
from groundplan.training.queues import night, spending
from groundplan.training.queues.flavor import Flavor, Taint
from groundplan.training.queues.spending import Share

MAX_NODES = 15_000


MAX_OF_A_NODE = 10_000
"""Far beyond any node that there is, so that a slip of the unit shows."""


MAX_LABELS = MAX_TAINTS = 8
"""`nodeLabels` and `tolerations` of a ResourceFlavor (CRD of Kueue v0.19.2,
`maxProperties`, `maxItems`)."""


def flavors(pools: Mapping[str, PlatformPoolArgs]) -> list[Flavor]:
    """The pools as queues know them, in the order of their names."""
    return [
        Flavor(
            name=name,
            nodes=pool["nodes"],
            cpu=pool["cpu"],
            memory_mib=pool["memory_gib"] * 1024,
            accelerator=pool.get("accelerator"),
            accelerators=pool.get("accelerators", 0),
            efa=pool.get("efa", 0),
            usd_per_hour=pool.get("usd_per_hour"),
            node_labels=pool["node_labels"],
            taints=[Taint(taint["key"], taint["value"]) for taint in pool.get("taints", ())],
        )
        for name, pool in sorted(pools.items())
    ]


def validate(args: TrainingPlatformArgs, context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    has_provider = context.has_kubernetes_provider
    pools, teams = args.get("pools", {}), args.get("teams", {})
    wrong = under("pools", _pools_problems(pools))
    complete = all(PlatformPoolArgs.__required_keys__ <= pool.keys() for pool in pools.values())
    # Shares can be judged only where it is known what they are shares of.
    asleep = under("night", night.problems(args["night"])) if "night" in args else []
    found = [*_reach_problems(args, has_provider), *wrong, *asleep]
    if wrong or not complete:
        return [*found, *platform.team_problems(teams)]
    known = flavors(pools)
    shares = [Share(flavor.name, flavor.nodes, flavor.usd_per_hour) for flavor in known]
    found += spending.ceiling_problems(shares, args.get("max_usd_per_hour"))
    return [*found, *platform.problems(known, teams)]


def _reach_problems(args: TrainingPlatformArgs, has_provider: bool) -> list[Problem]:
    given = "kubeconfig" in args
    allowed = "the kubeconfig of a cluster, or a Kubernetes provider in the options: one of the two"
    if not given and not has_provider:
        fix = "give one of them: whatever kubeconfig the environment happens to have is none to rely on"
        return [Problem("kubeconfig", MISSING, allowed, fix)]
    if given and has_provider:
        return [Problem("kubeconfig", "...", allowed, "remove kubeconfig, or the provider")]
    if args.get("kubeconfig") == "":
        return [Problem("kubeconfig", "", allowed, "give its contents, or the path of a file")]
    if "cluster_identifier" in args and not given:
        allowed = "nothing, where a provider is handed in"
        return [
            Problem("cluster_identifier", "...", allowed, "set clusterIdentifier of the provider")
        ]
    return []


def _pools_problems(pools: Mapping[str, PlatformPoolArgs]) -> list[Problem]:
    found = [
        p
        for name, pool in pools.items()
        for p in [*_name_problems(name), *under(name, _pool_problems(pool))]
    ]
    seen: dict[tuple[tuple[str, str], ...], str] = {}
    for name, pool in pools.items():
        where = tuple(sorted(pool.get("node_labels", {}).items()))
        if where and where in seen:
            allowed = f"labels of the pool's own: {seen[where]} has the same, so that its quota would count nodes of both"
            found.append(
                Problem(
                    f"{name}.node_labels",
                    dict(where),
                    allowed,
                    "put the pools together, or tell them apart",
                )
            )
        seen.setdefault(where, name)
    return found


def _name_problems(name: str) -> list[Problem]:
    if SHORT_NAME.fullmatch(name):
        return []
    allowed = "a name of lower-case letters, digits and hyphens that begins with a letter, at most 30 characters"
    return [Problem(name, name, allowed, "rename the pool")]


def _pool_problems(pool: PlatformPoolArgs) -> list[Problem]:
    return [
        *whole_number("nodes", pool.get("nodes"), 1, MAX_NODES, "nodes"),
        *whole_number("cpu", pool.get("cpu"), 1, MAX_OF_A_NODE, "cores"),
        *whole_number("memory_gib", pool.get("memory_gib"), 1, 64 * 1024, "GiB"),
        *whole_number("accelerators", pool.get("accelerators"), 0, MAX_OF_A_NODE),
        *whole_number("efa", pool.get("efa"), 0, MAX_OF_A_NODE),
        *_accelerator_problems(pool),
        *_label_problems(pool.get("node_labels")),
        *_taint_problems(pool.get("taints", ())),
        *_price_problems(pool.get("usd_per_hour")),
    ]


def _accelerator_problems(pool: PlatformPoolArgs) -> list[Problem]:
    resource, count = pool.get("accelerator"), pool.get("accelerators", 0)
    if resource is None:
        allowed = "the resource that counts them, such as nvidia.com/gpu"
        return (
            [Problem("accelerator", MISSING, allowed, "give it, or remove accelerators")]
            if count
            else []
        )
    if not EXTENDED_RESOURCE.fullmatch(resource):
        allowed = (
            "the name of an extended resource with its vendor's domain, such as nvidia.com/gpu"
        )
        return [
            Problem(
                "accelerator", resource, allowed, "give the name that `kubectl describe node` shows"
            )
        ]
    if not count:
        value: object = pool.get("accelerators", MISSING)
        return [
            Problem(
                "accelerators",
                value,
                f"how many {resource} one node has",
                "give it, or remove accelerator",
            )
        ]
    return []


def _label_problems(given: Mapping[str, str] | None) -> list[Problem]:
    if given is None:
        return []
    if not 1 <= len(given) <= MAX_LABELS:
        allowed = f"1 to {MAX_LABELS} labels that tell the pool's nodes from others"
        return [
            Problem(
                "node_labels",
                len(given),
                allowed,
                "give a label that all of the pool's nodes carry",
            )
        ]
    allowed = "a Kubernetes label: up to 63 letters, digits, - _ . in key and value, the key after an optional prefix"
    return [
        Problem(
            f"node_labels.{key}",
            value,
            allowed,
            "give it as `kubectl get nodes --show-labels` shows it",
        )
        for key, value in given.items()
        if not node_labels.KEY.fullmatch(key) or not node_labels.VALUE.fullmatch(value)
    ]


def _taint_problems(taints: Sequence[NodeTaintArgs]) -> list[Problem]:
    if len(taints) > MAX_TAINTS:
        return [
            Problem(
                "taints",
                len(taints),
                f"at most {MAX_TAINTS} taints",
                "leave out those that no job needs to bear",
            )
        ]
    allowed = "a taint: key and value as of a label"
    return [
        Problem(
            f"taints[{index}]", dict(taint), allowed, "give it as `kubectl describe node` shows it"
        )
        for index, taint in enumerate(taints)
        if not node_labels.KEY.fullmatch(taint.get("key", "key"))
        or not node_labels.VALUE.fullmatch(taint.get("value", ""))
    ]


def _price_problems(price: Any) -> list[Problem]:
    if price is None or price >= 0:
        return []
    return [
        Problem(
            "usd_per_hour",
            price,
            "a price in US dollars, 0 or more",
            "leave it out where it isn't known",
        )
    ]
