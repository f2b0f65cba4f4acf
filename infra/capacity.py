"""Whether the services fit on nodes of the training cluster, while they serve and while
they roll out.

A pod that fits on no node waits, and `pulumi up` waits with it until its timeout.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundplan.arguments import with_defaults
from groundplan.kubernetes.device_resources import GPU, NEURON
from groundplan.kubernetes.node_labels import POOL_LABEL
from groundplan.problems import Problem, shown
from groundplan.registry.experiment_tracking.args import ClusterTrackingArgs
from groundplan.registry.experiment_tracking.choices import TrackingServer
from groundplan.serving.kubernetes_endpoint.choices import EndpointEngine
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec
from groundplan.serving.kubernetes_endpoint.workload import Workload
from groundplan.serving.model_endpoint.model_data import ARCHIVE
from groundplan.training.choices import TaintEffect
from groundplan.training.nodes import allocatable, pools
from groundplan.training.nodes.pool import SYSTEM, Pool
from packing import Resources, fit
from settings import Settings

GB_PER_GIB = 2**30 / 10**9

HARD = (TaintEffect.NO_SCHEDULE, TaintEffect.NO_EXECUTE)
"""Effects of taints that keep pods off a node."""

OF_RESOURCES = {
    "accelerators": ("accelerators", 1.0, "accelerators"),
    "cores": ("cpu", 1.0, "cores"),
    "memory_mib": ("memory_gib", 1024.0, "GiB"),
    "storage_gib": ("volume_size_gb", 1 / GB_PER_GIB, "GB"),
}
"""Resource -> the argument that requests it, how many of the resource one of it is, and
its unit."""


@dataclass(frozen=True)
class Nodes:
    """The nodes of a pool."""

    pool: Pool
    guaranteed: int
    """What teams are guaranteed: accelerators, or nodes of a pool without any."""

    @property
    def node(self) -> Resources:
        """What pods can have of one node."""
        free = allocatable.of(self.pool.instance)
        return Resources(
            accelerators=self.pool.instance.accelerator_count,
            cores=free.cores,
            memory_mib=free.memory_mib,
            storage_gib=allocatable.storage_gib(self.pool),
            pods=free.pods,
        )

    @property
    def free(self) -> Sequence[Resources]:
        """What all nodes have beside the guarantees of teams, each of which is a part
        of a node in all of its resources."""
        left, free = float(self.guaranteed), []
        unit = self.pool.instance.accelerator_count or 1
        for _ in range(self.pool.max_size):
            taken = min(left, unit)
            left -= taken
            free.append(self.node.minus(self.node, taken / unit))
        return free

    @property
    def text(self) -> str:
        """Returns the nodes in words."""
        pool = self.pool
        count = pool.instance.accelerator_count
        each = f" with {count} accelerators each" if count else ""
        return f"{pool.name} ({pool.max_size} nodes of {pool.instance.name}{each})"

    @property
    def size_key(self) -> str:
        """Returns the setting with the number of nodes."""
        at = "system_pool" if self.pool.name == SYSTEM else f"pools.{self.pool.name}"
        return f"training.{at}.max_size"


def problems(settings: Settings, services: Mapping[str, EndpointSpec]) -> Iterator[Problem]:
    """Returns the problems of services that are valid by themselves, by their names."""
    if "training" not in settings:
        return
    known = list(_nodes(settings))
    of_pools: dict[str, dict[str, EndpointSpec]] = {}
    for name, spec in services.items():
        pool = settings["services"][name].get("pool")
        where = [nodes for nodes in known if _schedules(spec.stable, nodes.pool)]
        too_large = list(_single(where, name, spec)) if where else []
        yield from too_large
        if not where:
            yield from _nowhere(settings, known, name, spec.stable)
        if pool is not None and where and not too_large:
            of_pools.setdefault(pool, {})[name] = spec
    for nodes in known:
        if nodes.pool.name in of_pools:
            yield from _together(nodes, of_pools[nodes.pool.name])
    yield from _tracking(settings, known)


def _nodes(settings: Settings) -> Iterator[Nodes]:
    """Returns the nodes of valid pools, the system pool's first."""
    training = settings.get("training", {})
    system = training.get("system_pool", {})
    if not pools.system_problems(system):
        yield Nodes(pools.resolve_system(system), 0)
    teams = list(training.get("teams", {}).values())
    for pool in pools.examine(training.get("pools", {})).pools:
        yield Nodes(pool, sum(team.get("guaranteed", {}).get(pool.name, 0) for team in teams))


def _is_complete(settings: Settings, known: Sequence[Nodes]) -> bool:
    return len(known) == 1 + len(settings["training"].get("pools", {}))


def _schedules(work: Workload, pool: Pool) -> bool:
    """Returns whether the pods' node selector and tolerations allow a pool's nodes.

    Labels that others set, such as kubernetes.io/arch, are taken to match.
    """
    if work.accelerators and work.pool_taint is None and pool.accelerator != work.accelerator:
        return False
    own = {**pool.own_labels, POOL_LABEL: pool.name}
    for key, value in work.node_labels.items():
        if own.get(key, value) != value or (key not in own and "/" not in key):
            return False
    return all(_tolerates(work, pool, index) for index in range(len(pool.taints)))


def _tolerates(work: Workload, pool: Pool, index: int) -> bool:
    taint = pool.taints[index]
    if taint.effect not in HARD:
        return True
    if (work.accelerators or work.pool_taint) and taint.key == work.accelerator:
        return True
    mine = [*work.taints, *([work.pool_taint] if work.pool_taint else [])]
    return any((other.key, other.value) == (taint.key, taint.value) for other in mine)


def _nowhere(
    settings: Settings, known: Sequence[Nodes], name: str, work: Workload
) -> Iterator[Problem]:
    """Returns the problem of pods that no nodes take, as far as all are known."""
    key, pool = f"services.{name}", work.node_labels.get(POOL_LABEL)
    chosen = next((nodes.pool for nodes in known if nodes.pool.name == pool), None)
    if chosen is not None:
        yield from _untolerated(key, work, chosen)
    elif pool is not None or not _is_complete(settings, known):
        return
    elif work.accelerators:
        allowed = f"0 where no pool has nodes with {work.accelerator} for it"
        fix = "add a pool with accelerators, or lower it"
        yield Problem(f"{key}.accelerators", work.accelerators, allowed, fix)
    else:
        fix = "set pool in their place"
        value = dict(work.node_labels)
        yield Problem(f"{key}.node_labels", value, "labels of one of the pools", fix)


def _untolerated(key: str, work: Workload, pool: Pool) -> Iterator[Problem]:
    missing = [t for index, t in enumerate(pool.taints) if not _tolerates(work, pool, index)]
    of_device = next((taint.key for taint in missing if taint.key in (GPU, NEURON)), None)
    if of_device is not None:
        allowed = f"{of_device}, which nodes of {pool.name} have"
        fix = "set accelerators and accelerator so, or name another pool"
        yield Problem(f"{key}.accelerator", work.accelerator, allowed, fix)
    elif missing:
        value = [{"key": taint.key, "value": taint.value} for taint in work.taints]
        allowed = f"the taints of nodes of {pool.name}, which the pods have to tolerate"
        added = shown([{"key": taint.key, "value": taint.value} for taint in missing])
        yield Problem(f"{key}.taints", value, allowed, f"add {added}")


# One pod.


def _single(where: Sequence[Nodes], name: str, spec: EndpointSpec) -> Iterator[Problem]:
    """A pod fits on an empty node of one of the pools."""
    pod = _pod(spec.stable)
    if any(pod.fits(nodes.node) for nodes in where):
        return
    largest = max(where, key=lambda nodes: (nodes.node.memory_mib, nodes.node.cores))
    for resource, (key, unit, words) in OF_RESOURCES.items():
        wanted, most = getattr(pod, resource), getattr(largest.node, resource)
        if wanted <= most:
            continue
        copies = _copies(spec.stable) if resource == "storage_gib" else 1
        value = wanted / unit / copies
        allowed = (
            f"at most {max(0, most / unit / copies):.1f} {words}, as pods can have of a node of "
            f"{largest.text}"
        )
        fix = "lower it, or name a pool with larger nodes"
        yield Problem(f"services.{name}.{key}", round(value, 2), allowed, fix)


# All pods.


def _together(nodes: Nodes, services: Mapping[str, EndpointSpec]) -> Iterator[Problem]:
    """All pods fit on all nodes: at the most replicas, and with a rollout on top."""
    serving = [pod for spec in services.values() for pod in _serving(spec)]
    names = ", ".join(services)
    last = list(services)[-1]
    if not fit(nodes.free, serving):
        key = "scaling.max" if services[last].scaling else "replicas"
        value: Any = services[last].limits[1]
        allowed = f"pods of {names} that fit together on {nodes.text}{_beside(nodes)}"
        fix = f"lower it, or raise {nodes.size_key}"
        yield Problem(f"services.{last}.{key}", value, allowed, fix)
        return
    for name, spec in services.items():
        for work in (spec.stable, *([spec.candidate] if spec.candidate else [])):
            surge = work.rollout.max_surge
            if surge and not fit(nodes.free, [*serving, *([_pod(work)] * surge)]):
                allowed = (
                    f"0 where a new pod of {name} fits on no node of {nodes.text}{_beside(nodes)} "
                    "beside those that serve: the rollout would never end"
                )
                key = f"services.{name}.rollout.max_surge"
                yield Problem(key, surge, allowed, _room(nodes, spec))
                break


def _room(nodes: Nodes, spec: EndpointSpec) -> str:
    """Returns what leaves room for a rollout."""
    larger = f"raise {nodes.size_key}"
    if spec.limits[0] < 2:
        return larger
    return f"set rollout to {{max_surge: 0, max_unavailable: 1}}, or {larger}"


def _beside(nodes: Nodes) -> str:
    if not nodes.guaranteed:
        return ""
    what = "accelerators" if nodes.pool.instance.accelerator_count else "nodes"
    return f", beside the {nodes.guaranteed} {what} that teams are guaranteed"


def _serving(spec: EndpointSpec) -> Iterator[Resources]:
    """Returns the pods of an endpoint at its most, and those of a candidate."""
    yield from [_pod(spec.stable)] * spec.limits[1]
    if spec.candidate is not None:
        yield from [_pod(spec.candidate)] * spec.candidate.replicas


def _pod(work: Workload) -> Resources:
    # KServe's own volume has no request.
    stored = 0 if work.engine is EndpointEngine.KSERVE else work.volume_size_gb * _copies(work)
    return Resources(
        accelerators=work.accelerators,
        cores=work.cpu,
        memory_mib=work.memory_gib * 1024,
        storage_gib=stored / GB_PER_GIB,
        pods=1,
    )


def _copies(work: Workload) -> int:
    """An archive is on the disk beside its files until it is unpacked."""
    return 2 if work.model_data is not None and work.model_data.endswith(ARCHIVE) else 1


# MLflow.


def _tracking(settings: Settings, known: Sequence[Nodes]) -> Iterator[Problem]:
    """MLflow's pods tolerate no taints: they run on the system pool."""
    tracking = settings.get("tracking", {})
    system = [nodes for nodes in known if nodes.pool.name == SYSTEM]
    if tracking.get("server") is not TrackingServer.CLUSTER or not system:
        return
    own = with_defaults(ClusterTrackingArgs, tracking.get("cluster"))
    gib, most = own["memory_gib"], system[0].node.memory_mib / 1024
    if gib > most:
        instance = system[0].pool.instance.name
        allowed = f"at most {most:.1f} GiB, as pods can have of a system node ({instance})"
        fix = "lower it, or set training.system_pool.instance_type to a larger one"
        yield Problem("tracking.cluster.memory_gib", gib, allowed, fix)
