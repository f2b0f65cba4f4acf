"""Kubernetes API group `apps`: resource types."""

from groundplan.catalog.resource_type import (
    ON_NODES,
    DataStore,
    Level,
    Priced,
    ResourceType,
    Service,
)

TYPES = (
    ResourceType(
        ("kubernetes:apps/v1:DaemonSet",),
        "daemon set",
        cost=ON_NODES,
        service=Service("what it does on each node stops", level=Level.MEDIUM, part=True),
    ),
    ResourceType(
        ("kubernetes:apps/v1:Deployment",),
        "deployment",
        cost=ON_NODES,
        summary=("metadata.namespace", "spec.replicas", "spec.template.spec.containers[*].image"),
        service=Service("its pods stop", part=True, level_when_replaced=Level.MEDIUM),
    ),
    ResourceType(
        ("kubernetes:apps/v1:StatefulSet",),
        "stateful set",
        cost=Priced("stateful-set"),
        data=DataStore("what its pods store outside of persistent volumes", level=Level.LOW),
        service=Service("its pods stop", part=True),
    ),
)
