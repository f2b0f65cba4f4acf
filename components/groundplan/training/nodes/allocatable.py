"""What a node leaves for pods: its instance less the operating system, the kubelet and
the cluster's own DaemonSets."""

from dataclasses import dataclass

from groundplan.facts.instances import Instance
from groundplan.problems import Problem
from groundplan.training.nodes import disks
from groundplan.training.nodes.pool import Pool

VM_OVERHEAD = 0.075
"""The share of an instance's memory that the hypervisor and the kernel take: the
default of Karpenter's `vmMemoryOverheadPercent` (Karpenter documentation,
"Settings")."""

EVICTION_MIB = 100
KUBELET_MIB = 255
KUBELET_MIB_PER_POD = 11
"""What EKS's images reserve for the kubelet (awslabs/amazon-eks-ami, nodeadm,
`kubelet.getMemoryMebibytesToReserve`), and the threshold of evictions."""

KUBELET_CORES = ((1, 0.06), (1, 0.01), (2, 0.005))
KUBELET_CORES_REST = 0.0025
"""Numbers of cores -> the share of each that EKS's images reserve, and the share of the
rest (awslabs/amazon-eks-ami, nodeadm, `kubelet.getCPUMillicoresToReserve`)."""

STORAGE_EVICTION = 0.1
KUBELET_STORAGE_GIB = 1
"""The share of a disk below which the kubelet evicts pods (Kubernetes documentation,
"Node-pressure Eviction"), and what EKS's images reserve."""

DAEMON_PODS, DAEMON_CORES, DAEMON_MIB = 8, 0.3, 200
"""What DaemonSets request of every node: the add-ons of `cluster/addons.py`, the node
exporter, and a few of device plugins and CSI drivers."""

SYSTEM_PODS, SYSTEM_CORES, SYSTEM_MIB = 17, 2, 4096
"""The least of a node of the system pool: CoreDNS, the controllers of add-ons, Kueue
and the autoscaler, Prometheus and Grafana are some 20 pods on two nodes."""


@dataclass(frozen=True)
class Allocatable:
    """What pods can request of a node, beside the DaemonSets."""

    pods: int
    cores: float
    memory_mib: float


def of(instance: Instance) -> Allocatable:
    """Returns what an instance leaves for pods."""
    kubelet = KUBELET_MIB + KUBELET_MIB_PER_POD * instance.max_pods + EVICTION_MIB
    memory = instance.memory_mib * (1 - VM_OVERHEAD) - kubelet - DAEMON_MIB
    cores = instance.vcpus - _kubelet_cores(instance.vcpus) - DAEMON_CORES
    # Some documented types have no number of pods.
    pods = instance.max_pods - DAEMON_PODS if instance.max_pods else 100
    return Allocatable(pods, cores, memory)


def storage_gib(pool: Pool) -> float:
    """Returns the ephemeral storage that pods can request of a node."""
    return disks.ephemeral_storage_gib(pool) * (1 - STORAGE_EVICTION) - KUBELET_STORAGE_GIB


def problems(key: str, instance: Instance) -> list[Problem]:
    """Returns the problem of an instance type that has no room for a job."""
    free = of(instance)
    if free.pods >= 1 and free.cores >= 1 and free.memory_mib >= 1024:
        return []
    allowed = (
        "an instance type that leaves a core and a GiB for a pod, beside the kubelet and "
        f"{DAEMON_PODS} pods of DaemonSets: {instance.name} has {_size(instance)}"
    )
    return [Problem(key, instance.name, allowed, "use a larger one, such as m7i.large")]


def system_problems(key: str, instance: Instance) -> list[Problem]:
    """Returns the problem of an instance type that is too small for the cluster's own
    software."""
    enough = instance.vcpus >= SYSTEM_CORES and instance.memory_mib >= SYSTEM_MIB
    if enough and (instance.max_pods or SYSTEM_PODS) >= SYSTEM_PODS:
        return []
    allowed = (
        f"an instance type with at least {SYSTEM_CORES} vCPUs, {SYSTEM_MIB // 1024} GiB and "
        f"{SYSTEM_PODS} pods for the cluster's own software: {instance.name} has "
        f"{_size(instance)}"
    )
    return [Problem(key, instance.name, allowed, "use a larger one, such as m7i.large")]


def _size(instance: Instance) -> str:
    gib = f"{instance.memory_mib / 1024:g}"
    return f"{instance.vcpus} vCPUs, {gib} GiB and {instance.max_pods} pods"


def _kubelet_cores(vcpus: int) -> float:
    reserved, left = 0.0, vcpus
    for cores, share in KUBELET_CORES:
        counted = min(cores, left)
        reserved, left = reserved + counted * share, left - counted
    return reserved + left * KUBELET_CORES_REST
