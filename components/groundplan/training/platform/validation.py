"""Validates the arguments of a `TrainingPlatform`."""

from collections.abc import Mapping, Sequence
from typing import Any

from groundplan.arguments import is_complete, known
from groundplan.context import Context
from groundplan.kubernetes import node_labels
from groundplan.kubernetes.device_resources import EXTENDED_RESOURCE
from groundplan.kubernetes.namespaces import SHORT_NAME
from groundplan.kubernetes.open_cost import spec as open_cost
from groundplan.kubernetes.taints import NodeTaintArgs
from groundplan.problems import MISSING, Problem, under, whole_number
from groundplan.training.platform import shares
from groundplan.training.platform.args import PlatformPoolArgs, TrainingPlatformArgs
from groundplan.training.platform.spec import PlatformSpec, flavor, resolve
from groundplan.training.queues import schedule_args
from groundplan.training.queues.flavor import Flavor
from groundplan.training.queues.spending import Share
from groundplan.training.teams import connection_args

MAX_NODES = 15_000
MAX_OF_A_NODE = 10_000
"""Far above every existing node, so that a value in the wrong unit is refused."""

MAX_LABELS = MAX_TAINTS = 8
"""`nodeLabels` and `tolerations` of a ResourceFlavor (CRD of Kueue v0.19.2,
`maxProperties`, `maxItems`)."""


def validate(args: TrainingPlatformArgs, context: Context) -> list[Problem]:
    """Returns the problems of the arguments."""
    return examine(args, context)[0]


def examine(
    args: TrainingPlatformArgs, context: Context
) -> tuple[list[Problem], PlatformSpec | None]:
    """Validates the arguments and resolves them, each pool once. Returns the problems,
    and the spec if all pools are valid."""
    pools = args.get("pools", {})
    of_pools = _pools_problems(pools)
    flavors = None if of_pools or not _are_complete(pools) else _flavors(pools)
    problems = [
        *_provider_problems(args, context.has_kubernetes_provider),
        *under("pools", of_pools),
        *under("connections", connection_args.problems(args.get("connections", {}))),
        *(
            under("schedule", schedule_args.problems(args["schedule"]))
            if "schedule" in args
            else []
        ),
        *under("open_cost", open_cost.problems(args["open_cost"]) if "open_cost" in args else []),
        *shares.problems(
            flavors,
            args.get("teams", {}),
            shares=[_share(flavor) for flavor in flavors or ()],
            ceiling=args.get("max_usd_per_hour"),
        ),
    ]
    if problems or flavors is None or not is_complete(TrainingPlatformArgs, args):
        return problems, None
    return problems, resolve(args, flavors, context.name)


def _flavors(pools: Mapping[str, PlatformPoolArgs]) -> list[Flavor]:
    return [flavor(name, pool) for name, pool in sorted(pools.items())]


def _share(flavor: Flavor) -> Share:
    key = f"pools.{flavor.name}"
    return Share(
        flavor.name, flavor.nodes, flavor.usd_per_hour, f"{key}.nodes", f"{key}.usd_per_hour"
    )


def _are_complete(pools: Mapping[str, PlatformPoolArgs]) -> bool:
    """Returns whether all required values are there; `arguments.read` reports those
    that are missing."""
    return all(
        all(known(pool.get(key)) for key in PlatformPoolArgs.__required_keys__)
        and all(NodeTaintArgs.__required_keys__ <= t.keys() for t in pool.get("taints", ()))
        for pool in pools.values()
    )


def _provider_problems(args: TrainingPlatformArgs, has_provider: bool) -> list[Problem]:
    given = "kubeconfig" in args
    allowed = "the kubeconfig of a cluster, or a Kubernetes provider in the options: one of the two"
    if not given and not has_provider:
        fix = "set kubeconfig: the environment's default kubeconfig is not used"
        return [Problem("kubeconfig", MISSING, allowed, fix)]
    if given and has_provider:
        return [Problem("kubeconfig", "...", allowed, "remove kubeconfig, or the provider")]
    if args.get("kubeconfig") == "":
        return [Problem("kubeconfig", "", allowed, "set its contents, or the path of a file")]
    if "cluster_identifier" in args and not given:
        allowed = "no value beside a Kubernetes provider in the options"
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
            allowed = (
                f"labels of this pool only: {seen[where]} has the same, so that both quotas "
                "count the same nodes"
            )
            found.append(
                Problem(
                    f"{name}.node_labels",
                    dict(where),
                    allowed,
                    "merge the pools, or use other labels",
                )
            )
        seen.setdefault(where, name)
    return found


def _name_problems(name: str) -> list[Problem]:
    if SHORT_NAME.fullmatch(name):
        return []
    allowed = (
        "a name of lower-case letters, digits and hyphens that begins with a letter, at most "
        "30 characters"
    )
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
            [Problem("accelerator", MISSING, allowed, "set it, or remove accelerators")]
            if count
            else []
        )
    if not EXTENDED_RESOURCE.fullmatch(resource):
        allowed = (
            "the name of an extended resource with its vendor's domain, such as nvidia.com/gpu"
        )
        return [
            Problem(
                "accelerator", resource, allowed, "use the name that `kubectl describe node` shows"
            )
        ]
    if not count:
        value: object = pool.get("accelerators", MISSING)
        return [
            Problem(
                "accelerators",
                value,
                f"how many {resource} one node has",
                "set it, or remove accelerator",
            )
        ]
    return []


def _label_problems(given: Mapping[str, str] | None) -> list[Problem]:
    if given is None:
        return []
    if not 1 <= len(given) <= MAX_LABELS:
        allowed = f"1 to {MAX_LABELS} labels that only the pool's nodes have"
        return [
            Problem(
                "node_labels",
                len(given),
                allowed,
                "use labels that all nodes of the pool have",
            )
        ]
    allowed = (
        "a Kubernetes label: up to 63 letters, digits, - _ . in key and value, the key after "
        "an optional prefix"
    )
    return [
        Problem(
            f"node_labels.{key}",
            value,
            allowed,
            "use a label that `kubectl get nodes --show-labels` shows",
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
                "remove taints that no job has to tolerate",
            )
        ]
    allowed = "a taint: key and value as of a label"
    return [
        Problem(
            f"taints[{index}]",
            dict(taint),
            allowed,
            "use a taint that `kubectl describe node` shows",
        )
        for index, taint in enumerate(taints)
        if not node_labels.KEY.fullmatch(taint.get("key", "key"))
        or not node_labels.VALUE.fullmatch(taint.get("value", ""))
    ]


def _price_problems(price: Any) -> list[Problem]:
    if price is None or price > 0:
        return []
    return [
        Problem(
            "usd_per_hour",
            price,
            "a price above 0 (USD an hour)",
            "remove it if the price is unknown",
        )
    ]
