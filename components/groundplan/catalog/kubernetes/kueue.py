"""Kueue: resource types."""

from groundplan.catalog.resource_type import ON_NODES, ResourceType

TYPES = (
    ResourceType(
        ("kubernetes:kueue.x-k8s.io/v1beta2:AdmissionCheck",),
        "admission check",
        cost=ON_NODES,
        interrupts="jobs of the queues that name it are not admitted",
    ),
    ResourceType(
        ("kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue",),
        "cluster queue",
        cost=ON_NODES,
        summary=(
            "flavors=spec.resourceGroups[*].flavors[*].name",
            "covers=spec.resourceGroups[*].coveredResources[*]",
        ),
        interrupts="jobs that wait in it don't start, and admitted ones may be stopped",
    ),
    ResourceType(
        ("kubernetes:kueue.x-k8s.io/v1beta2:LocalQueue",),
        "local queue",
        cost=ON_NODES,
        interrupts="jobs that wait in it don't start",
    ),
    ResourceType(
        ("kubernetes:kueue.x-k8s.io/v1beta2:MultiKueueCluster",),
        "worker cluster",
        cost=ON_NODES,
        interrupts="jobs that run in that cluster are lost to this one, and queued again",
    ),
    ResourceType(
        ("kubernetes:kueue.x-k8s.io/v1beta2:MultiKueueConfig",),
        "list of worker clusters",
        cost=ON_NODES,
        interrupts="jobs of the queue are not dispatched",
    ),
    ResourceType(
        ("kubernetes:kueue.x-k8s.io/v1beta2:ResourceFlavor",),
        "resource flavor",
        cost=ON_NODES,
        interrupts="jobs that ask for it don't start",
    ),
    ResourceType(
        ("kubernetes:kueue.x-k8s.io/v1beta2:Topology",),
        "topology",
        cost=ON_NODES,
        summary=("levels=spec.levels[*].nodeLabel",),
        interrupts="jobs that ask for it, or whose pool has it, don't start",
    ),
    ResourceType(
        ("kubernetes:kueue.x-k8s.io/v1beta2:WorkloadPriorityClass",),
        "workload priority class",
        cost=ON_NODES,
        interrupts="jobs that name it are not admitted",
    ),
)
