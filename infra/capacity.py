"""Whether the services of a pool fit on its nodes, while they serve and while they roll
out.

A pod that fits on no node waits, and `pulumi up` waits with it until its timeout.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from groundplan.facts import instances
from groundplan.facts.instances import Instance
from groundplan.problems import Problem
from groundplan.serving.kubernetes_endpoint.spec import EndpointSpec
from groundplan.serving.kubernetes_endpoint.workload import Workload
from settings import Settings

VM_OVERHEAD = 0.075
"""The share of an instance's memory that the hypervisor and the kernel take: the
default of Karpenter's `vmMemoryOverheadPercent` (Karpenter documentation,
"Settings")."""

EVICTION_MIB = 100
KUBELET_MIB = 255
KUBELET_MIB_PER_POD = 11
"""What EKS's images reserve for the kubelet (awslabs/amazon-eks-ami, nodeadm,
`kubelet.getMemoryMebibytesToReserve`), and the threshold of evictions."""

CPU_FREE = 0.9
"""The share of a node's cores that is left beside the kubelet and the daemons of the
cluster: they request up to half a core, of which small nodes feel most."""


@dataclass(frozen=True)
class Pod:
    """What one pod requests, or what a node has left."""

    accelerators: int
    cpu: float
    memory_mib: float

    def fits(self, free: "Pod") -> bool:
        """Returns whether the pod fits into what is free."""
        return (
            self.accelerators <= free.accelerators
            and self.cpu <= free.cpu
            and self.memory_mib <= free.memory_mib
        )

    def minus(self, pod: "Pod") -> "Pod":
        """Returns what is left beside a pod."""
        return Pod(
            self.accelerators - pod.accelerators,
            self.cpu - pod.cpu,
            self.memory_mib - pod.memory_mib,
        )


@dataclass(frozen=True)
class Pool:
    """The nodes of a pool."""

    name: str
    instance: Instance
    nodes: int
    guaranteed: int
    """Accelerators that teams are guaranteed."""

    @property
    def node(self) -> Pod:
        """What pods can have of one node."""
        reserved = KUBELET_MIB + KUBELET_MIB_PER_POD * self.instance.max_pods + EVICTION_MIB
        memory = self.instance.memory_mib * (1 - VM_OVERHEAD) - reserved
        return Pod(self.instance.accelerator_count, self.instance.vcpus * CPU_FREE, memory)

    @property
    def text(self) -> str:
        """Returns the pool in words."""
        of = f" with {self.instance.accelerator_count} accelerators each"
        each = of if self.instance.accelerator_count else ""
        return f"{self.name} ({self.nodes} nodes of {self.instance.name}{each})"


def problems(settings: Settings, services: Mapping[str, EndpointSpec]) -> Iterator[Problem]:
    """Returns the problems of services that are valid by themselves, by their names."""
    for pool in _pools(settings):
        there = {
            name: spec
            for name, spec in services.items()
            if settings["services"][name].get("pool") == pool.name
        }
        too_large = [problem for name, s in there.items() for problem in _node(pool, name, s)]
        yield from too_large
        if not too_large and there:
            yield from _together(pool, there)


def _pools(settings: Settings) -> Iterator[Pool]:
    training = settings.get("training", {})
    teams = training.get("teams", {}).values()
    for name, args in training.get("pools", {}).items():
        instance = instances.find(args.get("instance_type", ""))
        nodes = args.get("max_size")
        if instance is not None and isinstance(nodes, int):
            guaranteed = sum(team.get("guaranteed", {}).get(name, 0) for team in teams)
            accelerators = guaranteed if instance.accelerator_count else 0
            yield Pool(name, instance, nodes, accelerators)


def _node(pool: Pool, name: str, spec: EndpointSpec) -> Iterator[Problem]:
    """A pod fits on an empty node."""
    pod, node = _pod(spec.stable), pool.node
    for key, wanted, most, unit in (
        ("cpu", pod.cpu, node.cpu, "cores"),
        ("memory_gib", pod.memory_mib / 1024, node.memory_mib / 1024, "GiB"),
    ):
        if wanted > most:
            allowed = f"at most {most:.1f} {unit}, as pods can have of a node of {pool.text}"
            fix = "lower it, or name a pool with larger nodes"
            yield Problem(f"services.{name}.{key}", wanted, allowed, fix)


def _together(pool: Pool, services: Mapping[str, EndpointSpec]) -> Iterator[Problem]:
    """All pods fit on all nodes: at the most replicas, and with a rollout on top."""
    serving = [pod for spec in services.values() for pod in _serving(spec)]
    names = ", ".join(services)
    last = list(services)[-1]
    if not _fit(pool, serving):
        key = "scaling.max" if services[last].scaling else "replicas"
        value: Any = services[last].limits[1]
        allowed = f"pods of {names} that fit together on {pool.text}{_beside(pool)}"
        fix = f"lower it, or raise training.pools.{pool.name}.max_size"
        yield Problem(f"services.{last}.{key}", value, allowed, fix)
        return
    for name, spec in services.items():
        surge = spec.stable.rollout.max_surge
        if surge and not _fit(pool, [*serving, *([_pod(spec.stable)] * surge)]):
            allowed = (
                f"0 where a new pod of {name} fits on no node of {pool.text}{_beside(pool)} beside "
                "those that serve: the rollout would never end"
            )
            yield Problem(f"services.{name}.rollout.max_surge", surge, allowed, _room(pool, spec))


def _room(pool: Pool, spec: EndpointSpec) -> str:
    """Returns what makes room for a rollout."""
    larger = f"raise training.pools.{pool.name}.max_size"
    if spec.limits[0] < 2:
        return larger
    return f"set rollout to {{max_surge: 0, max_unavailable: 1}}, or {larger}"


def _beside(pool: Pool) -> str:
    if not pool.guaranteed:
        return ""
    return f", beside the {pool.guaranteed} accelerators that teams are guaranteed"


def _serving(spec: EndpointSpec) -> Iterator[Pod]:
    """Returns the pods of an endpoint at its most, and those of a candidate."""
    yield from [_pod(spec.stable)] * spec.limits[1]
    if spec.candidate is not None:
        yield from [_pod(spec.candidate)] * spec.candidate.replicas


def _pod(workload: Workload) -> Pod:
    return Pod(workload.accelerators, workload.cpu, workload.memory_gib * 1024)


def _fit(pool: Pool, pods: Iterable[Pod]) -> bool:
    """Returns whether pods fit on the nodes: first fit, the largest first.

    Accelerators that teams are guaranteed are taken from the first nodes.
    """
    free = _free(pool)
    for pod in sorted(pods, key=lambda p: (p.accelerators, p.memory_mib, p.cpu), reverse=True):
        index = next((i for i, node in enumerate(free) if pod.fits(node)), None)
        if index is None:
            return False
        free[index] = free[index].minus(pod)
    return True


def _free(pool: Pool) -> list[Pod]:
    nodes: Sequence[Pod] = [pool.node] * pool.nodes
    taken, free = pool.guaranteed, []
    for node in nodes:
        here = min(taken, node.accelerators)
        taken -= here
        free.append(replace(node, accelerators=node.accelerators - here))
    return free
